import type { IdentityLink } from '../storage/store';
import { linksBy } from './links';
import type { IdentityRule } from './rules';

let revision = 0;
const link = (nativeId: string, canonicalId: string, more: Partial<IdentityLink> = {}): IdentityLink => ({
  system: 'erp',
  noun: 'Equipment',
  nativeId,
  canonicalId,
  alternative: false,
  manual: false,
  by: 'import',
  why: 'list of 2026',
  at: '2026-01-01T00:00:00Z',
  revision: ++revision,
  ...more,
});

function linked(links: readonly IdentityLink[], rules: readonly IdentityRule[] = []) {
  const all = linksBy(rules);
  for (const one of links) all.take(one);
  return {
    ...all,
    reads: (id: string, system = 'erp') => all.find(system, 'Equipment', id, 'in'),
    writes: (id: string) => all.find('erp', 'Equipment', id, 'out'),
  };
}

test('an id is found in both directions, in its own system and noun alone', () => {
  const { reads, writes, find } = linked([link('100', 'PRESS-01')]);
  expect(reads('100')).toEqual({ id: 'PRESS-01' });
  expect(writes('PRESS-01')).toEqual({ id: '100' });
  expect(reads('100', 'mes')).toBeUndefined();
  expect(find('erp', 'PhysicalAsset', '100', 'in')).toBeUndefined();
  expect([reads('101'), writes('PRESS-02')]).toEqual([undefined, undefined]);
});

test('leading zeros and blanks make no other id, unless its own link says so', () => {
  const { reads } = linked([link('100', 'PRESS-01'), link('000100', 'PRESS-02')]);
  expect(reads('000100')).toEqual({ id: 'PRESS-02' });
  expect(linked([link('100', 'PRESS-01')]).reads(' 000100 ')).toEqual({ id: 'PRESS-01' });
  expect(reads('0100')).toEqual({ candidates: ['PRESS-01', 'PRESS-02'] });
});

test('capitals make a possible match, and a certain one where a rule of the project ignores them', () => {
  const links = [link('Press A', 'PRESS-01')];
  expect(linked(links).reads('PRESS A')).toEqual({ candidates: ['PRESS-01'] });
  const rules: IdentityRule[] = [{ system: 'erp', noun: 'Equipment', ignore: ['case'] }];
  expect(linked(links, rules).reads('PRESS A')).toEqual({ id: 'PRESS-01' });
  expect(linked([link('100', 'PRESS-01')], [{ ignore: [] }]).reads('0100')).toEqual({
    candidates: ['PRESS-01'],
  });
});

test('an alternative id is read and never written', () => {
  const { reads, writes } = linked([
    link('100', 'PRESS-01'),
    link('OLD-7', 'PRESS-01', { alternative: true }),
  ]);
  expect(reads('OLD-7')).toEqual({ id: 'PRESS-01' });
  expect(writes('PRESS-01')).toEqual({ id: '100' });
});

test('of several ids that may be written, the one that a person named is; else nobody knows', () => {
  const [first, second] = [link('100', 'PRESS-01'), link('200', 'PRESS-01')];
  expect(linked([first, second]).writes('PRESS-01')).toEqual({ candidates: ['100', '200'] });
  expect(linked([first, { ...second, manual: true }]).writes('PRESS-01')).toEqual({ id: '200' });
});

test('a link takes the place of the one before, and none at all ends the search', () => {
  const { take, reads, writes } = linked([link('100', 'PRESS-01'), link('0200', 'PRESS-02')]);
  take(link('100', 'PRESS-09'));
  expect([reads('100'), reads('0100'), writes('PRESS-01')]).toEqual([
    { id: 'PRESS-09' },
    { id: 'PRESS-09' },
    undefined,
  ]);
  take(link('200', '', { manual: true }));
  expect([reads('200'), reads('0200')]).toEqual([undefined, { id: 'PRESS-02' }]);
});
