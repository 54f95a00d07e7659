import { type Life, mayBecome, type PublishedVersion, revisionsOf } from './lifecycle';

const zone = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const version = (n: number, revision: string, more: Partial<PublishedVersion> = {}): PublishedVersion => ({
  version: n,
  revision,
  system: 'plm',
  updatedAt: `2026-0${n}-01T00:00:00.000Z`,
  ...more,
});
const life = (published: PublishedVersion[], more: Partial<Life> = {}): Life => ({
  published,
  drafts: [],
  notes: [],
  ...more,
});
const states = (given: Life, moment: string) =>
  Object.fromEntries(revisionsOf(given, at(moment), zone).map(({ revision, state }) => [revision, state]));
const note = {
  noun: 'OperationsDefinition',
  id: 'PV-100',
  by: 'kim',
  why: 'tested',
  at: '2026-06-01T00:00:00.000Z',
};

test('a revision without dates is effective from its publication until the next one', () => {
  const given = life([version(1, 'A'), version(2, 'B')]);
  expect(states(given, '2025-12-31T00:00:00Z')).toEqual({ A: 'approved', B: 'approved' });
  expect(states(given, '2026-01-15T00:00:00Z')).toEqual({ A: 'effective', B: 'approved' });
  expect(states(given, '2026-03-01T00:00:00Z')).toEqual({ A: 'obsolete', B: 'effective' });
});

test('one that is published for a later time becomes effective at that time, by the clock of the plant', () => {
  const given = life([version(1, 'A'), version(2, 'B', { effectiveStartDate: '2027-01-01T00:00:00' })]);
  expect(states(given, '2026-12-31T22:59:59Z')).toEqual({ A: 'effective', B: 'approved' });
  expect(states(given, '2026-12-31T23:00:00Z')).toEqual({ A: 'obsolete', B: 'effective' });
});

test('after its end nothing is effective, unless an earlier revision has no end', () => {
  const given = [version(1, 'A'), version(2, 'B', { effectiveEndDate: '2026-04-01T00:00:00Z' })];
  expect(states(life(given.slice(1)), '2026-05-01T00:00:00Z')).toEqual({ B: 'obsolete' });
  expect(states(life(given), '2026-05-01T00:00:00Z')).toEqual({ A: 'effective', B: 'obsolete' });
});

test('a correction keeps the time of its revision; one that is published again begins again', () => {
  const corrected = life([version(1, 'A'), version(2, 'A')]);
  expect(revisionsOf(corrected, at('2026-01-15T00:00:00Z'), zone)).toMatchObject([
    { revision: 'A', version: 2, state: 'effective' },
  ]);
  const again = life([version(1, 'A'), version(2, 'B'), version(3, 'A')]);
  expect(states(again, '2026-02-15T00:00:00Z')).toEqual({ A: 'approved', B: 'effective' });
  expect(states(again, '2026-03-15T00:00:00Z')).toEqual({ A: 'effective', B: 'obsolete' });
});

test('what somebody says of a revision stands above its dates', () => {
  const published = [version(1, 'A'), version(2, 'B')];
  const later = { ...note, revision: 'B', state: 'approved' as const, effectiveFrom: '2026-09-01T00:00:00Z' };
  expect(states(life(published, { notes: [later] }), '2026-07-01T00:00:00Z')).toEqual({
    A: 'effective',
    B: 'approved',
  });
  const ended = { ...note, revision: 'B', state: 'obsolete' as const };
  expect(states(life(published, { notes: [ended] }), '2026-07-01T00:00:00Z')).toEqual({
    A: 'effective',
    B: 'obsolete',
  });
});

test('a draft is in the state that was last said of it, and never effective', () => {
  const drafts = [{ noun: 'OperationsDefinition', id: 'PV-100', revision: 'C', updatedAt: note.at }];
  const reviewed = { ...note, revision: 'C', state: 'in review' as const };
  expect(states(life([version(1, 'A')], { drafts }), '2027-01-01T00:00:00Z')).toEqual({
    A: 'effective',
    C: 'draft',
  });
  expect(states(life([], { drafts, notes: [reviewed] }), '2027-01-01T00:00:00Z')).toEqual({ C: 'in review' });
});

test.each([
  ['draft', 'in review', true],
  ['in review', 'draft', true],
  ['in review', 'approved', true],
  ['approved', 'draft', false],
  ['effective', 'obsolete', true],
  ['effective', 'in review', false],
  ['obsolete', 'approved', true],
  ['draft', 'effective', false],
] as const)('from %s to %s: %s', (from, to, may) => {
  expect(mayBecome(from, to)).toBe(may);
});
