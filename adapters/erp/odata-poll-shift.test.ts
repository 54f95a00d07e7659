import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entity, EntitySet, OData, Query } from './odata';
import { pollEntities } from './odata-poll';
import { timeLiteral } from './odata-times';

type Order = { number: string; at: number };

/** Orders as a service lists them: filtered by time, sorted by it, cut to what is asked for. */
function serving(orders: Order[], then: (page: number) => void): OData {
  let asked = 0;
  const entity = ({ number, at }: Order): Entity =>
    ({
      __metadata: { type: 'S.A_ProductionOrder_2Type', uri: `/A_ProductionOrder_2('${number}')` },
      ManufacturingOrder: number,
      LastChangeDateTime: timeLiteral(at, 'digits').slice(1, -1),
      to_ProductionOrderOperation: { results: [] },
      to_ProductionOrderComponent: { results: [] },
    }) as unknown as Entity;
  return {
    async *pages(set: EntitySet, { $filter = '', $top = 0, $skip = 0 }: Query) {
      if (!set.endsWith('/A_ProductionOrder_2')) return;
      const since = /ge ('\d+')/.exec(String($filter))?.[1] ?? '';
      const found = orders
        .filter(({ at }) => timeLiteral(at, 'digits') >= since)
        .sort((a, b) => a.at - b.at)
        .slice(Number($skip), Number($skip) + Number($top));
      const page = found.map(entity);
      then(++asked);
      yield page;
    },
    list: async () => [],
  } as unknown as OData;
}

async function taken(orders: Order[], then: (page: number) => void = () => {}): Promise<string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sap-shift-'));
  const over = new AbortController();
  const keys: string[] = [];
  const options = { polled: { A_ProductionOrder_2: {} }, everyMs: 5, overlapMs: 0, pageSize: 2 };
  const patience = setTimeout(() => over.abort(), 3_000);
  const accept = async ({ key }: { key: string }) => {
    keys.push(key);
    if (new Set(keys).size === orders.length) over.abort();
  };
  await pollEntities(serving(orders, then), options, { dataDir, log: () => {} }, accept, over.signal);
  clearTimeout(patience);
  rmSync(dataDir, { recursive: true });
  return [...new Set(keys)].sort();
}

const at = (second: number) => Date.UTC(2026, 2, 2, 6, 0, second);

test('an order is not missed when one before it is changed while the list is read in portions', async () => {
  const orders = [1, 2, 3, 4, 5].map((n) => ({ number: String(n), at: at(n) }));
  const changed = (page: number) => {
    if (page === 1) orders[0]!.at = at(9);
  };
  expect(await taken(orders, changed)).toEqual(['1', '2', '3', '4', '5']);
});

test('more orders of one second than a portion holds are all read', async () => {
  const orders = ['1', '2', '3', '4', '5'].map((number) => ({ number, at: at(1) }));
  expect(await taken([...orders, { number: '6', at: at(2) }])).toEqual(['1', '2', '3', '4', '5', '6']);
});
