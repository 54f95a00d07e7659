import { applyToOrder } from './apply-to-order';
import { diffDefinitions, diffOrders } from './diff';
import { completeOrder } from './explode';
import { orderFromErp, revisionA, revisionB } from './pv-100.example';
import { restated } from './restated';
import type { Order } from './shapes';
import { requestOf, revisionOf, withRequest } from './shapes';

const said = (quantity: number) => orderFromErp('1000002', quantity);
const inA = completeOrder(said(10), revisionA);
const inB = applyToOrder(inA, diffDefinitions(revisionA, revisionB), undefined, 'remaining');
const planned = (order: Order): Order =>
  withRequest(order, (request) => ({ ...request, startTime: '2026-03-03T09:00:00', requestState: 'Held' }));

const lines = (order: Order, segment: number) =>
  requestOf(order).segmentRequirement[segment]!.materialRequirement!.map(
    (line) => `${line.id} ${line.materialDefinitionId![0]} ${line.quantity![0]!.quantityString}`,
  );

test('a sender that says the same again changes nothing of what has become of the order', () => {
  expect(restated(planned(inB), said(10), said(10))).toEqual(planned(inB));
});

test('another quantity takes the components along in their present form, and leaves the plan and the revision', () => {
  const after = restated(planned(inB), said(10), said(12));
  expect(lines(after, 0)).toEqual(['0010 BODY-50 12', '0020 SEAL-FKM 24']);
  expect(lines(after, 1)).toEqual(['0030 SCREW-M8 72', '0040 LUBE-01 0.18', 'PV-100 PV-100 12']);
  expect(revisionOf(after)).toBe('B');
  expect(requestOf(after)).toMatchObject({ startTime: '2026-03-03T09:00:00', requestState: 'Held' });
  expect(diffOrders(planned(inB), after).items.map(({ kind }) => kind)).toEqual(['order-quantity-changed']);
});

test('of a component replaced in mid-run, what was used stays and the successor takes the difference', () => {
  const half = withRequest(inB, (request) => ({
    ...request,
    segmentRequirement: request.segmentRequirement.map((segment, i) =>
      i > 0
        ? segment
        : {
            ...segment,
            materialRequirement: segment.materialRequirement!.flatMap((line) =>
              line.id === '0020'
                ? ['SEAL-EPDM', 'SEAL-FKM'].map((material) => ({
                    ...line,
                    materialDefinitionId: [material],
                    quantity: [{ quantityString: '10', unitOfMeasure: 'PCE' }],
                  }))
                : [line],
            ),
          },
    ),
  }));
  expect(lines(restated(half, said(10), said(12)), 0)).toEqual([
    '0010 BODY-50 12',
    '0020 SEAL-EPDM 10',
    '0020 SEAL-FKM 14',
  ]);
});

test('a date, a line and an operation that the sender changes are taken from it, a line that it drops goes', () => {
  const wish = withRequest(said(10), (request) => ({
    ...request,
    endTime: '2026-03-02T12:00:00',
    segmentRequirement: [
      {
        ...request.segmentRequirement[0]!,
        materialRequirement: [
          {
            id: '0010',
            materialDefinitionId: ['BODY-51'],
            materialUse: 'Consumed',
            quantity: [{ quantityString: '10', unitOfMeasure: 'PCE' }],
          },
        ],
      },
      { id: '0015', processSegmentId: '0015' },
      ...request.segmentRequirement.slice(1),
    ],
  }));
  const after = restated(inA, said(10), wish);
  expect(requestOf(after).endTime).toBe('2026-03-02T12:00:00');
  expect(requestOf(after).segmentRequirement.map(({ id }) => id)).toEqual(['0010', '0015', '0020']);
  expect(lines(after, 0)).toEqual(['0010 BODY-51 10']);
});

test('an operation that an engineering change put in stays, one that it took out stays out', () => {
  const reworked = withRequest(inA, (request) => ({
    ...request,
    segmentRequirement: [
      request.segmentRequirement[0]!,
      { id: '0015', description: ['Inspect'], processSegmentId: '0015' },
    ],
  }));
  const after = restated(reworked, said(10), said(12));
  expect(requestOf(after).segmentRequirement.map(({ id }) => id)).toEqual(['0010', '0015']);
});

test('totals that the sender rounds are the same for one piece: 0.333 for 10 and 0.400 for 12', () => {
  const rounded = (order: Order, quantity: string) =>
    JSON.parse(JSON.stringify(order).replace(/"0\.1[58]0?"/g, JSON.stringify(quantity))) as Order;
  const after = restated(inA, rounded(said(10), '0.333'), rounded(said(12), '0.400'));
  expect(lines(after, 1)).toContain('0040 LUBE-01 0.18');
});
