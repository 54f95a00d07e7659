import type { NativeRecord } from '../adapter';
import { type Bench, failureOf, type Hub, startBench, until } from './bench';

let bench: Bench;
let hub: Hub;

beforeAll(async () => {
  bench = await startBench({ pieceMs: 1, timeoutMs: 4_000, coarse: 'HoldTime' });
  hub = await bench.connect('hub');
  await hub.connection.check();
}, 60_000);
afterAll(() => bench?.stop(), 60_000);

const order = (jobOrderID: string, more: object = {}) => ({
  jobOrderID,
  description: 'Press seals',
  parameters: [
    { ID: 'PressForce', value: '12.5', type: 'Double', unit: 'kN' },
    { ID: 'BOM_REVISION', value: 'A', type: 'String' },
    { ID: 'Quantity', value: '4', type: 'Double', unit: 'PCE' },
  ],
  materialRequirements: [{ MaterialDefinitionID: 'SEAL-EPDM', quantity: '8', unit: 'PCE', use: 'Consumed' }],
  startTime: '2026-03-02T06:00:00+01:00',
  start: true,
  ...more,
});
const produce = (jobOrderID: string, pieces: number) => bench.press.emit!('produce', { jobOrderID, pieces });
const job = async (jobOrderID: string) =>
  ((await bench.press.holds!('jobs')) as Array<{ jobOrderID: string; state: string; order: object }>).find(
    (held) => held.jobOrderID === jobOrderID,
  );
const answer = async (type: string, body: object) => (await hub.send(type, body)).answer;

describe('a job order', () => {
  test('is stored with all it says and may start', async () => {
    expect(await hub.send('JobOrder', order('store'))).toEqual({
      counterpartId: 'store',
      answer: { action: 'stored', state: 'AllowedToStart' },
    });
    expect(await job('store')).toMatchObject({
      state: 'AllowedToStart',
      order: {
        parameters: [
          { ID: 'PressForce', value: 12.5, unit: 'kN' },
          { ID: 'BOM_REVISION', value: 'A' },
          { ID: 'Quantity', value: 4, unit: 'PCE' },
        ],
        materialRequirements: [
          { MaterialDefinitionID: 'SEAL-EPDM', quantity: '8', unit: 'PCE', use: 'Consumed' },
        ],
        startTime: '2026-03-02T05:00:00.000Z',
      },
    });
  });

  test('sent again is left alone', async () => {
    await hub.send('JobOrder', order('again'));
    expect(await answer('JobOrder', order('again'))).toEqual({
      action: 'unchanged',
      state: 'AllowedToStart',
    });
  });

  test('that is not to start waits, and starts when it comes again with start', async () => {
    expect(await answer('JobOrder', order('wait', { start: false }))).toMatchObject({
      state: 'NotAllowedToStart',
    });
    expect(await answer('JobOrder', order('wait'))).toEqual({ action: 'unchanged', state: 'AllowedToStart' });
  });

  test('that differs is updated while it has not begun', async () => {
    await hub.send('JobOrder', order('update'));
    const changed = order('update', {
      parameters: [{ ID: 'PressForce', value: '14.0', type: 'Double', unit: 'kN' }],
      materialRequirements: [
        { MaterialDefinitionID: 'SEAL-FKM', quantity: '8', unit: 'PCE', use: 'Consumed' },
      ],
    });
    expect(await answer('JobOrder', changed)).toMatchObject({ action: 'updated' });
    expect(await job('update')).toMatchObject({
      order: {
        parameters: [{ ID: 'PressForce', value: 14 }],
        materialRequirements: [{ MaterialDefinitionID: 'SEAL-FKM' }],
      },
    });
  });

  test('that differs comes too late for a begun job; the same one, or only a new plan, does not', async () => {
    await hub.send('JobOrder', order('late'));
    await produce('late', 1);
    expect(await answer('JobOrder', order('late'))).toEqual({ action: 'unchanged', state: 'Running' });
    expect(
      await answer('JobOrder', order('late', { startTime: '2026-03-03T06:00:00Z', priority: 7 })),
    ).toEqual({
      action: 'unchanged',
      state: 'Running',
    });
    const failure = await failureOf(hub.send('JobOrder', order('late', { materialRequirements: [] })));
    expect(failure).toMatchObject({ code: 'HUB_TOO_LATE', kind: 'permanent' });
    await hub.send('JobCommand', { jobOrderID: 'late', command: 'Stop' });
  });

  test.each([
    [{ id: 'x' }, 'id', 'is no field of it'],
    [{ parameters: [{ id: 'PressForce', value: 1 }] }, 'parameters[0].id', 'is no field of it'],
    [{ parameters: [{ ID: 'P', value: 'much', type: 'Double' }] }, 'parameters[0].value', 'does not fit'],
    [
      { parameters: [{ ID: 'P', value: '1', type: 'decimal' }] },
      'parameters[0].type',
      'no plain OPC UA type',
    ],
    [
      { materialRequirements: [{ MaterialDefinitionID: 'M', quantity: 2 }] },
      'materialRequirements[0].quantity',
      'as text',
    ],
    [{ startTime: '2026-03-02T06:00:00' }, 'startTime', 'with its zone'],
  ])('with a field that the structure would drop or bend is refused: %j', async (more, at, why) => {
    const failure = await failureOf(hub.send('JobOrder', order('bad', more)));
    expect(failure).toMatchObject({ code: 'HUB_INVALID', at });
    expect(failure.message).toContain(why);
  });

  test('whose answer was lost is found at the machine and not stored twice', async () => {
    await bench.press.emit!('lose-answer', {});
    expect(await answer('JobOrder', order('lost'))).toMatchObject({ action: 'stored' });
  });

  test('without any answer is in doubt, and goes through when it is repeated', async () => {
    await bench.press.provoke('silent');
    expect(await failureOf(hub.send('JobOrder', order('doubt')))).toMatchObject({
      code: 'HUB_NO_ANSWER',
      kind: 'ambiguous',
    });
    await bench.press.provoke('well');
    expect(await answer('JobOrder', order('doubt'))).toMatchObject({ action: 'stored' });
  });

  test.each([
    ['busy', 'HUB_BUSY', 'transient'],
    ['rejecting', 'HUB_REJECTED', 'permanent'],
  ] as const)('to a machine that is %s: %s', async (fault, code, kind) => {
    await bench.press.provoke(fault);
    expect(await failureOf(hub.send('JobOrder', order(fault)))).toMatchObject({ code, kind });
    await bench.press.provoke('well');
  });
});

