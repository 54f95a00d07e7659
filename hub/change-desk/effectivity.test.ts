import { materialOf } from '../change/diff-lines';
import { line, parameter, revisionA, revisionB } from '../change/pv-100.example';
import { isProduced } from '../change/quantity';
import { type OperationsDefinition, requestOf, revisionOf } from '../change/shapes';
import { type DeskPlant, startDeskPlant } from './desk-plant.example';

let plant: DeskPlant;
let stop: () => Promise<void>;

beforeEach(async () => {
  ({ plant, stop } = await startDeskPlant('effectivity'));
});
afterEach(() => stop());

const IN_2090 = '2090-01-01T00:00:00';

/** Revision B for what the properties of its output say. */
function revisionFor(properties: Readonly<Record<string, readonly string[]>>, dates: object = {}) {
  const output = {
    ...line('9999', 'PV-100', '1'),
    materialUse: 'Produced',
    materialSpecificationProperty: Object.entries(properties).map(([id, values]) => ({
      id,
      value: values.map((valueString) => ({ valueString })),
    })),
  };
  const { effectiveStartDate: _, ...rest } = revisionB;
  const segments = rest.operationsSegment!;
  return {
    ...rest,
    ...dates,
    operationsSegment: [
      segments[0]!,
      { ...segments[1]!, materialSpecification: [...segments[1]!.materialSpecification!, output] },
    ],
  } satisfies OperationsDefinition;
}

const standings = async () =>
  Object.fromEntries((await plant.newest()).orders.map(({ id, standing }) => [id, standing]));

const components = async (id: string) =>
  requestOf(await plant.order(id)).segmentRequirement.flatMap(({ materialRequirement = [] }) =>
    materialRequirement
      .filter((one) => !isProduced(one))
      .map((one) => {
        const serials = one.materialRequirementProperty?.find((property) => property.id === 'SerialNumbers');
        const of = serials?.value?.map(({ valueString }) => valueString).join(' ');
        return `${materialOf(one)} ${one.quantity?.[0]?.quantityString}${of ? ` for ${of}` : ''}`;
      }),
  );

test('by date, half-open, by the clock of the plant: the order that begins at that moment is the first', async () => {
  await plant.release('1000001', { startTime: '2089-12-31T23:59:59' });
  await plant.release('1000002', { startTime: IN_2090 });
  await plant.release('1000003', { startTime: '2090-06-30T23:59:59.999' });
  await plant.release('1000004', { startTime: '2090-07-01T00:00:00' });
  // The same moments in UTC: an hour and two hours less.
  await plant.publish(
    revisionFor({}, { effectiveStartDate: '2089-12-31T23:00:00Z', effectiveEndDate: '2090-06-30T22:00:00Z' }),
  );
  expect(await standings()).toEqual({
    1000001: 'untouched',
    1000002: 'by-policy',
    1000003: 'by-policy',
    1000004: 'untouched',
  });
});

test('by serial number: an order of which some pieces are in range asks, and is then split by its serial numbers', async () => {
  const serials = (from: number, count: number) => ({
    materialSubLotId: Array.from({ length: count }, (_, n) => `SN-${from + n}`),
  });
  await plant.release('1000001', { quantity: 2, made: serials(100, 2) });
  await plant.release('1000002', { quantity: 4, made: serials(102, 4) });
  await plant.release('1000003', { quantity: 2, made: serials(104, 2) });
  await plant.release('1000004', { quantity: 2 });
  await plant.publish(revisionFor({ EffectiveSerials: ['SN-104/SN-200'] }));
  expect(await standings()).toEqual({
    1000001: 'untouched',
    1000002: 'waiting',
    1000003: 'by-policy',
    1000004: 'untouched',
  });
  const { id, orders } = await plant.newest();
  expect(orders[1]!.reason).toContain('SN-104, SN-105');
  await plant.desk.decide(id, { orderIds: ['1000002'], action: 'approve', by: 'Ines', reason: 'fits' });
  await plant.answerAll();
  expect(await components('1000002')).toEqual([
    'BODY-50 4',
    'SEAL-EPDM 4 for SN-102 SN-103',
    'SEAL-FKM 4 for SN-104 SN-105',
    'SCREW-M8 28',
    'LUBE-01 0.060',
  ]);
  expect(await components('1000003')).toContain('SEAL-FKM 4');
  // Its serial numbers are known later: now it is concerned.
  await plant.release('1000004', { quantity: 2, made: serials(110, 2) });
  expect(await standings()).toMatchObject({ 1000004: 'by-policy' });
});

