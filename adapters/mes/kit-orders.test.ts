import type { CanonicalObject, Message } from '../../model/message';
import { type OrderBook, orderBook } from './kit-orders';
import { order, performance } from './kit-samples';

const now = () => new Date('2025-06-02T06:00:00Z');
const bookOf = (options: { autoManual?: boolean } = {}) =>
  orderBook({ machines: ['PRESS-01'], autoManual: true, now, ...options });

/** What a report says, short: segment, state, good, `use material quantity`. */
function told(messages: Message[]): string[] {
  return messages.map((message) => {
    // biome-ignore lint/suspicious/noExplicitAny: reaching deep into a message to shorten it.
    const response = (message.items[0] as any).operationsResponse[0];
    const segment = response.segmentResponse[0];
    const materials = ((segment.materialActual ?? []) as CanonicalObject[]).map(
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      (actual: any) =>
        `${actual.materialUse} ${actual.materialDefinitionId[0]} ${actual.quantity[0].quantityString}`,
    );
    const head = `${segment.segmentRequirementId[0]} ${segment.segmentState} ${segment.segmentData[0].value[0].valueString}`;
    return [head, ...materials, `order ${response.responseState}`].join(', ');
  });
}

const run = (book: OrderBook, state: string, good: string) =>
  told(book.take(performance('1000001', '0010', state, good)));

test('each good piece of the machine consumes its share, and the manual segment follows by itself', () => {
  const book = bookOf();
  expect(book.take(order('1000001'))).toEqual([]);
  expect(run(book, 'Running', '0')).toEqual(['0010 Running 0, order Running']);
  expect(run(book, 'Running', '1')).toEqual([
    '0010 Running 1, Consumed BODY-50 1, Consumed SEAL-EPDM 2, order Running',
  ]);
  expect(run(book, 'Completed', '3')).toEqual([
    '0010 Completed 3, Consumed BODY-50 3, Consumed SEAL-EPDM 6, order Running',
    '0020 Running 0, order Running',
    '0020 Completed 4, Consumed SCREW-M8 32, Produced PV-100 4, order Completed',
  ]);
  expect(book.orders()[0]).toMatchObject({ responseState: 'Completed', product: 'PV-100', quantity: '4' });
});

test('a report that says nothing new is not passed on', () => {
  const book = bookOf();
  book.take(order('1000001'));
  run(book, 'Running', '1');
  expect(run(book, 'Running', '0')).toEqual([]);
});

test('shares add up to the exact requirement, whatever the division leaves over', () => {
  const book = bookOf();
  const message = order('1000001');
  const [request] = message.items[0]!.operationsRequest as CanonicalObject[];
  const segments = request!.segmentRequirement as Array<{ materialRequirement: CanonicalObject[] }>;
  segments[1]!.materialRequirement[1]!.quantity = [{ quantityString: '3' }];
  segments[0]!.materialRequirement = [
    {
      id: '0040',
      materialDefinitionId: ['LUBE-01'],
      materialUse: 'Consumed',
      quantity: [{ quantityString: '0.1' }],
    },
  ];
  book.take(message);
  run(book, 'Running', '1');
  run(book, 'Running', '1');
  run(book, 'Completed', '1');
  const lube = book.orders()[0]!.consumed.filter(({ material }) => material === 'LUBE-01');
  expect(lube.map(({ quantity }) => quantity)).toEqual(['0.033333', '0.033334', '0.033333']);
});

test('a machine that counts nothing has made the whole order when it completes', () => {
  const book = bookOf();
  book.take(order('1000001'));
  expect(run(book, 'Completed', '0')[0]).toBe(
    '0010 Completed 4, Consumed BODY-50 4, Consumed SEAL-EPDM 8, order Running',
  );
});

test('a replaced component: what was consumed stays booked, the rest is booked from the new one', () => {
  const book = bookOf({ autoManual: false });
  book.take(order('1000001'));
  run(book, 'Running', '2');
  const change = order('1000001', 'Change');
  const [request] = change.items[0]!.operationsRequest as CanonicalObject[];
  const [press] = request!.segmentRequirement as Array<{ materialRequirement: CanonicalObject[] }>;
  press!.materialRequirement[1]!.materialDefinitionId = ['SEAL-FKM'];
  expect(book.take(change)).toEqual([]);
  expect(run(book, 'Completed', '2')).toEqual([
    '0010 Completed 2, Consumed BODY-50 2, Consumed SEAL-FKM 4, order Running',
  ]);
  expect(book.orders()[0]!.consumed.map(({ material, quantity }) => `${material} ${quantity}`)).toEqual([
    'BODY-50 2',
    'SEAL-EPDM 4',
    'BODY-50 2',
    'SEAL-FKM 4',
  ]);
});

