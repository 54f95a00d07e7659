import type { Issue } from '../../model/errors';
import { checkRevisions } from '../change/check-revisions';
import type { Effectivity } from '../change/effectivity';
import { type Life, revisionsOf } from './lifecycle';

/** For what a revision holds now: dates as people have put them, and the limits that it states itself. */
export function effectivityIn(life: Life, revision: string, zone: string): Effectivity {
  const found = revisionsOf(life, Date.now(), zone).findLast((one) => one.revision === revision);
  if (found === undefined) return {};
  const { effectiveFrom: from, effectiveTo: to, limits } = found;
  return { ...limits, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** Where published revisions overlap or leave a time open, by what is known and said of them now. */
export function effectivityIssues(life: Life, zone: string): Issue[] {
  const names = new Set(life.published.map(({ revision }) => revision));
  const stated = [...names].map((version) => ({ version, effectivity: effectivityIn(life, version, zone) }));
  return checkRevisions(stated, zone);
}
