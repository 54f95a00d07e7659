/** A process that works on the lanes of a system and does nothing with what is in them; tells how much it had. */
import { runLanes } from '../../hub/flow/lanes';
import { bullmqBus } from '../../hub/storage/bullmq-bus';
import { openStore } from '../../hub/storage/open';
import { idleReceiver } from './engine';
import type { WorkerTask } from './growth';

const { databaseUrl, redisUrl, namespace, system } = JSON.parse(process.argv[2]!) as WorkerTask;

async function main(): Promise<void> {
  let handled = 0;
  let told = 0;
  const store = await openStore({ dataDir: '', databaseUrl });
  const lanes = runLanes({
    store,
    destinations: new Map([[`in:${system}`, idleReceiver(() => handled++)]]),
    bus: bullmqBus({ redisUrl, namespace }),
  });
  const tell = setInterval(() => {
    if (handled > told && process.connected) process.send!(handled);
    told = handled;
  }, 20);
  process.once('disconnect', async () => {
    clearInterval(tell);
    await lanes.close();
    await store.close();
    process.exit();
  });
  process.send!(0);
}

void main();