test('a component replaced half way by a list of both: each is booked up to its own quantity', () => {
  const book = bookOf({ autoManual: false });
  book.take(order('1000001'));
  run(book, 'Running', '2');
  const change = order('1000001', 'Change');
  const [request] = change.items[0]!.operationsRequest as CanonicalObject[];
  const [press] = request!.segmentRequirement as Array<{ materialRequirement: CanonicalObject[] }>;
  const [, seal] = press!.materialRequirement as [CanonicalObject, CanonicalObject];
  const half = { ...seal, quantity: [{ quantityString: '4', unitOfMeasure: 'PCE' }] };
  press!.materialRequirement.splice(1, 1, half, { ...half, materialDefinitionId: ['SEAL-FKM'] });
  book.take(change);
  expect(run(book, 'Running', '1')).toEqual([
    '0010 Running 1, Consumed BODY-50 1, Consumed SEAL-FKM 2, order Running',
  ]);
  expect(run(book, 'Completed', '2')).toEqual([
    '0010 Completed 2, Consumed BODY-50 2, Consumed SEAL-FKM 4, order Running',
  ]);
});

test('a smaller quantity never takes a booking back', () => {
  const book = bookOf({ autoManual: false });
  book.take(order('1000001'));
  run(book, 'Running', '3');
  const change = order('1000001', 'Change');
  const [request] = change.items[0]!.operationsRequest as CanonicalObject[];
  const [press] = request!.segmentRequirement as Array<{ materialRequirement: CanonicalObject[] }>;
  press!.materialRequirement[1]!.quantity = [{ quantityString: '4', unitOfMeasure: 'PCE' }];
  book.take(change);
  expect(run(book, 'Completed', '1')).toEqual(['0010 Completed 1, Consumed BODY-50 1, order Running']);
});

test('a held order reports nothing manual until it is released', () => {
  const book = bookOf();
  book.take(order('1000001'));
  const hold = order('1000001', 'Change');
  const [request] = hold.items[0]!.operationsRequest as CanonicalObject[];
  request!.requestState = 'Held';
  book.take(hold);
  expect(run(book, 'Completed', '4')).toHaveLength(1);
  request!.requestState = 'Released';
  expect(told(book.take(hold))).toEqual([
    '0020 Running 0, order Running',
    '0020 Completed 4, Consumed SCREW-M8 32, Produced PV-100 4, order Completed',
  ]);
});

test('a change that says nothing of segments or materials leaves them as they were', () => {
  const book = bookOf();
  book.take(order('1000001'));
  const hold = order('1000001', 'Change');
  hold.items[0]!.operationsRequest = [{ id: '1000001', requestState: 'Held' }];
  book.take(hold);
  expect(book.orders()[0]).toMatchObject({ requestState: 'Held', quantity: '4' });
  expect(book.orders()[0]!.segments[0]!.materialRequirements).toHaveLength(2);
});

test('progress that comes before its order waits for it', () => {
  const book = bookOf();
  expect(run(book, 'Running', '1')).toEqual([]);
  expect(told(book.take(order('1000001')))).toEqual([
    '0010 Running 1, Consumed BODY-50 1, Consumed SEAL-EPDM 2, order Running',
  ]);
});

test.each([
  [
    'a change of an order it does not know',
    (book: OrderBook) => book.take(order('999', 'Change')),
    /order 999/,
  ],
  [
    'an operator report on an unknown order',
    (book: OrderBook) => book.report({ order: '9', segment: '0010' }),
    /order 9/,
  ],
  [
    'a segment it does not know',
    (book: OrderBook) => book.take(performance('1000001', '0099')),
    /segment 0099/,
  ],
  [
    'a count that is no number',
    (book: OrderBook) => book.take(performance('1000001', '0010', 'Running', 'two')),
    /two/,
  ],
])('%s is refused', (_name, act, reason) => {
  const book = bookOf();
  book.take(order('1000001'));
  expect(() => act(book)).toThrow(reason);
});
