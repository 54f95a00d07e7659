/** The order of all benches: 50 components, 20 operations; about 15 KB as JSON, and about 30 KB as a SAP IDoc. */
import { idocWriter } from '../../adapters/erp/kit-idoc';
import { orderBook } from '../../adapters/erp/kit-orders';

export interface BenchOrder {
  readonly number: string;
  readonly product: string;
  readonly revision: string;
  readonly description: string;
  readonly quantity: string;
  readonly unit: string;
  readonly status: string;
  readonly start: string;
  readonly end: string;
  readonly planner: string;
  readonly operations: readonly BenchOperation[];
  readonly components: readonly BenchComponent[];
}

export interface BenchOperation {
  readonly number: string;
  readonly description: string;
  readonly workCentre: string;
  readonly start: string;
  readonly end: string;
  readonly status: string;
  readonly force: string;
}

export interface BenchComponent {
  readonly item: string;
  readonly material: string;
  readonly description: string;
  readonly quantity: string;
  readonly unit: string;
  readonly operation: string;
  readonly storage: string;
}

const four = (n: number) => String(n).padStart(4, '0');
const hour = (n: number) =>
  `2026-03-${String(2 + Math.floor(n / 24)).padStart(2, '0')} ${String(n % 24).padStart(2, '0')}`;

export function benchOrder(n: number, components = 50, operations = 20): BenchOrder {
  return {
    number: String(1_000_000 + n).padStart(12, '0'),
    product: '000000000000PV-100',
    revision: 'A',
    description: `Process valve DN50, lot ${n}`,
    quantity: '      10.000 ',
    unit: 'PCE',
    status: 'I0002',
    start: `${hour(0)}:00`,
    end: `${hour(operations)}:00`,
    planner: '101',
    operations: Array.from({ length: operations }, (_, i) => ({
      number: four((i + 1) * 10),
      description: `Operation ${i + 1} on the valve body and its seals`,
      workCentre: `WC-${four(i % 7)}`,
      start: `${hour(i)}:00`,
      end: `${hour(i)}:55`,
      status: 'I0002',
      force: `${12 + i}.500-`.slice(0, -1),
    })),
    components: Array.from({ length: components }, (_, i) => ({
      item: four((i + 1) * 10),
      material: `0000000000000${10_000 + i}`,
      description: `Component ${i + 1} of the process valve, batch managed`,
      quantity: `     ${i + 1}.250 `,
      unit: i % 3 ? 'PCE' : 'KGM',
      operation: four(((i % operations) + 1) * 10),
      storage: '101A',
    })),
  };
}

/** The same order as the stand-in ERP writes it. */
export function benchIdoc(n: number): string {
  const { number, operations, components } = benchOrder(n);
  const book = orderBook();
  const order = book.create({
    number,
    material: 'PV-100',
    quantity: '10',
    operations: operations.map((operation) => ({ ...operation, workCentre: operation.workCentre })),
    components: components.map(({ item, material, quantity, unit, operation }) => ({
      line: item,
      material: material.replace(/^0+/, ''),
      quantity: quantity.trim(),
      unit,
      operation,
    })),
  } as never);
  return idocs.order(order).xml;
}

const idocs = idocWriter();