describe('a command', () => {
  const command = (jobOrderID: string, name: string) =>
    hub.send('JobCommand', { jobOrderID, command: name }).then(({ answer: result }) => result);

  test('pauses, and the paused job makes nothing until it is resumed', async () => {
    await hub.send('JobOrder', order('pause'));
    await produce('pause', 1);
    expect(await command('pause', 'Pause')).toEqual({ before: 'Running', after: 'Interrupted' });
    expect(await produce('pause', 2)).toMatchObject({ made: 0, good: 1 });
    expect(await command('pause', 'Pause')).toEqual({ before: 'Interrupted', after: 'Interrupted' });
    expect(await command('pause', 'Resume')).toEqual({ before: 'Interrupted', after: 'Running' });
    expect(await produce('pause', 9)).toMatchObject({ made: 3, good: 4, state: 'Ended' });
    expect(await failureOf(command('pause', 'Abort'))).toMatchObject({ code: 'HUB_TOO_LATE' });
  });

  test('withdraws a job that has not begun, once or twice', async () => {
    await hub.send('JobOrder', order('cancel'));
    expect(await command('cancel', 'Cancel')).toEqual({ before: 'AllowedToStart', after: 'gone' });
    expect(await command('cancel', 'Cancel')).toEqual({ before: 'gone', after: 'gone' });
  });

  test.each([
    ['nobody', 'Pause', 'HUB_REJECTED'],
    ['nobody', 'Dance', 'HUB_INVALID'],
  ])('that cannot be carried out is refused: %s %s', async (jobOrderID, name, code) => {
    expect(await failureOf(command(jobOrderID, name))).toMatchObject({ code, kind: 'permanent' });
  });
});