test('a range is of the end item that it stands on: serial numbers of another product do not count', async () => {
  const other = { ...revisionA, id: 'PV-200' };
  await plant.publish(other);
  await plant.release('1000001', { made: { materialSubLotId: ['SN-1'] } });
  await plant.publish({ ...revisionFor({ EffectiveSerials: ['SN-1/'] }), id: 'PV-200', version: 'B' });
  expect((await plant.newest()).orders).toEqual([]);
});

test('by lot and by named orders, both of which must hold', async () => {
  await plant.release('1000001', { made: { materialLotId: ['L-7'] } });
  await plant.release('1000002', { made: { materialLotId: ['L-8'] } });
  await plant.release('1000003', { made: { materialLotId: ['L-7'] } });
  await plant.publish(revisionFor({ EffectiveLots: ['L-7'], EffectiveOrders: ['1000001', '1000002'] }));
  expect(await standings()).toEqual({ 1000001: 'by-policy', 1000002: 'untouched', 1000003: 'untouched' });
});

test('for the next two orders: those that begin first, an order that comes later finds no place', async () => {
  await plant.release('1000001', { startTime: '2090-01-03T06:00:00' });
  await plant.release('1000002', { startTime: '2090-01-01T06:00:00' });
  await plant.release('1000003', { startTime: '2090-01-02T06:00:00' });
  await plant.publish(revisionFor({ EffectiveOrderCount: ['2'] }));
  expect(await standings()).toEqual({ 1000001: 'untouched', 1000002: 'by-policy', 1000003: 'by-policy' });
  await plant.answerAll();
  await plant.release('1000004', { startTime: '2089-12-31T06:00:00' });
  expect(await standings()).toMatchObject({ 1000002: 'by-policy', 1000003: 'by-policy' });
  expect((await standings())[1000004] ?? 'untouched').toBe('untouched');
});

test('an order that names no revision is made by the one that holds for it', async () => {
  await plant.publish(revisionFor({ EffectiveSerials: ['SN-10/'] }));
  await plant.release('1000001', { revision: undefined, made: { materialSubLotId: ['SN-9'] } });
  await plant.release('1000002', { revision: undefined, made: { materialSubLotId: ['SN-10', 'SN-11'] } });
  expect(revisionOf(await plant.order('1000001'))).toBe('A');
  expect(revisionOf(await plant.order('1000002'))).toBe('B');
  const states = (await plant.definitions.revisions('OperationsDefinition', 'PV-100')).map(
    ({ revision, state }) => `${revision} ${state}`,
  );
  expect(states).toEqual(['A effective', 'B effective']);
});

test('a published revision is put off: orders that it no longer holds for leave the change, and come back with it', async () => {
  await plant.release('1000001', { startTime: IN_2090 });
  await plant.report('1000001', '0010', 'Waiting');
  await plant.publish(revisionFor({}, {}));
  expect(await standings()).toEqual({ 1000001: 'by-policy' });
  const said = { by: 'kim', why: 'ECN-2002' };
  await plant.answerAll();
  expect(revisionOf(await plant.order('1000001'))).toBe('B');

  // It has been changed already: what is over for it goes back by a change of its own.
  await plant.definitions.setState('OperationsDefinition', 'PV-100', 'B', { ...said, state: 'obsolete' });
  const back = await plant.newest();
  expect(back).toMatchObject({ reference: 'ECN-2002', orders: [{ id: '1000001', standing: 'by-policy' }] });
  expect(back.differences.join()).toContain('SEAL-FKM');
  await plant.answerAll();
  expect(revisionOf(await plant.order('1000001'))).toBe('A');
  expect(await components('1000001')).toContain('SEAL-EPDM 20');
});

