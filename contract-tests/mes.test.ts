import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Connection, NativeRecord } from '../adapters/adapter';
import type { Counterpart } from '../adapters/kit';
import { b2mmlSoap } from '../adapters/mes/b2mml-soap';
import { mesKit } from '../adapters/mes/kit';
import { order, performance } from '../adapters/mes/kit-samples';
import { registerSoap } from '../hub/api/soap';
import { HubError } from '../model/errors';
import type { CanonicalObject, Message } from '../model/message';

/** The MES and the hub's door, each on its own port, with nothing between them but SOAP. */
let hub: FastifyInstance;
let mes: Counterpart;
let connection: Connection;
let reported: NativeRecord[];
let fails: HubError | undefined;

beforeEach(async () => {
  reported = [];
  fails = undefined;
  hub = Fastify();
  registerSoap(hub, {
    systems: new Set(['mes']),
    async accept(_system, raw) {
      if (fails) throw fails;
      const records = b2mmlSoap.read!(raw);
      reported.push(...records);
      return { accepted: records.map(({ type, key }) => ({ record: 'r', type, key, duplicate: false })) };
    },
  });
  await hub.listen({ host: '127.0.0.1', port: 0 });
  mes = await mesKit.start({
    hubUrl: `http://127.0.0.1:${portOf(hub)}`,
    system: 'mes',
    options: { timeoutMs: 10_000 },
  });
  connection = await b2mmlSoap.open(mes.config as never, { dataDir: '', log: () => {} });
});
afterEach(async () => {
  await connection.close();
  await mes.stop();
  await hub.close();
});

const portOf = (app: FastifyInstance) => (app.server.address() as { port: number }).port;
const send = (body: Message, id: string = randomUUID()) =>
  connection.send!({ type: 'B2MML', key: '1000001', id, body });

async function until(holds: () => boolean | Promise<boolean>) {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('waited in vain');
    await sleep(10);
  }
}

/** Segment, state, and what was consumed and produced, of each report that the hub took. */
const told = () =>
  reported.map(({ body }) => {
    // biome-ignore lint/suspicious/noExplicitAny: reaching deep into a message to shorten it.
    const segment = (body as any).items[0].operationsResponse[0].segmentResponse[0];
    const materials = (segment.materialActual ?? []).map(
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      (actual: any) =>
        `${actual.materialUse} ${actual.quantity[0].quantityString} ${actual.materialDefinitionId[0]}`,
    );
    return [`${segment.segmentRequirementId[0]} ${segment.segmentState}`, ...materials].join(', ');
  });

test('an order and the progress of its machine become the MES’s performance, in order', async () => {
  await send(order('1000001'));
  await send(performance('1000001', '0010', 'Running', '1'));
  await send(performance('1000001', '0010', 'Completed', '3'));
  await until(() => reported.length === 4);
  expect(told()).toEqual([
    '0010 Running, Consumed 1 BODY-50, Consumed 2 SEAL-EPDM',
    '0010 Completed, Consumed 3 BODY-50, Consumed 6 SEAL-EPDM',
    '0020 Running',
    '0020 Completed, Consumed 32 SCREW-M8, Produced 4 PV-100',
  ]);
  expect(new Set(reported.map(({ key }) => key))).toEqual(new Set(['1000001']));
  expect(await mes.holds!('orders')).toMatchObject([{ id: '1000001', responseState: 'Completed' }]);
});

test('sending a transaction twice is like sending it once', async () => {
  await send(order('1000001'));
  const progress = performance('1000001', '0010', 'Running', '1');
  const [first, second] = [await send(progress, 'd-1'), await send(progress, 'd-1')];
  expect(second).toEqual(first);
  await until(async () => (await mes.holds!('outbox')).length === 0);
  expect(told()).toEqual(['0010 Running, Consumed 1 BODY-50, Consumed 2 SEAL-EPDM']);
  expect(await mes.holds!()).toHaveLength(2);
});

test('a change of an order that the MES does not know is refused with its reason', async () => {
  await expect(send(order('1000009', 'Change'))).rejects.toMatchObject({
    code: 'HUB_REJECTED',
    message: expect.stringContaining('1000009 is not known'),
  });
});