describe('parameters', () => {
  const write = (...parameters: object[]) => hub.send('ParameterWrite', { parameters });

  test('are written in the type of their node and read back', async () => {
    const { PressForce } = (await write({ ID: 'PressForce', value: '14.0', unit: 'kN' })).answer as {
      PressForce: object;
    };
    expect(PressForce).toMatchObject({ after: 14 });
    expect(await bench.press.holds!('parameters')).toContainEqual({
      ID: 'PressForce',
      value: 14,
      unit: 'kN',
    });
  });

  // A definition gives every value as text, with a data type of its own; the node's type decides what is written.
  test.each([
    ['Double', 'PressForce', '12.50', 12.5, 12.5],
    ['a 64-bit integer', 'PieceLimit', '9007199254740993', '9007199254740993', '9007199254740993'],
    ['a 64-bit integer, said as a decimal', 'PieceLimit', '500.0', '500', '500'],
    ['steps of a tenth in 16 bits', 'Speed', '12.5', 12.5, 125],
    ['a text', 'NCProgram', 'SEAL-51', 'SEAL-51', 'SEAL-51'],
    ['a text that looks like a number', 'NCProgramVersion', '7', '7', '7'],
  ])('read back as what they mean: %s', async (_, ID, value, after, kept) => {
    expect((await write({ ID, value })).answer).toMatchObject({ [ID]: { after } });
    expect((await write({ ID, value })).answer).toMatchObject({ [ID]: { before: after, after } });
    const held = (await bench.press.holds!('parameters')) as Array<{ ID: string; value: unknown }>;
    expect(held.find((one) => one.ID === ID)?.value).toBe(kept);
  });

  test('that are right already are not written', async () => {
    await write({ ID: 'PressForce', value: 13 });
    const writes = (await bench.press.holds!('writes')).length;
    expect((await write({ ID: 'PressForce', value: '13.0' })).answer).toEqual({
      PressForce: { before: 13, after: 13 },
    });
    expect(await bench.press.holds!('writes')).toHaveLength(writes);
  });

  test('that read back differently are told, with what the machine has now', async () => {
    const failure = await failureOf(write({ ID: 'HoldTime', value: 2.4 }));
    expect(failure).toMatchObject({
      code: 'HUB_NOT_CONFIRMED',
      kind: 'ambiguous',
      value: { HoldTime: { after: 2 } },
    });
  });

  test.each([
    [{ ID: 'Colour', value: 1 }, 'HUB_REJECTED', "no parameter 'Colour'"],
    [{ ID: 'PressForce', value: 5000 }, 'HUB_REJECTED', 'outside of 0 to 1000'],
    [{ ID: 'PressForce', value: 5, unit: 'N' }, 'HUB_REJECTED', 'given in N, the machine has it in kN'],
    [{ ID: 'PressForce', value: 'much' }, 'HUB_INVALID', 'does not fit the type Double'],
    [{ ID: 'Speed', value: '12.55' }, 'HUB_INVALID', "'125.5' does not fit the type Int16"],
    [{ ID: 'Speed', value: '4000' }, 'HUB_INVALID', 'does not fit the type Int16'],
  ])('that cannot be are refused before anything is written: %j', async (wish, code, why) => {
    const writes = (await bench.press.holds!('writes')).length;
    const failure = await failureOf(write({ ID: 'HoldTime', value: 9 }, wish));
    expect(failure).toMatchObject({ code, kind: 'permanent' });
    expect(failure.message).toContain(why);
    expect(await bench.press.holds!('writes')).toHaveLength(writes);
  });
});

test('a job brings its values in whatever type the order gives them', async () => {
  const parameters = [
    { ID: 'HoldTime', value: '3', type: 'Int64', unit: 's' },
    { ID: 'NCProgram', value: 'SEAL-51', type: 'String' },
  ];
  await hub.send('JobOrder', order('typed', { parameters }));
  await produce('typed', 1);
  expect(await bench.press.holds!('parameters')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ID: 'HoldTime', value: 3 }),
      expect.objectContaining({ ID: 'NCProgram', value: 'SEAL-51' }),
    ]),
  );
  await hub.send('JobCommand', { jobOrderID: 'typed', command: 'Stop' });
});

