import { additionsIn, untilIn } from './change-input';

test.each([
  ['operation 0010', { operation: '0010' }],
  ['2026-03-02T14:00:00+01:00', { time: '2026-03-02T14:00:00+01:00' }],
  ['next-order', { nextOrder: true }],
  ['{"operation":"0020"}', { operation: '0020' }],
])('--until %s', (text, until) => {
  expect(untilIn(text)).toEqual(until);
});

test('what an extension adds is said by options, by the JSON of the API, or by both', () => {
  expect(additionsIn({})).toBeUndefined();
  expect(
    additionsIn({
      additions: '{"operations":[{"segment":{"id":"0015"},"follows":"0010"}]}',
      instruction: ['0020=Torque = 25 Nm'],
      resource: ['0010=PRESS-02'],
      supply: ['0020/0040=LUBE-02'],
    }),
  ).toEqual({
    operations: [{ segment: { id: '0015' }, follows: '0010' }],
    instructions: [{ segmentId: '0020', text: 'Torque = 25 Nm' }],
    resources: [{ segmentId: '0010', equipmentId: 'PRESS-02' }],
    supply: [{ segmentId: '0020', lineId: '0040', material: 'LUBE-02' }],
  });
});

test.each([
  [() => untilIn('tomorrow'), '--until takes JSON'],
  [() => additionsIn({ instruction: ['Check'] }), '--instruction takes <operation>=<what>'],
  [() => additionsIn({ additions: 'rework' }), '--additions takes JSON'],
])('what cannot be read is refused: %#', (read, why) => {
  expect(read).toThrow(why);
});