test('a revision that is put off before anything went out leaves its orders alone, until it is brought forward', async () => {
  await plant.release('1000001', { startTime: IN_2090 });
  await plant.publish(revisionFor({}, { effectiveStartDate: '2091-01-01T00:00:00' }));
  expect(await standings()).toEqual({ 1000001: 'untouched' });
  const from = { by: 'kim', why: 'ECN-2003', state: 'approved' as const };
  await plant.definitions.setState('OperationsDefinition', 'PV-100', 'B', {
    ...from,
    effectiveFrom: '2089-01-01T00:00:00Z',
  });
  expect(await standings()).toEqual({ 1000001: 'by-policy' });
  await plant.answerAll();
  expect(await components('1000001')).toContain('SEAL-FKM 20');
});

test('a new revision is held against the one in force, not against one that came and is yet to be', async () => {
  await plant.publish(revisionFor({}, { effectiveStartDate: '2095-01-01T00:00:00' }));
  const segments = revisionA.operationsSegment!;
  const pressed = {
    ...segments[0]!,
    parameterSpecification: [parameter('PressForce', '13.0', 'kN'), parameter('HoldTime', '2', 's')],
  };
  await plant.release('1000001');
  await plant.publish({ ...revisionA, version: 'A1', operationsSegment: [pressed, segments[1]!] });
  const { differences } = await plant.newest();
  expect(differences).toEqual(['Operation 0010: parameter PressForce changes from 12.5 kN to 13.0 kN.']);
});

test('a revision that is changed without a new name changes no order that is made to it, and says so', async () => {
  await plant.release('1000001');
  const { effectiveStartDate: _, ...rest } = revisionB;
  await plant.publish({ ...rest, version: 'A' });
  const { orders, page, commands } = await plant.newest();
  expect(orders).toMatchObject([{ id: '1000001', standing: 'refused' }]);
  expect(orders[0]!.reason).toContain('changed without a new name');
  expect(page).toContain('PV-100: revision A CHANGED WITHOUT A NEW NAME');
  expect(commands).toEqual([]);
  await plant.release('1000002', { revision: { ...rest, version: 'A' } });
  expect((await plant.newest()).orders).toHaveLength(1);
});

test('a draft is looked at before it is published: what it would mean, with nothing sent', async () => {
  await plant.release('1000001');
  const said = { by: 'kim', why: 'ECN-2005' };
  const draft = revisionFor({}) as OperationsDefinition & { id: string };
  await plant.definitions.keepDraft('OperationsDefinition', draft as never, said);
  const { body } = await plant.definitions.read('OperationsDefinition', 'PV-100', { revision: 'B' });
  const foreseen = await plant.desk.whatIf(body, { keep: true });
  expect(foreseen.orders).toMatchObject([{ id: '1000001', action: 'apply' }]);
  expect(await plant.desk.list()).toEqual([]);
  await plant.definitions.setState('OperationsDefinition', 'PV-100', 'B', { ...said, state: 'approved' });
  const { orders } = await plant.desk.compare(foreseen.id);
  expect(orders).toMatchObject([{ orderId: '1000001', cameTrue: true }]);
});

test('dates of revisions that overlap or leave a gap are issues', async () => {
  await plant.publish({ ...revisionA, effectiveEndDate: '2090-01-01T00:00:00' });
  await plant.publish(revisionFor({}, { effectiveStartDate: '2090-02-01T00:00:00' }));
  expect(await plant.definitions.issues('OperationsDefinition', 'PV-100')).toMatchObject([
    { rule: 'effectivity-gap', path: 'revision B' },
  ]);
});
