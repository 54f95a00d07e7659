import type { MaterialLine, OperationsDefinition } from '../../hub/change/shapes';

export type Bill = OperationsDefinition;

const ASSEMBLY = 10;
const OPERATION = 100;

const line = (id: string, item: number, quantity: number): MaterialLine => ({
  id,
  materialDefinitionId: [`PART-${item}`],
  materialUse: 'Consumed',
  quantity: [{ quantityString: String(quantity), dataType: 'decimal', unitOfMeasure: 'PCE' }],
});

/** A product structure of so many lines: operations of 100 assemblies of 10 parts. */
export function bill(lines: number): Bill {
  const segments = Math.ceil(lines / (ASSEMBLY * OPERATION));
  const assemblies = Math.ceil(lines / ASSEMBLY / segments);
  return {
    id: 'PRODUCT',
    version: 'A',
    operationsSegment: Array.from({ length: segments }, (_, s) => ({
      id: String(s),
      materialSpecification: Array.from({ length: assemblies }, (_, a) => ({
        ...line(String(a), s * assemblies + a, 1),
        assemblySpecification: Array.from({ length: ASSEMBLY }, (_, p) =>
          line(String(p), (s * assemblies + a) * ASSEMBLY + p, (p % 5) + 1),
        ),
      })),
    })),
  };
}

/** Another revision: spread over the structure, 1.5 % of the lines changed, 0.3 % added and 0.3 % removed. */
export function changedBill(before: Bill, lines: number): Bill {
  const after = structuredClone(before);
  after.version = 'B';
  const assemblies = after.operationsSegment!.flatMap((segment) => segment.materialSpecification!);
  const every = (share: number) => spread(assemblies.length, Math.round(lines * share));
  for (const [n, at] of every(0.015).entries()) {
    // Several changes of one assembly meet different parts of it.
    const part = assemblies[at]!.assemblySpecification![1 + (Math.floor(n / assemblies.length) % 4)]!;
    part.quantity![0]!.quantityString = '77';
  }
  for (const at of every(0.003)) assemblies[at]!.assemblySpecification!.pop();
  for (const [n, at] of every(0.003).entries())
    assemblies[at]!.assemblySpecification!.push(line(`new-${n}`, 1_000_000 + n, 3));
  return after;
}

/** So many places out of `length`, evenly. */
const spread = (length: number, count: number): number[] =>
  Array.from({ length: count }, (_, n) => Math.floor((n * length) / count) % length);

/** The least that any difference by identity has to do: every line under its path, its fields compared. */
export function keyedPass(before: Bill, after: Bill): unknown[] {
  const known = keyed(before);
  const found: unknown[] = [];
  for (const [path, now] of keyed(after)) {
    const old = known.get(path);
    known.delete(path);
    if (old === undefined) found.push(['added', path]);
    else if (!isSame(old, now)) found.push(['changed', path]);
  }
  for (const path of known.keys()) found.push(['removed', path]);
  return found;
}

/** Every line under its path. */
export function keyed(definition: Bill): Map<string, MaterialLine> {
  const lines = new Map<string, MaterialLine>();
  for (const segment of definition.operationsSegment ?? []) {
    for (const top of segment.materialSpecification ?? []) {
      lines.set(`${segment.id}/${top.id}`, top);
      for (const part of top.assemblySpecification ?? [])
        lines.set(`${segment.id}/${top.id}/${part.id}`, part);
    }
  }
  return lines;
}

const isSame = (a: MaterialLine, b: MaterialLine): boolean =>
  a.materialDefinitionId?.[0] === b.materialDefinitionId?.[0] &&
  a.materialUse === b.materialUse &&
  a.quantity?.[0]?.quantityString === b.quantity?.[0]?.quantityString &&
  a.quantity?.[0]?.unitOfMeasure === b.quantity?.[0]?.unitOfMeasure;
