import { line, revisionB } from '../change/pv-100.example';
import { type Order, requestOf } from '../change/shapes';
import { type DeskPlant, startDeskPlant } from './desk-plant.example';

let plant: DeskPlant;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ plant, stop } = await startDeskPlant('holds'));
});
afterAll(() => stop());

test('of an order that a revision holds for in part, those serial numbers are held at the MES and the machine goes on', async () => {
  const serials = { materialSubLotId: ['SN-102', 'SN-103', 'SN-104', 'SN-105'] };
  await plant.release('1000002', { quantity: 4, made: serials });
  await plant.report('1000002', '0010', 'Running');
  const output = {
    ...line('9999', 'PV-100', '1'),
    materialUse: 'Produced',
    materialSpecificationProperty: [{ id: 'EffectiveSerials', value: [{ valueString: 'SN-104/SN-200' }] }],
  };
  const { effectiveStartDate: _, ...rest } = revisionB;
  const [press, assembly] = rest.operationsSegment!;
  const materialSpecification = [...assembly!.materialSpecification!, output];
  await plant.publish({ ...rest, operationsSegment: [press!, { ...assembly!, materialSpecification }] });
  await plant.answerAll();

  const { id, commands } = await plant.newest();
  expect(commands.map(({ kind, expectation }) => `${kind}: ${expectation}`)).toEqual([
    'order-hold: The MES holds serial numbers SN-104, SN-105 of operation 0010 of order 1000002 (MATERIAL-CHANGE): ECN-2001 waits for a decision.',
  ]);
  const held = requestOf((await plant.order('1000002')) as Order);
  expect(held.requestState).toBe('Released');
  expect(held.segmentRequirement.map(({ segmentState }) => segmentState)).not.toContain('Held');
  expect(held.segmentRequirement[0]!.segmentParameter).toContainEqual({
    id: 'HeldSerial',
    value: [
      { valueString: 'SN-104', dataType: 'string' },
      { valueString: 'SN-105', dataType: 'string' },
    ],
  });

  await plant.desk.decide(id, { orderIds: [], action: 'reject', by: 'Ines', reason: 'not now' });
  await plant.answerAll();
  const free = requestOf(await plant.order('1000002')).segmentRequirement[0]!.segmentParameter ?? [];
  expect(free.map((one) => one.id)).toEqual(['PressForce', 'HoldTime']);
  expect((await plant.newest()).state).toBe('in force');
});
