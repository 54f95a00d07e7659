import { firstIdAt } from './id';
import type { Page } from './store';

export const pageSize = (page: Page) => page.limit ?? 100;

/** A page as a range of ids: they begin with their time, so no index on a time is needed. */
export function idRange({ before, after, since, from, to }: Page): Array<['<' | '>=' | '>', string]> {
  return [
    ...(before ? [['<', before] as ['<', string]] : []),
    ...(after ? [['>', after] as ['>', string]] : []),
    ...(since ? [['>=', since] as ['>=', string]] : []),
    ...(from ? [['>=', firstIdAt(from)] as ['>=', string]] : []),
    ...(to ? [['<', firstIdAt(to)] as ['<', string]] : []),
  ];
}
