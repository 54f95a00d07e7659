import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Counterpart } from '../adapters/kit';
import { kits } from '../adapters/kits';
import { until } from '../hub/client';
import type { Delivery, Job, StoredMessage, StoredRecord, Trace } from '../hub/storage/store';
import { packageRoot } from '../model/paths';
import { type RunningHub, runningHub } from './running-hub';

interface Ran {
  readonly code: number;
  readonly out: string;
  // biome-ignore lint/suspicious/noExplicitAny: each command has its own shape.
  readonly json: any;
}

/** The same from the command line, as text for people and as one JSON object. */
describe('operating by command', () => {
  let hub: RunningHub;
  let left: Counterpart;
  let right: Counterpart;
  beforeAll(async () => {
    [left, right] = await Promise.all([kits['http-json'].start(), kits['http-json'].start()]);
    hub = await runningHub({
      projectDir: join(packageRoot, 'contract-tests/operating-plant'),
      settings: { left: { ...left.config }, right: { ...right.config } },
    });
  });
  afterAll(async () => {
    await hub?.stop();
    await Promise.all([left?.stop(), right?.stop()]);
  });

  const esperanto = (...args: string[]) =>
    new Promise<Ran>((resolve) => {
      const command = [join(packageRoot, 'dist/hub/main.js'), ...args, '--hub', hub.url];
      execFile(process.execPath, command, (error, out, err) =>
        resolve({
          code: error ? Number(error.code) : 0,
          out: out + err,
          json: out.startsWith('{') ? JSON.parse(out) : undefined,
        }),
      );
    });
  const fileOf = (name: string, text: string) => {
    const file = join(hub.dataDir, name);
    writeFileSync(file, text);
    return file;
  };
  let event = 0;
  async function part(number: string, name: string): Promise<string> {
    const body = JSON.stringify({ kind: 'part', event: `${++event}`, number, name });
    const answer = await hub.push('source', body, { 'content-type': 'application/json' });
    return (answer.body as { accepted: [{ record: string }] }).accepted[0].record;
  }
  const gone = (id: string) =>
    until(
      'all is delivered',
      () => hub.get<Trace>(`/records/${id}`),
      ({ deliveries }) => deliveries.length === 2 && deliveries.every(({ state }) => state === 'delivered'),
    );
  const said = ['--by', 'Ann', '--why', 'repaired'];

  test('records, canonical messages and deliveries are found by key, noun, system, state and time, page by page', async () => {
    const since = new Date().toISOString();
    const ids = [await part('A', 'A1'), await part('A', 'A2')];
    await gone(ids[1]!);
    const records = ({ json }: Ran) => (json.records as StoredRecord[]).map(({ id }) => id);
    const search = ['messages', '--system', 'source', '--key', 'A', '--json'];
    expect(records(await esperanto(...search, '--noun', 'MaterialDefinition'))).toEqual([ids[1], ids[0]]);
    expect(records(await esperanto(...search, '--noun', 'Equipment'))).toEqual([]);
    expect(records(await esperanto(...search, '--until', since))).toEqual([]);
    expect(records(await esperanto(...search, '--since', since, '--limit', '1'))).toEqual([ids[1]]);
    expect(records(await esperanto(...search, '--before', ids[1]!))).toEqual([ids[0]]);
    const canonical = await esperanto('messages', '--canonical', '--key', 'A', '--json');
    expect(canonical.json.messages as StoredMessage[]).toMatchObject([
      { verb: 'Sync', noun: 'MaterialDefinition', objectKeys: ['A'], recordId: ids[1] },
      { recordId: ids[0] },
    ]);
    const out = await esperanto('messages', '--out', '--system', 'right', '--state', 'delivered', '--json');
    expect(out.json.deliveries as Delivery[]).toHaveLength(2);
    expect((await esperanto('messages', '--since', 'yesterday')).code).toBe(2);
  });

  test('the trace reads as text, by the id of the record, of the message and of a delivery; with all bodies if wanted', async () => {
    await right.provoke('busy');
    const id = await part('T', 'T1');
    const isTried = ({ deliveries }: Trace) => deliveries.some(({ attemptLog }) => attemptLog.length > 0);
    await until('a try has failed', () => hub.get<Trace>(`/records/${id}`), isTried);
    await right.provoke('well');
    const { messages, deliveries } = await gone(id);
    const { out } = await esperanto('trace', id);
    expect(out).toMatch(/source +Part +T +applied/);
    expect(out).toMatch(/read by +shop\/part@1#\w{8}/);
    expect(out).toMatch(/message +\w{26} SyncMaterialDefinition T by shop\/part/);
    expect(out).toMatch(/object +MaterialDefinition T, version 1/);
    expect(out).toMatch(/delivery +\w{26} to right, MaterialDefinition\/T: delivered at .*, \d tries/);
    expect(out).toMatch(/try 1 at \S+: HUB_BUSY: /);
    expect(out).toContain('sent     {"type":"Part","key":"T","body":{"number":"T","name":"T1"}}');
    expect(out).toMatch(/answer +\{"status":201\}/);
    for (const other of [messages[0]!.id, deliveries[0]!.id])
      expect((await esperanto('trace', other)).out).toBe(out);
    const whole = await esperanto('trace', id, '--bodies');
    expect(whole.out).toContain('"kind": "part"');
    expect(whole.out).toContain('"creationDateTime"');
    expect(await esperanto('trace', 'nothing', '--json')).toMatchObject({
      code: 1,
      json: { ok: false, error: { code: 'HUB_NOT_FOUND' } },
    });
  });

  test('a parked delivery is sent again edited, a parked document is taken in again corrected, or given up', async () => {
    await left.provoke('rejecting');
    await part('E', 'wrong');
    const bad = await hub.push('source', '{"kind": ', { 'content-type': 'application/json' });
    expect(bad.status).toBe(400);
    const parked = async () =>
      (await esperanto('parked', '--json')).json as { records: StoredRecord[]; deliveries: Delivery[] };
    const { records, deliveries } = await until('two are parked', parked, (found) =>
      [found.records, found.deliveries].every((list) => list.length === 1),
    );
    await left.provoke('well');
    const item = fileOf('item.json', JSON.stringify({ id: 'E', description: ['right'] }));
    const id = deliveries[0]!.id;
    expect(await esperanto('replay', id, '--edit', item, ...said)).toMatchObject({ code: 0 });
    const raw = fileOf('raw.json', '{"kind": "part", "event": "e", "number": "F", "name": "F1"}');
    const again = await esperanto('replay', records[0]!.id, '--edit', raw, ...said, '--json');
    expect(again.json).toMatchObject({ ok: true, kind: 'record', result: { type: 'Part', key: 'F' } });
    await gone(again.json.result.id);
    await until(
      'it is sent',
      () => left.holds!() as Promise<{ body: { name: string } }[]>,
      (held) => held.some(({ body }) => body.name === 'right'),
    );
    expect((await esperanto('trace', id)).out).toMatch(/replayed by Ann at \S+: repaired\n +before: \{/);
    await hub.push('source', '{"kind": "unknown"}', { 'content-type': 'application/json' });
    const { records: rest } = await parked();
    const given = await esperanto('discard', rest[0]!.id, '--by', 'Bob', '--why', 'nobody knows it');
    expect(given).toMatchObject({ code: 0, out: expect.stringContaining('given up') });
    expect((await esperanto('parked')).out).toBe('Nothing is parked.\n');
    expect((await esperanto('trace', rest[0]!.id)).out).toMatch(/discarded by Bob at \S+: nobody knows it/);
  });

  test('many are worked on by a job that can be counted before, watched and stopped', async () => {
    await left.provoke('rejecting');
    for (const n of [1, 2, 3]) await part(`J${n}`, 'x');
    const search = ['messages', 'reprocess', '--system', 'left', '--text', 'HUB_REJECTED'];
    const count = async () => (await esperanto(...search, '--dry-run', '--json')).json.count.deliveries;
    await until('three are parked', count, (n) => n === 3);
    expect((await esperanto('lanes')).out).toMatch(/left +\d+ +3 +3 +0 +20/);
    await left.provoke('well');
    const slow = await esperanto(...search, '--rate', '0.1', ...said, '--json');
    const job = slow.json.job as Job;
    expect(job).toMatchObject({ kind: 'reprocess', by: 'Ann', why: 'repaired', rate: 0.1, total: 3 });
    expect((await esperanto('jobs')).out).toMatch(new RegExp(`${job.id} +reprocess +running +0 of 3 +Ann`));
    const stopped = await esperanto('jobs', 'stop', job.id, '--by', 'Bob', '--why', 'too slow');
    expect(stopped.out).toContain('stopped   by Bob: too slow');
    const fast = (await esperanto(...search, ...said, '--json')).json.job as Job;
    const show = async () => (await esperanto('jobs', 'show', fast.id, '--json')).json.job as Job;
    expect(await until('it is done', show, ({ state }) => state === 'done')).toMatchObject({ done: 3 });
    expect(await count()).toBe(0);
    expect((await esperanto('messages', 'reprocess', '--dry-run')).code).toBe(2);
  });

  test('a receiver gets all since a point once more', async () => {
    const from = await part('R', 'R1');
    await gone(await part('R', 'R2'));
    const what = ['replay', '--to', 'right', '--since', from, '--noun', 'MaterialDefinition'];
    expect((await esperanto(...what, '--dry-run')).out).toContain('It would be 2 deliveries.');
    const { job } = (await esperanto(...what, ...said, '--json')).json as { job: Job };
    const names = async () =>
      ((await right.holds!()) as { body: { number: string; name: string } }[])
        .filter(({ body }) => body.number === 'R')
        .map(({ body }) => body.name);
    await until('all came', names, (found) => found.join() === 'R1,R2,R1,R2');
    expect((await esperanto('trace', from)).out).toMatch(new RegExp(`replay of \\w{26} by job ${job.id}`));
    expect((await esperanto('replay', '--to', 'right')).code).toBe(2);
    expect((await esperanto('replay', '--to', 'nobody', '--since', from)).out).toContain(
      'HUB_UNKNOWN_SYSTEM',
    );
  });
});