test('a program that the machine does not have is not chosen', async () => {
  const parameters = [{ ID: 'NCProgram', value: 'SEAL-99' }];
  const failure = await failureOf(hub.send('ParameterWrite', { parameters }));
  expect(failure).toMatchObject({ code: 'HUB_REJECTED', at: 'parameter NCProgram', value: 'BadOutOfRange' });
});

describe('job responses', () => {
  const bodies = (taken: readonly NativeRecord[], key: string) =>
    taken.filter((record) => record.key === key).map(({ body }) => body as Response);
  interface Response {
    state: string;
    subState?: string;
    data: Array<{ ID: string; value: number }>;
  }
  const good = ({ state, data }: Response) => [
    state,
    data.find(({ ID }) => ID === 'GoodQuantity')?.value,
    data.find(({ ID }) => ID === 'GoodQuantityTotal')?.value,
  ];

  test('tell of every piece and of the end, each once and in order', async () => {
    const listener = await bench.connect('listener');
    const { taken } = listener.receive();
    await listener.connection.check();
    await hub.send('JobOrder', order('tell'));
    await produce('tell', 4);
    await until(() => bodies(taken, 'tell').some(({ state }) => state === 'Ended'));
    const told = bodies(taken, 'tell').map(good);
    expect(told.at(-1)).toEqual(['Ended', expect.any(Number), 4]);
    expect(told.reduce((sum, [, increase]) => sum + Number(increase), 0)).toBe(4);
    expect(told.map(([, , total]) => total)).toEqual([...told.map(([, , total]) => total)].sort());
    expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
    await listener.close();
  });

  test('that the hub did not take are offered again, the very same', async () => {
    let refusals = 2;
    const offered: unknown[] = [];
    const listener = await bench.connect('refuser');
    const { taken } = listener.receive(async (record) => {
      if (record.key !== 'refused') return;
      offered.push(record);
      if (refusals-- > 0) throw new Error('the store is down');
    });
    await listener.connection.check();
    await bench.press.emit!('finished', { jobOrderID: 'refused', pieces: 1 });
    await until(() => bodies(taken, 'refused').length > 0);
    expect(offered).toHaveLength(3);
    expect(offered[1]).toEqual(offered[0]);
    await listener.close();
  });

  test('of the time while the hub was away are caught up, and the increase is counted from what was told before', async () => {
    const before = await bench.connect('restarted');
    const first = before.receive();
    await before.connection.check();
    await hub.send('JobOrder', order('away'));
    await produce('away', 1);
    await until(() => bodies(first.taken, 'away').some((body) => good(body)[2] === 1));
    await before.close();
    await produce('away', 3);
    const after = await bench.connect('restarted');
    const second = after.receive();
    await until(() => bodies(second.taken, 'away').length > 0);
    expect(bodies(second.taken, 'away').map(good)).toEqual([['Ended', 3, 4]]);
    await after.close();
  });

  test('go on after the machine was restarted, and no command waits for it to come back', async () => {
    const { taken } = hub.receive();
    await hub.send('JobOrder', order('restart'));
    await produce('restart', 1);
    await until(() => bodies(taken, 'restart').some((body) => good(body)[2] === 1));
    await bench.press.provoke('down');
    expect(await failureOf(hub.send('JobOrder', order('queued')))).toMatchObject({
      code: 'HUB_UNREACHABLE',
      kind: 'transient',
    });
    await produce('restart', 1);
    await bench.press.provoke('well');
    await until(() => bodies(taken, 'restart').some((body) => good(body)[2] === 2));
    expect(await job('queued')).toBeUndefined();
    await produce('restart', 2);
    await until(() => bodies(taken, 'restart').some(({ state }) => state === 'Ended'));
    expect(bodies(taken, 'restart').reduce((sum, body) => sum + Number(good(body)[1]), 0)).toBe(4);
  });
});

test('no failure and no log line tells the password', async () => {
  const password = String(bench.press.config.password);
  const other = await bench.connect('wrong-password', { password: `${password}-wrong` });
  const failure = await failureOf(other.connection.check());
  expect(failure).toMatchObject({ code: 'HUB_UNAUTHORIZED', kind: 'transient' });
  const said = JSON.stringify([failure, failure.message, failure.stack, hub.log, other.log]);
  expect(said).not.toContain(password);
  await other.close();
});
