/**
 * A hub as small as it can be, to be killed by kill.test.ts: what is posted to it goes through an inbound lane and, with
 * the same transaction, into an outbound one, whose receiver is a file that gets a line for each delivery.
 * Arguments: data directory, file, database URL or empty. Prints its port.
 */
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { HubError } from '../../model/errors';
import { openStore } from '../storage/open';
import type { Destination } from './lanes';
import { runLanes } from './lanes';

async function main(dataDir: string, file: string, databaseUrl: string): Promise<void> {
  const store = await openStore({ dataDir, leaseMs: 1000, ...(databaseUrl ? { databaseUrl } : {}) });
  const intake: Destination = {
    idempotent: true,
    onPermanent: 'continue',
    async handle({ claim, row }) {
      const record = (await store.getRecord(row.id))!;
      await store.transaction(async (tx) => {
        await tx.putObject({ noun: 'Counter', id: record.key, body: record.body, system: record.system });
        tx.addDeliveries([{ dest: 'file', key: record.key, payload: record.body }]);
        await tx.markRecord(row.id, { state: 'applied' });
        tx.ackLane(claim, row);
      });
      return 'acknowledged';
    },
  };
  const receiver: Destination = {
    ...{ idempotent: true, remembers: true, onPermanent: 'block', retry: { firstMs: 10, longestMs: 50 } },
    async handle({ claim, row }) {
      if (Math.random() < 0.02) throw new HubError('HUB_FAILED', 'one in fifty');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      if (Math.random() < 0.02) throw new HubError('HUB_NO_ANSWER', 'one in fifty');
      appendFileSync(file, `${claim.key} ${row.payload} ${row.id}\n`);
      return {};
    },
  };
  runLanes({
    store,
    destinations: new Map([
      ['in:source', intake],
      ['file', receiver],
    ]),
    reconcileMs: 50,
  });
  const server = createServer(async (request, response) => {
    try {
      const [key, n] = (await text(request)).split(' ');
      await store.accept([
        { system: 'source', type: 'N', key: key!, idempotencyKey: `${key} ${n}`, body: Number(n) },
      ]);
      response.statusCode = 202;
    } catch {
      response.statusCode = 503;
    }
    response.end();
  });
  server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
}

void main(process.argv[2]!, process.argv[3]!, process.argv[4] ?? '');
