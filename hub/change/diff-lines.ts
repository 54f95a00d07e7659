import type { DiffItem, Identity, Side } from './diff-items';
import type { SubtreeHashes } from './hashes';
import { amountOf, decimal, sameDecimal } from './quantity';
import { told } from './sentences';
import type { MaterialLine } from './shapes';

/** A line with the operation it is consumed in and its path in the assembly. */
export interface Placed {
  readonly segmentId: string;
  readonly lineId: string;
  readonly line: MaterialLine;
}

/** Lines without a partner in their own operation: perhaps moved, perhaps succeeded, else added or removed. */
export interface Leftovers {
  readonly removed: Placed[];
  readonly added: Placed[];
}

export interface LineOptions {
  readonly hashes?: { readonly before: SubtreeHashes; readonly after: SubtreeHashes };
  /** In an order whose quantity changed: the new and the old order quantity, so that totals are compared for one piece. */
  readonly scale?: { readonly after: string; readonly before: string };
}

export const materialOf = (line: MaterialLine): string =>
  line.materialDefinitionId?.[0] ?? line.materialLotId?.[0] ?? line.id;

const partsOf = (line: MaterialLine) => line.assemblySpecification ?? line.assemblyRequirement;

export const sideOf = (placed: Placed, withLine = false): Side => ({
  segmentId: placed.segmentId,
  material: materialOf(placed.line),
  ...amountOf(placed.line),
  ...(withLine ? { line: placed.line } : {}),
});

function repeatedIds(lines: readonly MaterialLine[], into: Set<string>): void {
  const seen = new Set<string>();
  for (const { id } of lines) {
    if (id === '') into.add(id);
    seen.add(id);
  }
  if (seen.size === lines.length) return;
  seen.clear();
  for (const { id } of lines) {
    if (seen.has(id)) into.add(id);
    else seen.add(id);
  }
}

/**
 * `undefined`: each line's id is its key. Where an id is empty or stands twice, item and how many of that item came
 * before take its place.
 */
function keys(lines: readonly MaterialLine[], repeated: ReadonlySet<string>): string[] | undefined {
  if (repeated.size === 0) return undefined;
  const counts = new Map<string, number>();
  return lines.map((line) => {
    if (!repeated.has(line.id)) return line.id;
    const item = materialOf(line);
    const position = (counts.get(item) ?? 0) + 1;
    counts.set(item, position);
    return `\0${item}\0${position}`;
  });
}

/** The short way for the many lines that do not change: no parts, no properties, every field the same text. */
function isPlainlySame(old: MaterialLine, now: MaterialLine, options: LineOptions): boolean {
  const a = old.quantity?.[0];
  const b = now.quantity?.[0];
  return (
    options.scale === undefined &&
    a?.quantityString === b?.quantityString &&
    a?.unitOfMeasure === b?.unitOfMeasure &&
    old.materialUse === now.materialUse &&
    old.materialDefinitionId?.length === 1 &&
    now.materialDefinitionId?.length === 1 &&
    old.materialDefinitionId[0] === now.materialDefinitionId[0] &&
    partsOf(old) === undefined &&
    partsOf(now) === undefined &&
    old.materialSpecificationProperty === undefined &&
    now.materialSpecificationProperty === undefined &&
    old.materialRequirementProperty === undefined &&
    now.materialRequirementProperty === undefined
  );
}

/** Compares the lines of one operation, or of one assembly in it. Linear in the number of lines. */
export function compareLines(
  place: { segmentId: string; parent: string },
  before: readonly MaterialLine[],
  after: readonly MaterialLine[],
  items: DiffItem[],
  left: Leftovers,
  options: LineOptions,
): void {
  const repeated = new Set<string>();
  repeatedIds(before, repeated);
  repeatedIds(after, repeated);
  const beforeKeys = keys(before, repeated);
  const afterKeys = keys(after, repeated);
  const open = new Map<string, MaterialLine>();
  for (let i = 0; i < before.length; i++) {
    open.set(beforeKeys === undefined ? before[i]!.id : beforeKeys[i]!, before[i]!);
  }
  for (let i = 0; i < after.length; i++) {
    const key = afterKeys === undefined ? after[i]!.id : afterKeys[i]!;
    const line = after[i]!;
    const old = open.get(key);
    if (old === undefined) {
      left.added.push(placed(place, line));
      continue;
    }
    open.delete(key);
    if (isPlainlySame(old, line, options)) continue;
    const identity = key.startsWith('\0') ? 'item+position' : 'line';
    compareLine(placed(place, old), placed(place, line), identity, items, left, options);
  }
  for (const line of open.values()) left.removed.push(placed(place, line));
}

