import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../hub/demo/plant';
import { ownRedis, type Redis, say } from './servers';

const host = '127.0.0.1';

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('the servers did not come together within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A master, its replica, and the Sentinel that makes the replica master when the master dies. */
export interface Watched {
  readonly url: string;
  readonly master: Redis;
  readonly replica: Redis;
  stop(): Promise<void>;
}

export async function ownSentinel(program: string, folder: string): Promise<Watched> {
  const master = await ownRedis(program, folder);
  const replica = await ownRedis(program, folder, ['--replicaof', host, `${master.port}`]);
  const file = join(mkdtempSync(join(folder, 'sentinel-')), 'sentinel.conf');
  writeFileSync(
    file,
    [
      `sentinel monitor plant ${host} ${master.port} 1`,
      'sentinel down-after-milliseconds plant 500',
      'sentinel failover-timeout plant 2000',
      '',
    ].join('\n'),
  );
  const sentinel = await ownRedis(program, folder, [file, '--sentinel']);
  const knows = async () => /num-slaves\s+\$1\s+1/.test(await say(sentinel.port, 'SENTINEL MASTER plant'));
  await until(knows);
  return {
    url: `redis-sentinel://${host}:${sentinel.port}/plant`,
    master,
    replica,
    stop: async () => void (await Promise.all([sentinel, replica, master].map((server) => server.stop()))),
  };
}

/** Three masters that share the slots. */
export interface Clustered {
  readonly url: string;
  readonly nodes: readonly Redis[];
  stop(): Promise<void>;
}

const slots = 16_384;

export async function ownCluster(program: string, folder: string): Promise<Clustered> {
  const nodes: Redis[] = [];
  const buses: number[] = [];
  for (let n = 0; n < 3; n++) {
    const bus = await freePort();
    const own = mkdtempSync(join(folder, 'node-'));
    const args = `--cluster-enabled yes --cluster-port ${bus} --cluster-node-timeout 1000`;
    nodes.push(await ownRedis(program, own, args.split(' ')));
    buses.push(bus);
  }
  for (const [n, { port }] of nodes.entries()) {
    const from = Math.ceil((slots * n) / 3);
    const to = Math.ceil((slots * (n + 1)) / 3) - 1;
    await say(port, `CLUSTER ADDSLOTSRANGE ${from} ${to}`);
    await say(port, `CLUSTER MEET ${host} ${nodes[0]!.port} ${buses[0]!}`);
  }
  for (const { port } of nodes)
    await until(async () => (await say(port, 'CLUSTER INFO')).includes('cluster_state:ok'));
  return {
    url: `redis-cluster://${nodes.map(({ port }) => `${host}:${port}`).join(',')}`,
    nodes,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}
