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
  const mappings = loadMappings([`${packageRoot}/mappings`, `${projectDir}/mappings`]);
  const mapping = mappings.get('bench/order');
  const byExpressions = mappings.get('bench/order-by-expressions');
  const expression = jsonata(asJsonata);
  const evaluate = async (order: BenchOrder) =>
    expression.evaluate(order, { localTime: values.localTime, states, units });
  await mustAgree({ byRules: mapping, byExpressions }, evaluate);

  const order = benchOrder(1);
  const ways = {
    hand: () => repeat(orders, () => mapByHand(order)),
    rules: () => repeat(orders, () => mapping.read(order, context)),
    expressions: () => repeat(orders, () => byExpressions.read(order, context)),
  };
  // A hub maps for weeks: what counts is the speed once the machine code is there.
  for (let round = 0; round < 10; round++) for (const way of Object.values(ways)) way();
  const ms = await compare(15, ways);
  // By itself: what the interpreter leaves behind is collected while the others run.
  const interpreted = await compare(9, {
    rules: ways.rules,
    // A twentieth of them is slow enough.
    jsonata: async () => {
      for (let n = 0; n < orders / 20; n++) await evaluate(order);
    },
  });
  const [some, many] = [benchOrder(1, 500, 20), benchOrder(1, 5000, 20)];
  const large = await compare(15, {
    handOnce: () => repeat(10, () => mapByHand(some)),
    handTenfold: () => repeat(10, () => mapByHand(many)),
    once: () => repeat(10, () => mapping.read(some, context)),
    tenfold: () => repeat(10, () => mapping.read(many, context)),
  });
  const growth = { byHand: large.handTenfold / large.handOnce, byRules: large.tenfold / large.once };
  const each = (total: number, count = orders) => rounded((total / count) * 1000);
  return [
    { name: 'by hand', value: each(ms.hand), unit: 'µs an order' },
    row('by rules', each(ms.rules), rounded(ms.hand / ms.rules), 'by hand', 0.33),
    row(
      'by rules',
      each(interpreted.rules),
      rounded((interpreted.jsonata * 20) / interpreted.rules),
      'one JSONata expression',
      50,
    ),
    row(
      'an expression in every leaf',
      each(ms.expressions),
      rounded(ms.hand / ms.expressions),
      'by hand',
      0.25,
    ),
    {
      name: '5,000 components',
      value: rounded(large.tenfold / 10),
      unit: 'ms',
      ratio: rounded(growth.byRules / growth.byHand),
      against: `growth by hand from 500 to 5,000 (${rounded(growth.byHand)}; by rules ${rounded(growth.byRules)})`,
      // Linear, as the program is, garbage collection included; what is quadratic shows about 10.
      target: 2,
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
  mappings: Readonly<Record<string, CompiledMapping>>,
  evaluate: (order: BenchOrder) => Promise<unknown>,
): Promise<void> {
  const order = benchOrder(7);
  const byHand = mapByHand(order).items;
  const byMappings = Object.entries(mappings).map(([way, mapping]) => {
    const read = mapping.read(order, context);
    return [way, (read as { message?: Message }).message?.items ?? read] as const;
  });
  const byJsonata = [JSON.parse(JSON.stringify(await evaluate(order)))];
  for (const [way, items] of [...byMappings, ['byJsonata', byJsonata] as const])
    if (!isDeepStrictEqual(items, byHand))
      throw new Error(`${way} and by hand differ:\n${JSON.stringify(items)}\n${JSON.stringify(byHand)}`);
}
