import {
  type ChildEntry,
  modelVersion,
  type Release,
  release,
  type Shape,
  type TextKind,
} from '../b2mml/tables';
import type { Transaction } from '../import/transactions';
import type { Message, Verb } from '../message';

type Node = Record<string, unknown>;

/** How much of a type an instance fills: only what is required, or every member. */
export type Filling = 'minimal' | 'full';

const texts: Readonly<Record<TextKind, readonly string[]>> = {
  string: ['0007', 'a & b <c> "d" ü'],
  decimal: ['1.000', '-0.5'],
  'date-time': ['2026-02-28T23:59:59.1234567+01:00', '2026-03-01T00:00:00'],
  duration: ['PT90S', 'P1DT2H'],
  boolean: [],
};

/** Makes objects from the XML tables: no two runs differ. */
class Maker {
  /** In a full instance each type is filled once; where it comes again, the minimum does. */
  readonly #filled = new Set<string>();

  readonly #chosen = new Set<string>();
  #identities = 0;

  constructor(
    private readonly known: Release,
    private readonly filling: Filling,
    private readonly alternative: number,
  ) {}

  object(type: string): Node {
    const isFull = this.filling === 'full' && !this.#filled.has(type);
    this.#filled.add(type);
    const shape = this.known.shape(type);
    const made: Node = {};
    for (const { property, required, text, values } of shape.attributes.values()) {
      if (isFull || required) made[property] = this.#text(text, values, 0);
    }
    const alternative = this.#alternativeIn(shape);
    for (const entry of shape.children) {
      const isThere = !isExcluded(entry, shape, alternative) && (isFull || this.#isNeeded(entry, shape));
      if (isThere) this.#member(entry, made, isFull);
    }
    return made;
  }

  /** The alternative is taken once: taken again and again, some would hold themselves without end. */
  #alternativeIn({ name }: Shape): number {
    if (this.#chosen.has(name)) return 0;
    this.#chosen.add(name);
    return this.alternative;
  }

  #isNeeded({ property, required }: ChildEntry, { exactlyOne }: Shape): boolean {
    return required === true || exactlyOne.some((names) => names.includes(property));
  }

  #member(entry: ChildEntry, made: Node, isFull: boolean): void {
    if (entry.slot !== undefined) {
      if (entry.slot === 'any') made[entry.property] = [foreign(this.known.tables.namespace)];
      return;
    }
    // One of each in a run: its groups would else need an order of their own.
    const count = entry.many && isFull && entry.type === undefined && entry.run === undefined ? 2 : 1;
    const values = Array.from({ length: count }, (_, index) => this.#value(entry, index));
    made[entry.property] = entry.many ? values : values[0];
    const sidecars = values.map((_, index) => this.#sidecar(entry, isFull && index === count - 1));
    if (sidecars.every((sidecar) => sidecar === null)) return;
    made[`_${entry.property}`] = entry.many ? sidecars : sidecars[0];
  }

  #value({ property, type, text = 'string', values }: ChildEntry, index: number): unknown {
    if (type !== undefined) return this.object(type);
    return property === 'id' ? this.#identity() : this.#text(text, values, index);
  }

  /** Unlike every other, or an object would hold itself. */
  #identity(): string {
    return String(++this.#identities).padStart(4, '0');
  }

  #sidecar({ attributes }: ChildEntry, isFull: boolean): Node | null {
    if (attributes === undefined) return null;
    const entries = [...this.known.attributeSet(attributes).values()].filter(
      ({ required }) => isFull || required,
    );
    if (entries.length === 0) return null;
    return Object.fromEntries(
      entries.map(({ name, property, text, values }) => [
        property,
        name === 'languageID' ? 'en' : this.#text(text, values, 0),
      ]),
    );
  }

  #text(kind: TextKind, values: string | undefined, index: number): string | boolean {
    if (values !== undefined) return [...this.known.values(values)][index] ?? '';
    return kind === 'boolean' ? index === 0 : (texts[kind][index] ?? '');
  }
}

/** Of members of which only one may be there, the others than the one at `alternative`. */
function isExcluded({ property }: ChildEntry, { exactlyOne }: Shape, alternative: number): boolean {
  return exactlyOne.some(
    (names) => names.includes(property) && names[alternative % names.length] !== property,
  );
}

/** Where any element may stand: one that the schemas know. */
const foreign = (ns: string) => ({
  ns,
  name: 'Equipment',
  xml: `<Equipment xmlns="${ns}"><ID>7</ID></Equipment>`,
});

/** A message of a transaction. `alternative` chooses among members of which only one may be there. */
export function instanceOf(
  transaction: Transaction,
  filling: Filling,
  alternative = 0,
  known: Release = release(modelVersion),
): Message {
  const maker = new Maker(known, filling, alternative);
  // The noun first: what it fills is then not filled in the envelope instead.
  const items = [maker.object(transaction.itemType)];
  if (filling === 'full') items.push(new Maker(known, 'minimal', alternative).object(transaction.itemType));
  const criteria = maker.object(transaction.areaType);
  const applicationArea = maker.object('TransApplicationArea') as Message['applicationArea'];
  const { verb, noun, hasReleaseId } = transaction;
  return {
    verb: verb as Verb,
    noun,
    ...(hasReleaseId ? { releaseId: known.tables.version } : {}),
    ...(hasReleaseId && filling === 'full' ? { versionId: '2' } : {}),
    applicationArea,
    ...(Object.keys(criteria).length === 0 ? {} : { criteria }),
    items,
  };
}

/** An object of a type. */
export function objectInstance(type: string, filling: Filling, alternative = 0): Node {
  return new Maker(release(modelVersion), filling, alternative).object(type);
}
