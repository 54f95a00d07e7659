import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usesOf } from '../../hub/change/order-uses';
import type { Order } from '../../hub/change/shapes';
import { requestOf } from '../../hub/change/shapes';
import { openStore } from '../../hub/storage/open';
import type { Store } from '../../hub/storage/store';
import { type BenchRow, compare, rounded } from './row';

const COMPONENTS = 50;
const PRODUCTS = 200;
const PARTS = 100;
const CHANGED = 500;

/** Part `n` of a product; every product has 100 of its own. */
const part = (product: number, n: number) => `PART-${product}-${n % PARTS}`;

/** An order of 50 components in five operations, of one of 200 products. */
function order(n: number): Order {
  const id = String(1_000_000 + n);
  const product = n % PRODUCTS;
  const perOperation = COMPONENTS / 5;
  return {
    id,
    operationsRequest: [
      {
        id,
        operationsDefinitionId: `PRODUCT-${product}`,
        _operationsDefinitionId: { schemeVersionId: 'A' },
        segmentRequirement: Array.from({ length: 5 }, (_, s) => ({
          id: String(s),
          processSegmentId: String(s),
          materialRequirement: Array.from({ length: perOperation }, (_, i) => ({
            id: String(i),
            materialDefinitionId: [part(product, Math.floor(n / PRODUCTS) + 2 * (s * perOperation + i))],
            materialUse: 'Consumed',
            quantity: [{ quantityString: '4', dataType: 'decimal', unitOfMeasure: 'PCE' }],
          })),
        })),
      },
    ],
  };
}

/** 500 parts: all those of five products, or some of every product, so that no order is spared. */
const changes = {
  'of five products': Array.from({ length: CHANGED }, (_, n) => part(Math.floor(n / PARTS) * 7, n)),
  'spread over all products': Array.from({ length: CHANGED }, (_, n) => part(n % PRODUCTS, n)),
};

/** Which open orders use one of 500 changed parts: through the index in the store, against reading the orders. */
export async function impactRows(sizes: readonly number[]): Promise<BenchRow[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-bench-'));
  const store = await openStore({ dataDir });
  try {
    const rows: BenchRow[] = [];
    let filled = 0;
    for (const size of sizes) {
      await fill(store, filled, size);
      filled = size;
      for (const [how, changed] of Object.entries(changes))
        rows.push(...(await rowsFor(store, size, how, changed)));
    }
    return rows;
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function fill(store: Store, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 100) {
    await store.transaction(async (tx) => {
      for (let i = n; i < Math.min(n + 100, to); i++) {
        const body = order(i);
        await tx.putObject({ noun: 'OperationsSchedule', id: body.id, body, system: 'erp' });
        await tx.putOrderUses(body.id, usesOf(body));
      }
    });
  }
}

async function rowsFor(
  store: Store,
  size: number,
  how: string,
  changed: readonly string[],
): Promise<BenchRow[]> {
  const wanted = new Set(changed);
  const inMemory = await allOrders(store);
  const uses = (body: Order) =>
    requestOf(body).segmentRequirement.some((segment) =>
      segment.materialRequirement!.some((line) => wanted.has(line.materialDefinitionId![0]!)),
    );
  const throughIndex = async () => (await store.ordersUsing('material', changed)).length;
  const scanned = async () => (await allOrders(store)).filter(uses).length;
  const found = [await throughIndex(), await scanned()];
  if (found[0] !== found[1]) throw new RangeError(`the index finds ${found[0]} orders, the scan ${found[1]}`);
  const times = await compare(size > 1000 ? 5 : 9, {
    index: throughIndex,
    scan: scanned,
    memory: () => inMemory.filter(uses).length,
  });
  const label = `${CHANGED} parts ${how}, ${size.toLocaleString('en')} open orders`;
  const ms = (value: number) => ({ value: rounded(value), unit: 'ms CPU' });
  return [
    { name: `scan of the stored orders with a set, ${label}`, ...ms(times.scan) },
    { name: `scan of orders in memory with a set, ${label}`, ...ms(times.memory) },
    {
      name: `through the index, ${label} (${found[0]} hit)`,
      ...ms(times.index),
      ratio: rounded(times.index / times.scan),
      against: 'the scan of the stored orders',
      ...(size >= 10_000 ? { target: 0.02 } : {}),
    },
  ];
}

async function allOrders(store: Store): Promise<Order[]> {
  const orders: Order[] = [];
  for (let after: string | undefined; ; ) {
    const portion = await store.listObjects({
      noun: 'OperationsSchedule',
      limit: 1000,
      ...(after === undefined ? {} : { after }),
    });
    orders.push(...portion.map(({ body }) => body as Order));
    if (portion.length < 1000) return orders;
    after = portion.at(-1)!.id;
  }
}