test('a changed component list keeps what was consumed and books the rest from the new list', async () => {
  await send(order('1000001'));
  await send(performance('1000001', '0010', 'Running', '1'));
  const change = order('1000001', 'Change');
  const [request] = change.items[0]!.operationsRequest as CanonicalObject[];
  const [press] = request!.segmentRequirement as Array<{ materialRequirement: CanonicalObject[] }>;
  press!.materialRequirement[1]!.materialDefinitionId = ['SEAL-FKM'];
  await expect(send(change)).resolves.toMatchObject({
    answer: expect.stringContaining('RespondOperationsSchedule'),
  });
  await send(performance('1000001', '0010', 'Running', '1'));
  await until(() => reported.length === 2);
  expect(told()[1]).toBe('0010 Running, Consumed 1 BODY-50, Consumed 2 SEAL-FKM');
});

test('what the hub cannot store is kept and repeated, in order, until it can', async () => {
  fails = new HubError('HUB_STORE', 'the disk is full');
  const first = mes.emit!('performance', performance('1', '0010'));
  const second = mes.emit!('performance', performance('2', '0010'));
  await sleep(150);
  expect(reported).toEqual([]);
  expect(await mes.holds!('outbox')).toHaveLength(2);
  fails = undefined;
  await Promise.all([first, second]);
  expect(reported.map(({ key }) => key)).toEqual(['1', '2']);
});

test('a hub that is away gets everything when it is back', async () => {
  const port = portOf(hub);
  await hub.close();
  await send(order('1000001'));
  await send(performance('1000001', '0010', 'Running', '1'));
  hub = Fastify();
  registerSoap(hub, {
    systems: new Set(['mes']),
    async accept(_system, raw) {
      reported.push(...b2mmlSoap.read!(raw));
      return { accepted: [] };
    },
  });
  await hub.listen({ host: '127.0.0.1', port });
  await until(() => reported.length === 1);
});

test('what the hub refuses for good is given up, with the reason, and the next goes on', async () => {
  fails = new HubError('HUB_UNKNOWN_RECORD', 'no mapping reads it');
  await expect(mes.emit!('performance', performance('1'))).rejects.toThrow('no mapping reads it');
  fails = undefined;
  await mes.emit!('performance', performance('2'));
  expect(reported.map(({ key }) => key)).toEqual(['2']);
  expect(await mes.holds!('refused')).toMatchObject([
    { reason: expect.stringContaining('no mapping reads it') },
  ]);
});

test.each([
  ['down', 'HUB_UNREACHABLE', 'transient'],
  ['busy', 'HUB_BUSY', 'transient'],
  ['rejecting', 'HUB_REJECTED', 'permanent'],
  ['silent', 'HUB_NO_ANSWER', 'ambiguous'],
] as const)('an MES that is %s is told apart: %s', async (fault, code, kind) => {
  await mes.provoke(fault);
  // Impatient for the one that never answers alone: a busy machine is slow as well.
  const timeoutMs = fault === 'silent' ? 300 : 10_000;
  const to = await b2mmlSoap.open({ ...(mes.config as object), timeoutMs } as never, {
    dataDir: '',
    log: () => {},
  });
  const sent = to.send!({ type: 'B2MML', key: '1000001', id: 'd-1', body: order('1000001') });
  await expect(sent).rejects.toMatchObject({ code, kind });
  await to.close();
  await mes.provoke('well');
  await send(order('1000001'), 'd-1');
  expect(await mes.holds!()).toHaveLength(1);
  await connection.check();
});

test('without the automatic operator, the manual segment waits for a report', async () => {
  const manual = await mesKit.start({ options: { autoManual: false } });
  const to = await b2mmlSoap.open(manual.config as never, { dataDir: '', log: () => {} });
  for (const body of [order('1'), performance('1', '0010', 'Completed', '4')]) {
    await to.send!({ type: 'B2MML', key: '1', id: randomUUID(), body });
  }
  expect(await manual.holds!('performances')).toHaveLength(1);
  await manual.emit!('report', { order: '1', segment: '0020', state: 'Completed', good: '4' });
  expect(await manual.holds!('orders')).toMatchObject([{ responseState: 'Completed' }]);
  await to.close();
  await manual.stop();
});
