/** What a mapping costs: the order of the benches by hand, by rules, and by JSONata, all with the same result. */
import { isDeepStrictEqual } from 'node:util';
import jsonata from 'jsonata';
import { type CompiledMapping, loadMappings } from '../../mappings/engine';
import type { Message } from '../../model/message';
import { packageRoot } from '../../model/paths';
import { asJsonata, mapByHand, states, units, values } from './by-hand';
import { type BenchOrder, benchOrder } from './order';
import { projectDir } from './plant';
import { type BenchRow, compare, rounded } from './row';

const context = { zone: 'Europe/Berlin' };
const orders = 200;

export async function benchMapping(): Promise<BenchRow[]> {
  const mapping = loadMappings([`${packageRoot}/mappings`, `${projectDir}/mappings`]).get('bench/order');
  const expression = jsonata(asJsonata);
  const evaluate = async (order: BenchOrder) =>
    expression.evaluate(order, { localTime: values.localTime, states, units });
  await mustAgree(mapping, evaluate);

  const order = benchOrder(1);
  const ms = await compare(9, {
    hand: () => repeat(orders, () => mapByHand(order)),
    rules: () => repeat(orders, () => mapping.read(order, context)),
    // A twentieth of them is slow enough.
    jsonata: async () => {
      for (let n = 0; n < orders / 20; n++) await evaluate(order);
    },
  });
  const [some, many] = [benchOrder(1, 500, 20), benchOrder(1, 5000, 20)];
  const large = await compare(9, {
    once: () => repeat(10, () => mapping.read(some, context)),
    tenfold: () => repeat(10, () => mapping.read(many, context)),
  });
  const each = (total: number, count = orders) => rounded((total / count) * 1000);
  return [
    { name: 'by hand', value: each(ms.hand), unit: 'µs an order' },
    row('by rules', each(ms.rules), rounded(ms.hand / ms.rules), 'by hand', 0.33),
    row('by rules', each(ms.rules), rounded((ms.jsonata * 20) / ms.rules), 'one JSONata expression', 50),
    {
      name: '5,000 components',
      value: rounded(large.tenfold / 10),
      unit: 'ms',
      ratio: rounded(large.tenfold / large.once),
      against: '500 components',
      target: 12,
    },
  ];
}

const row = (name: string, value: number, ratio: number, against: string, least: number): BenchRow => ({
  name,
  value,
  unit: 'µs an order',
  ratio,
  against: `speed of ${against}`,
  least,
});

function repeat(times: number, work: () => unknown): void {
  for (let n = 0; n < times; n++) work();
}

/** Ways that give different results cannot be compared. */
async function mustAgree(
  mapping: CompiledMapping,
  evaluate: (order: BenchOrder) => Promise<unknown>,
): Promise<void> {
  const order = benchOrder(7);
  const byHand = mapByHand(order).items;
  const read = mapping.read(order, context);
  const byRules = (read as { message?: Message }).message?.items ?? read;
  const byJsonata = [JSON.parse(JSON.stringify(await evaluate(order)))];
  for (const [way, items] of Object.entries({ byRules, byJsonata }))
    if (!isDeepStrictEqual(items, byHand))
      throw new Error(`${way} and by hand differ:\n${JSON.stringify(items)}\n${JSON.stringify(byHand)}`);
}