function placed(place: { segmentId: string; parent: string }, line: MaterialLine): Placed {
  const lineId = place.parent === '' ? line.id : `${place.parent}/${line.id}`;
  return { segmentId: place.segmentId, lineId, line };
}

/** One line in its two states. A line may differ in several ways and then gives several items. */
export function compareLine(
  old: Placed,
  now: Placed,
  identity: Identity,
  items: DiffItem[],
  left: Leftovers,
  options: LineOptions,
): void {
  const at = { segmentId: now.segmentId, lineId: now.lineId, identity };
  if (materialOf(old.line) !== materialOf(now.line)) {
    items.push(told({ kind: 'component-replaced', ...at, old: sideOf(old), new: sideOf(now, true) }));
  } else compareAmounts(old, now, at, items, options);
  const oldUse = old.line.materialUse;
  const use = now.line.materialUse;
  if (oldUse !== use) {
    items.push(
      told({
        kind: 'use-changed',
        ...at,
        old: { ...sideOf(old), use: oldUse },
        new: { ...sideOf(now), use },
      }),
    );
  }
  compareAlternatives(old, now, at, items);
  const parts = partsOf(now.line);
  const oldParts = partsOf(old.line);
  if (parts === undefined && oldParts === undefined) return;
  const { hashes } = options;
  const hash = hashes?.after[`${now.segmentId}/${now.lineId}`];
  if (hash !== undefined && hash === hashes?.before[`${old.segmentId}/${old.lineId}`]) return;
  const place = { segmentId: now.segmentId, parent: now.lineId };
  compareLines(place, oldParts ?? [], parts ?? [], items, left, options);
}

type At = { segmentId: string; lineId: string; identity: Identity };

function compareAmounts(old: Placed, now: Placed, at: At, items: DiffItem[], options: LineOptions): void {
  const a = old.line.quantity?.[0];
  const b = now.line.quantity?.[0];
  const kind = (a?.unitOfMeasure ?? '') !== (b?.unitOfMeasure ?? '') ? 'unit-changed' : 'quantity-changed';
  if (kind === 'quantity-changed' && sameQuantity(a?.quantityString, b?.quantityString, options.scale))
    return;
  items.push(told({ kind, ...at, old: sideOf(old), new: sideOf(now, true) }));
}

function sameQuantity(
  before: string | null | undefined,
  after: string | null | undefined,
  scale: LineOptions['scale'],
): boolean {
  if (scale === undefined) return sameDecimal(before, after);
  return decimal(before)
    .times(decimal(scale.after))
    .equals(decimal(after).times(decimal(scale.before)));
}

const none: readonly string[] = [];

function alternatives(line: MaterialLine): readonly string[] {
  const further =
    (line.materialDefinitionId?.length ?? 0) > 1 ? (line.materialDefinitionId?.slice(1) ?? none) : none;
  const properties = line.materialSpecificationProperty ?? line.materialRequirementProperty;
  if (properties === undefined) return further;
  const groups = properties.filter((property) => property.id === 'AlternativeGroup');
  return [...further, ...groups.map((property) => `group ${property.value?.[0]?.valueString ?? ''}`)];
}

function compareAlternatives(old: Placed, now: Placed, at: At, items: DiffItem[]): void {
  const before = alternatives(old.line);
  const after = alternatives(now.line);
  if (before === after) return;
  if (before.length === after.length && before.every((one, i) => one === after[i])) return;
  items.push(
    told({
      kind: 'alternative-changed',
      ...at,
      old: { ...sideOf(old), alternatives: before },
      new: { ...sideOf(now, true), alternatives: after },
    }),
  );
}
