import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Counterpart } from '../adapters/kit';
import { kits } from '../adapters/kits';
import { until } from '../hub/client';
import type { SeenDelivery } from '../hub/flow/operating';
import type { Project } from '../hub/project';
import type { Delivery, Job, StoredRecord, Trace } from '../hub/storage/store';
import { emptyDatabase } from '../hub/storage/testing';
import { packageRoot } from '../model/paths';
import { type RunningHub, runningHub } from './running-hub';

interface Taken {
  readonly path: string;
  readonly body: { readonly number: string; readonly name?: string; readonly gone?: true };
}

const said = { by: 'Ann', why: 'repaired' };

const url = process.env.TEST_DATABASE_URL;
describe('operating on SQLite', () => operating());
(url ? describe : describe.skip)('operating on PostgreSQL (TEST_DATABASE_URL)', () => operating(url));

/** What people do who operate a hub, over the public interface, with two receivers that may refuse. */
function operating(server?: string): void {
  let dataDir: string;
  let databaseUrl: string | undefined;
  let hub: RunningHub;
  let left: Counterpart;
  let right: Counterpart;

  /** `project`: what a test changes in hub.yaml. */
  const start = async (project: (given: Project) => Project = (given) => given) => {
    hub = await runningHub({
      projectDir: join(packageRoot, 'contract-tests/operating-plant'),
      dataDir,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      settings: { left: { ...left.config }, right: { ...right.config } },
      project,
    });
  };
  beforeEach(async () => {
    if (server !== undefined) databaseUrl = await emptyDatabase(server, 'esperanto_operating');
    dataDir = mkdtempSync(join(tmpdir(), 'esperanto-operating-'));
    [left, right] = await Promise.all([kits['http-json'].start(), kits['http-json'].start()]);
    await start();
  });
  afterEach(async () => {
    await hub.stop();
    await Promise.all([left.stop(), right.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  });

  let event = 0;
  const json = { 'content-type': 'application/json' };
  async function part(number: string, name: string, more: object = {}): Promise<string> {
    const body = JSON.stringify({ kind: 'part', event: `${++event}`, number, name, ...more });
    const { accepted } = (await hub.push('source', body, json)).body as { accepted: [{ record: string }] };
    return accepted[0].record;
  }
  const names = async (of: Counterpart, number?: string) =>
    (((await of.holds?.()) ?? []) as Taken[])
      .map(({ body }) => body)
      .filter((body) => number === undefined || body.number === number)
      .map((body) => (body.gone ? 'gone' : body.name));
  const held = (of: Counterpart, wanted: readonly unknown[], number?: string) =>
    until(
      `${wanted}`,
      () => names(of, number),
      (found) => JSON.stringify(found) === JSON.stringify(wanted),
    );
  const parked = async (n: number) =>
    until(
      `${n} parked`,
      () => hub.get<{ records: StoredRecord[]; deliveries: Delivery[] }>('/parked'),
      ({ records, deliveries }) => records.length + deliveries.length === n,
    );
  const ended = (id: string) =>
    until(
      'the job has ended',
      () => hub.get<Job>(`/jobs/${id}`),
      ({ state }) => state !== 'running',
    );

  test('what a receiver has refused goes again by search, each key in its order, and the job says who asked for it', async () => {
    await left.provoke('rejecting');
    for (const n of [1, 2, 3]) await part('A', `A${n}`, {});
    await part('B', 'B1');
    await parked(2);
    await left.provoke('well');
    const search = { system: 'left', text: 'order is closed', noun: 'MaterialDefinition' };
    const dry = await hub.post('/jobs/reprocess', { ...said, what: search, dryRun: true });
    expect(dry).toEqual({ count: { records: 0, deliveries: 2 } });
    const none = { ...said, what: { ...search, text: 'no such reason' }, dryRun: true };
    expect(await hub.post('/jobs/reprocess', none)).toEqual({ count: { records: 0, deliveries: 0 } });
    const job = await hub.post<Job>('/jobs/reprocess', { ...said, what: search });
    expect(await ended(job.id)).toMatchObject({ state: 'done', by: 'Ann', total: 2, done: 2, failed: 0 });
    await held(left, ['A1', 'A2', 'A3'], 'A');
    await held(left, ['B1'], 'B');
    const [delivery] = (
      await hub.get<{ deliveries: Delivery[] }>('/deliveries?system=left&key=MaterialDefinition/B')
    ).deliveries;
    expect(delivery).toMatchObject({ state: 'delivered', note: { by: 'Ann', did: 'replayed' } });
    expect(delivery!.note!.why).toContain(job.id);
  });

  test('a job keeps to its rate, goes on after a restart, and can be stopped; what is done stays done', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, (_, n) => part(`P${n}`, 'first')));
    await until(
      'all are applied',
      () => hub.get<{ records: unknown[] }>('/records?state=applied'),
      ({ records }) => records.length === ids.length,
    );
    const job = await hub.post<Job>('/jobs/reprocess', {
      ...said,
      rate: 10,
      what: { state: 'applied', type: 'Part' },
    });
    const done = async () => (await hub.get<Job>(`/jobs/${job.id}`)).done;
    await until('it has begun', done, (n) => n > 0);
    expect(await done()).toBeLessThan(25);
    await hub.stop();
    await start();
    const before = await done();
    await until('it goes on', done, (n) => n > before);
    const stopped = await hub.post<Job>(`/jobs/${job.id}/stop`, { by: 'Bob', why: 'enough' });
    expect(stopped).toMatchObject({ state: 'stopped', stopped: { by: 'Bob', why: 'enough' } });
    const { records } = await hub.get<{ records: StoredRecord[] }>('/records?limit=200');
    const copies = records.filter(({ replayOf }) => replayOf !== undefined);
    expect(copies).toHaveLength(stopped.done);
    expect(new Set(copies.map(({ replayOf }) => replayOf)).size).toBe(stopped.done);
    await expect(hub.post(`/jobs/${job.id}/stop`, said)).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
  });

  test('a document that could not be read is read again by its adapter, edited or as it is; one that still cannot stays', async () => {
    const answer = await hub.push('source', '{"kind": "part", "number": ', json);
    expect(answer.status).toBe(400);
    await hub.push('source', '{"kind": "nothing that is known"}', json);
    const { records } = await parked(2);
    const broken = records.find(({ raw }) => raw?.includes('"part"'))!;
    expect(broken).toMatchObject({ stage: 'intake' });
    await expect(hub.post(`/records/${broken.id}/replay`, said)).rejects.toMatchObject({
      code: 'HUB_BAD_JSON',
    });
    const raw = '{"kind": "part", "event": "e1", "number": "A", "name": "mended"}';
    const { accepted } = await hub.post<{ accepted: { id: string }[] }>(`/records/${broken.id}/replay`, {
      ...said,
      raw,
    });
    await held(right, ['mended']);
    expect((await hub.get<Trace>(`/records/${accepted[0]!.id}`)).record).toMatchObject({
      type: 'Part',
      key: 'A',
      replayOf: broken.id,
      state: 'applied',
    });
    const trace = await hub.get<Trace>(`/records/${broken.id}`);
    expect(trace.record).toMatchObject({ state: 'replayed', raw: broken.raw, notes: [{ by: 'Ann' }] });
    expect(trace.replays).toEqual([accepted[0]!.id]);
    const job = await hub.post<Job>('/jobs/reprocess', { ...said, what: { system: 'source' } });
    expect(await ended(job.id)).toMatchObject({ state: 'done', done: 0, failed: 1 });
    const rest = await parked(1);
    await hub.post(`/records/${rest.records[0]!.id}/discard`, { by: 'Bob', why: 'nobody knows it' });
    await parked(0);
    expect((await hub.get<Trace>(`/records/${rest.records[0]!.id}`)).record).toMatchObject({
      state: 'discarded',
      notes: [{ did: 'discarded', by: 'Bob', why: 'nobody knows it' }],
    });
  });

  test('a refused delivery shows what was sent, the object and each try; it goes edited, past the mapping or through it', async () => {
    await left.provoke('rejecting');
    await part('A', 'wrong');
    await part('B', 'wrong too');
    const { deliveries } = await parked(2);
    await left.provoke('well');
    const of = (key: string) => deliveries.find((one) => one.key === `MaterialDefinition/${key}`)!.id;
    expect(await hub.get<SeenDelivery>(`/deliveries/${of('A')}`)).toMatchObject({
      state: 'parked',
      item: { id: 'A', description: ['wrong'] },
      request: { type: 'Part', key: 'A', body: { number: 'A', name: 'wrong' } },
      error: { code: 'HUB_REJECTED' },
    });
    const record = { type: 'Part', key: 'A', body: { number: 'A', name: 'by hand' } };
    await hub.post(`/deliveries/${of('A')}/replay`, { ...said, record });
    const item = { id: 'B', description: ['through the mapping'] };
    await hub.post(`/deliveries/${of('B')}/replay`, { ...said, item });
    await held(left, ['by hand'], 'A');
    await held(left, ['through the mapping'], 'B');
    const { notes, payload } = await hub.get<SeenDelivery>(`/deliveries/${of('B')}`);
    expect(payload).toMatchObject({ item });
    expect(notes).toMatchObject([{ by: 'Ann', payload: { object: { id: 'B', version: 1 } } }]);
  });

  test('a delivery that is done goes once more as a new one that names it and who sent it; GraphQL does the same', async () => {
    await part('A', 'A1');
    await held(right, ['A1']);
    const [done] = (
      await until(
        'it is done',
        () => hub.get<{ deliveries: Delivery[] }>('/deliveries?system=right&state=delivered'),
        ({ deliveries }) => deliveries.length === 1,
      )
    ).deliveries;
    const mutation = `mutation { replayDelivery(id: "${done!.id}", by: "Ann", why: "lost") }`;
    const { replayDelivery: id } = await hub.graphql<{ replayDelivery: string }>(mutation);
    await held(right, ['A1', 'A1']);
    expect(await hub.get<SeenDelivery>(`/deliveries/${id}`)).toMatchObject({
      messageId: done!.messageId,
      payload: { replay: { of: done!.id, by: 'Ann', why: 'lost' } },
    });
    const { reprocess } = await hub.graphql<{ reprocess: Job }>(
      'mutation { reprocess(what: { state: "applied", key: "A" }, rate: 0.1, by: "Ann", why: "again") { id state total rate } }',
    );
    expect(reprocess).toMatchObject({ state: 'running', total: 1, rate: 0.1 });
    const { stopJob } = await hub.graphql<{ stopJob: Job }>(
      `mutation { stopJob(id: "${reprocess.id}", by: "Bob", why: "enough") { state stopped what } }`,
    );
    expect(stopJob).toMatchObject({ state: 'stopped', stopped: { by: 'Bob' }, what: { key: 'A' } });
  });

  test('a receiver that has lost its data gets all since a point once more, in order, and no other does', async () => {
    const first = await part('A', 'A1');
    for (const name of ['A2', 'A3']) await part('A', name);
    await part('B', 'B1');
    await held(right, ['A1', 'A2', 'A3'], 'A');
    await held(left, ['A1', 'A2', 'A3'], 'A');
    await held(right, ['B1'], 'B');
    const what = { to: ['right'], since: first };
    expect(await hub.post('/jobs/replay', { ...said, what, dryRun: true })).toEqual({
      count: { deliveries: 4 },
    });
    const job = await hub.post<Job>('/jobs/replay', { ...said, what });
    expect(await ended(job.id)).toMatchObject({ state: 'done', done: 4 });
    await held(right, ['A1', 'A2', 'A3', 'A1', 'A2', 'A3'], 'A');
    expect(await names(left, 'A')).toEqual(['A1', 'A2', 'A3']);
    const { deliveries } = await hub.get<Trace>(`/records/${first}`);
    const original = deliveries.find(
      ({ dest, payload }) => dest === 'right' && !('replay' in (payload as object)),
    );
    const again = deliveries.find(({ payload }) => 'replay' in (payload as object));
    expect(again).toMatchObject({
      dest: 'right',
      payload: { replay: { job: job.id, of: original!.id } },
    });
  });

  test('a receiver that was not there gets the versions that objects have got, by the flows of today', async () => {
    await hub.stop();
    await start((given) => ({
      ...given,
      flows: given.flows.map((flow) => ({
        ...flow,
        to: flow.to.filter(({ system }) => system === 'left'),
      })),
    }));
    const since = new Date().toISOString();
    for (const name of ['A1', 'A2']) await part('A', name);
    await held(left, ['A1', 'A2']);
    await hub.stop();
    await start();
    const job = await hub.post<Job>('/jobs/replay', { ...said, what: { to: ['right'], since, by: 'flows' } });
    await ended(job.id);
    await held(right, ['A1', 'A2']);
    expect(await names(left)).toEqual(['A1', 'A2']);
  });

  test('what one receiver has taken is called off when the other refuses it for good; the refused one is not sent later', async () => {
    await right.provoke('rejecting');
    const id = await part('A', 'A1');
    await held(left, ['A1', 'gone']);
    const { deliveries } = await parked(1);
    const trace = await hub.get<Trace>(`/records/${id}`);
    expect(trace.deliveries.map(({ dest, state }) => [dest, state])).toEqual([
      ['left', 'delivered'],
      ['right', 'parked'],
      ['left', 'delivered'],
    ]);
    expect(trace.deliveries[2]!.payload).toMatchObject({
      compensates: { failed: deliveries[0]!.id, taken: trace.deliveries[0]!.id },
    });
    expect(trace.deliveries[1]!.request).toMatchObject({ key: 'A' });
    await expect(hub.post(`/deliveries/${deliveries[0]!.id}/replay`, said)).rejects.toMatchObject({
      code: 'HUB_CONFLICT',
    });
    await hub.post(`/deliveries/${deliveries[0]!.id}/discard`, said);
    await right.provoke('well');
    await part('A', 'A2');
    await held(right, ['A2']);
    await held(left, ['A1', 'gone', 'A2']);
  });

  test('what waits for a receiver goes in batches, in order; what it refuses of one has its consequences alone', async () => {
    await right.provoke('down');
    for (const n of [1, 2, 3, 4, 5]) await part('A', `A${n}`);
    await held(left, ['A1', 'A2', 'A3', 'A4', 'A5']);
    await right.emit?.('refuse', { value: 'A3' });
    await right.provoke('well');
    await held(right, ['A1', 'A2', 'A4', 'A5']);
    const { deliveries } = await parked(1);
    expect(deliveries[0]).toMatchObject({
      error: { code: 'HUB_REJECTED' },
      request: { body: { name: 'A3' } },
    });
    await held(left, ['A1', 'A2', 'A3', 'A4', 'A5', 'gone']);
    const { deliveries: all } = await hub.get<{ deliveries: Delivery[] }>('/deliveries?system=right');
    const alone = ({ answer }: Delivery) => (answer as { id?: string } | undefined)?.id === undefined;
    expect(all.reverse().map((one) => [one.state, alone(one)])).toEqual([
      ['delivered', false],
      ['delivered', false],
      ['parked', true],
      ['delivered', false],
      ['delivered', false],
    ]);
  });

  test('a receiver that the project gives up after some tries has failed for good, too', async () => {
    await hub.stop();
    await start((given) => ({
      ...given,
      systems: {
        ...given.systems,
        right: { ...given.systems.right!, retry: { firstMs: 10, giveUpAfter: 3 } },
      },
    }));
    await right.provoke('busy');
    await part('A', 'A1');
    await held(left, ['A1', 'gone']);
    const { deliveries } = await parked(1);
    const { attempts, attemptLog } = await hub.get<SeenDelivery>(`/deliveries/${deliveries[0]!.id}`);
    expect([attempts, attemptLog.map(({ tries }) => tries)]).toEqual([3, [1, 2]]);
  });

  test('what was discarded before the other had it is called off behind it, and nothing where it was never taken', async () => {
    await Promise.all([left.provoke('down'), right.provoke('down')]);
    await part('A', 'A1');
    const waiting = async (system: string, key: string) =>
      (
        await until(
          `a delivery to ${system}`,
          () =>
            hub.get<{ deliveries: Delivery[] }>(`/deliveries?system=${system}&key=MaterialDefinition/${key}`),
          ({ deliveries }) => deliveries.length > 0,
        )
      ).deliveries[0]!.id;
    await hub.post(`/deliveries/${await waiting('right', 'A')}/discard`, said);
    await part('B', 'B1');
    await hub.post(`/deliveries/${await waiting('right', 'B')}/discard`, said);
    const { deliveries } = await hub.get<{ deliveries: Delivery[] }>(
      '/deliveries?system=left&key=MaterialDefinition/B',
    );
    const own = deliveries.find(({ payload }) => !('compensates' in (payload as object)))!;
    await hub.post(`/deliveries/${own.id}/discard`, said);
    await left.provoke('well');
    await held(left, ['A1', 'gone'], 'A');
    await until(
      'nothing waits',
      () => hub.get<{ deliveries: Delivery[] }>('/deliveries?system=left&state=waiting'),
      (found) => found.deliveries.length === 0,
    );
    expect(await names(left, 'B')).toEqual([]);
  });

  test('of a state only the latest is sent; the others are marked with what took their place', async () => {
    await left.provoke('down');
    for (const state of ['running', 'down', 'running again']) {
      const body = { kind: 'state', event: `${++event}`, number: 'M1', state };
      await hub.push('source', JSON.stringify(body), json);
    }
    const all = () => hub.get<{ deliveries: Delivery[] }>('/deliveries?system=left');
    const { deliveries } = await until('three', all, (found) => found.deliveries.length === 3);
    await left.provoke('well');
    await until('it is sent', all, (found) => found.deliveries[0]!.state === 'delivered');
    const states = (((await left.holds?.()) ?? []) as { body: { state: string } }[]).map(
      ({ body }) => body.state,
    );
    expect(states).toEqual(['running again']);
    const newest = deliveries[0]!.id;
    expect((await all()).deliveries.slice(1)).toMatchObject([
      { state: 'superseded', answer: { supersededBy: newest } },
      { state: 'superseded', answer: { supersededBy: newest } },
    ]);
  });

  test('what could not be sent in time is parked, holds up nothing, and goes when a person wants it all the same', async () => {
    await hub.stop();
    await start((given) => ({
      ...given,
      flows: given.flows.map(({ onFailure, ...flow }) => ({ ...flow, deadlineMs: 300 })),
    }));
    await right.provoke('down');
    await part('A', 'A1');
    const [late] = (await parked(1)).deliveries;
    expect(late).toMatchObject({ dest: 'right', error: { code: 'HUB_EXPIRED' } });
    await right.provoke('well');
    await part('A', 'A2');
    await held(right, ['A2']);
    await hub.post(`/deliveries/${late!.id}/replay`, said);
    await held(right, ['A2', 'A1']);
    await held(left, ['A1', 'A2']);
  });

  test('what needs an object that is not there yet goes on by itself when it comes, and is parked when it does not', async () => {
    const lot = async (number: string, of: string) => {
      const body = JSON.stringify({ kind: 'lot', event: `${++event}`, number, part: of });
      return ((await hub.push('source', body, json)).body as { accepted: [{ record: string }] }).accepted[0]
        .record;
    };
    const waits = await lot('L1', 'A');
    const never = await lot('L2', 'Z');
    const state = async (id: string) => (await hub.get<Trace>(`/records/${id}`)).record;
    await until(
      'it has been tried',
      () => hub.get<Trace>(`/records/${waits}`),
      ({ attemptLog }) => attemptLog.length > 0,
    );
    expect((await state(waits)).state).toBe('waiting');
    await part('A', 'A1');
    await until(
      'the lot goes on',
      () => state(waits),
      (found) => found.state === 'applied',
    );
    const { records } = await parked(1);
    expect(records[0]).toMatchObject({ id: never, key: 'L2', stage: 'apply', error: { code: 'HUB_WAITS' } });
    expect(records[0]!.issues[0]!.message).toMatch(
      /MaterialLot L2 waits for MaterialDefinition Z, in vain since/,
    );
  });

  test('REST and GraphQL search alike, and GraphQL shows tries, notes and what was sent', async () => {
    await right.provoke('busy');
    const id = await part('A', 'A1');
    await until(
      'a second try',
      () => hub.get<Trace>(`/records/${id}`),
      ({ deliveries }) => deliveries.some(({ attemptLog }) => attemptLog.length > 0),
    );
    const query = `{
      records(noun: "MaterialDefinition", key: "A", from: "2020-01-01T00:00:00Z") {
        id replays messages { deliveries { system state attemptLog { tries at error } item notes { by } } }
      }
      jobs { id }
    }`;
    const { records } = await hub.graphql<{
      records: { id: string; messages: { deliveries: { system: string; attemptLog: unknown[] }[] }[] }[];
    }>(query);
    expect(records.map((one) => one.id)).toEqual([id]);
    expect(records[0]!.messages[0]!.deliveries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          system: 'right',
          item: { id: 'A', description: ['A1'] },
          attemptLog: expect.arrayContaining([
            expect.objectContaining({ tries: 1, error: expect.objectContaining({ code: 'HUB_BUSY' }) }),
          ]),
        }),
      ]),
    );
    const other = await hub.get<{ records: unknown[] }>('/records?noun=Equipment');
    expect(other.records).toEqual([]);
  });
}
