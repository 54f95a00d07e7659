import { type Mutation, mutations } from './table';
import { openWorkshop, placeOf } from './workshop';

test.each(mutations.map((one) => [one.fault, one] as const))(
  'the fault "%s" can still be put in',
  (_, one) => {
    expect(placeOf(one)).toBeDefined();
  },
);

describe('a fault', () => {
  const workshop = openWorkshop();
  afterAll(() => workshop.close());
  const zero = mutations.find(({ fault }) => fault === 'zero is missing') as Mutation;

  test.each([
    ['that the named test finds is caught', {}, 'caught'],
    ['that the named test does not look at survives', { test: 'context, and the envelope' }, 'survived'],
    ['that no test is named for proves nothing', { test: 'there is no such test' }, 'stale'],
    ['that cannot be put in proves nothing', { text: 'there is no such text' }, 'stale'],
  ])('%s', (_, changed, verdict) => {
    expect(workshop.verdict({ ...zero, ...changed })).toBe(verdict);
  });
});
