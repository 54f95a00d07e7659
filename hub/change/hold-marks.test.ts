import { held, heldAs, released } from './hold-marks';
import { orderFromErp } from './pv-100.example';
import { requestOf } from './shapes';

const order = orderFromErp('1000002', 10);
const because = { reason: 'MATERIAL-CHANGE', reference: 'ECN-2001' };
const states = (one: typeof order) => [
  requestOf(one).requestState,
  ...requestOf(one).segmentRequirement.map(({ segmentState }) => segmentState),
];
const parameters = (one: typeof order) =>
  requestOf(one).segmentRequirement.map(({ segmentParameter = [] }) =>
    segmentParameter.map(({ id, value = [] }) => `${id} ${value.map((each) => each.valueString).join(' ')}`),
  );

// hold, then what is held, and what the MES is told why
test.each([
  [
    'an order',
    {},
    ['Held', undefined, undefined],
    [['HoldReason MATERIAL-CHANGE'], ['HoldReason MATERIAL-CHANGE']],
  ],
  [
    'an operation',
    { segments: ['0010'] },
    ['Released', 'Held', undefined],
    [['HoldReason MATERIAL-CHANGE'], []],
  ],
  [
    'two serial numbers of it',
    { segments: ['0010'], serials: ['SN-3', 'SN-4'] },
    ['Released', undefined, undefined],
    [['HoldReason MATERIAL-CHANGE', 'HeldSerial SN-3 SN-4'], []],
  ],
])('%s is held, nothing else, and let go on as it was', (_, what, seen, why) => {
  const waiting = held(order, { ...because, ...what });
  expect(states(waiting)).toEqual(seen);
  expect(parameters(waiting).map((list) => list.filter((one) => !one.startsWith('HoldReference')))).toEqual(
    why,
  );
  expect(parameters(waiting)[0]).toContain('HoldReference ECN-2001');
  expect(heldAs(waiting, order)).toEqual(waiting);
  const free = released(waiting);
  expect(parameters(free)).toEqual([[], []]);
  expect(states(free)).not.toContain('Held');
});

test('what an order asks for besides is not touched by a hold', () => {
  const own = {
    id: 'PressForce',
    value: [{ valueString: '12.5', dataType: 'decimal', unitOfMeasure: 'kN' }],
  };
  const [first, second] = requestOf(order).segmentRequirement;
  const request = {
    ...requestOf(order),
    segmentRequirement: [{ ...first!, segmentParameter: [own] }, second!],
  };
  const set = { ...order, operationsRequest: [request] };
  const free = released(held(set, { ...because, segments: ['0010'] }));
  expect(requestOf(free).segmentRequirement[0]!.segmentParameter).toEqual([own]);
});
