import type { SaxesAttributeNS, SaxesTagNS } from 'saxes';
import { HubError, type Issue } from '../errors';
import { below } from '../explain';
import { Capture, type ForeignElement } from './capture';
import { defaultLimits, strictParser, textOf, type XmlLimits } from './parser';
import { readText } from './scalar';
import type { AttributeEntry, ChildEntry, Release, Shape } from './tables';

type Node = Record<string, unknown>;

/** An element with children, being read. */
interface ObjectFrame {
  readonly shape: Shape;
  readonly object: Node;
  /** The part of the path that this element adds; empty for what has no place in the message. */
  readonly step: string;
  /** Index of the last child seen: the schema's order allows none before it. */
  cursor: number;
  /** Properties of repeatable runs in the order they came. */
  readonly runs: string[];
  readonly isNil: boolean;
}

/** An element with text, being read. */
interface TextFrame {
  readonly entry: ChildEntry;
  text: string;
  readonly sidecar: Node | undefined;
  readonly isNil: boolean;
}

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';
const xmlnsUri = 'http://www.w3.org/2000/xmlns/';
const defectLimit = 200;

export interface ReadResult {
  readonly root: { readonly element: string; readonly namespace: string };
  readonly object: Node;
  readonly defects: Issue[];
}

/** What an element says about what is in it; `wrapper` is passed over. Throws where it says nothing known. */
export type RootChoice = (root: {
  element: string;
  namespace: string;
}) => { release: Release; shape: Shape; step: string } | 'wrapper';

/**
 * Reads a document straight into the shape of its schema. What is not well-formed throws; what does not fit the schema
 * is a defect with its path and line, and is kept as far as there is a place for it.
 */
export class XmlReader {
  readonly defects: Issue[] = [];
  readonly #parser = strictParser();
  readonly #objects: ObjectFrame[] = [];
  readonly #depthLimit: number;
  #depth = 0;
  #text: TextFrame | undefined;
  #capture: Capture | undefined;
  #release: Release | undefined;
  #namespace = '';
  #root: ReadResult['root'] | undefined;
  #result: Node | undefined;

  constructor(
    private readonly choose: RootChoice,
    limits: XmlLimits = defaultLimits,
  ) {
    this.#depthLimit = limits.maxDepth;
    this.#parser.on('opentag', (tag) => this.#open(tag));
    this.#parser.on('closetag', (tag) => this.#close(tag));
    this.#parser.on('text', (text) => this.#characters(text));
    this.#parser.on('cdata', (text) => this.#characters(text));
  }

  /** Takes a piece of the document; pieces may end anywhere. */
  write(text: string): void {
    this.#parser.write(text);
  }

  end(): ReadResult {
    this.#parser.close();
    if (this.#root === undefined || this.#result === undefined) {
      throw new HubError('HUB_INVALID', 'there is no B2MML document in it');
    }
    return { root: this.#root, object: this.#result, defects: this.defects };
  }

  #defect(rule: string, message: string, step = '', value?: unknown): void {
    if (this.defects.length >= defectLimit) return;
    const path = [...this.#objects.map((frame) => frame.step), step].filter((each) => each !== '').join('.');
    const place = `line ${this.#parser.line}`;
    this.defects.push({
      rule,
      path,
      message: `${message} (${place})`,
      ...(value === undefined ? {} : { value }),
    });
  }

  #open(tag: SaxesTagNS): void {
    if (++this.#depth > this.#depthLimit) {
      throw new HubError('HUB_TOO_LARGE', `elements are nested deeper than ${this.#depthLimit}`, {
        at: `line ${this.#parser.line}`,
      });
    }
    if (this.#capture !== undefined) {
      this.#capture.open(tag);
      return;
    }
    const frame = this.#objects.at(-1);
    if (this.#text !== undefined) {
      this.#defect(
        'unknown',
        `<${tag.name}> stands in an element that holds text and is left out`,
        this.#text.entry.property,
      );
      this.#startCapture(tag);
    } else if (frame === undefined) this.#openRoot(tag);
    else this.#openChild(tag, frame);
  }

  #openRoot(tag: SaxesTagNS): void {
    // What follows the document inside a wrapper is passed over like the wrapper.
    if (this.#result !== undefined) return;
    const root = { element: tag.local, namespace: tag.uri };
    const chosen = this.choose(root);
    if (chosen === 'wrapper') return;
    this.#root = root;
    this.#release = chosen.release;
    this.#namespace = tag.uri;
    this.#openFrame(tag, chosen.shape, {}, chosen.step);
  }

  #openChild(tag: SaxesTagNS, frame: ObjectFrame): void {
    const isOurs = tag.uri === this.#namespace || tag.uri === '';
    const place = isOurs ? this.#placeOf(tag.local, frame) : undefined;
    const entry = place === undefined ? undefined : frame.shape.children[place];
    if (place === undefined || entry === undefined || !this.#isInNamespace(tag, entry)) {
      this.#foreign(tag, frame);
      return;
    }
    const given = frame.object[entry.property];
    if (!entry.many && given !== undefined) {
      this.#defect(
        'repeated',
        `<${tag.local}> may stand only once; the further one is carried as extension`,
        entry.property,
      );
      this.#startCapture(tag);
      return;
    }
    if (place < frame.cursor && !sameRun(frame.shape, place, frame.cursor)) {
      this.#defect('order', `<${tag.local}> stands after what it should precede`, entry.property);
    }
    frame.cursor = Math.max(place, frame.cursor);
    if (entry.run !== undefined) frame.runs.push(entry.property);
    if (entry.type === undefined) this.#openText(tag, entry);
    else this.#openObject(tag, entry, entry.type, frame);
  }

  /** A few elements belong in no namespace; senders may have put them into the document's all the same. */
  #isInNamespace(tag: SaxesTagNS, entry: ChildEntry): boolean {
    if (!entry.unqualified) return tag.uri === this.#namespace;
    if (tag.uri !== '' && tag.uri === this.#namespace) {
      this.#defect('namespace', `<${tag.local}> belongs in no namespace (xmlns="")`, entry.property);
    }
    return true;
  }

  /** Where in the sequence an element stands: the next place of its name, or the last where it comes too late. */
  #placeOf(name: string, { shape, cursor }: ObjectFrame): number | undefined {
    const places = shape.places.get(name);
    if (places === undefined || places.length === 1) return places?.[0];
    return places.find((place) => place >= cursor || sameRun(shape, place, cursor)) ?? places.at(-1);
  }

  #openText(tag: SaxesTagNS, entry: ChildEntry): void {
    const set = entry.attributes === undefined ? undefined : this.#release?.attributeSet(entry.attributes);
    const { sidecar, isNil } = this.#attributes(tag, set, this.#stepOf(entry));
    this.#text = { entry, text: '', sidecar, isNil };
  }

  #openObject(tag: SaxesTagNS, entry: ChildEntry, type: string, parent: ObjectFrame): void {
    const shape = this.#release!.shape(type);
    const object: Node = {};
    const list = append(parent.object, entry, object);
    const step = list === undefined ? entry.property : below(entry.property, list.length - 1);
    if (this.#openFrame(tag, shape, object, step)) replaceLast(parent.object, entry, null);
  }

  /** Begins an element with children; true where it is nil. */
  #openFrame(tag: SaxesTagNS, shape: Shape, object: Node, step: string): boolean {
    const { sidecar, isNil } = this.#attributes(tag, shape.attributes, '', step);
    Object.assign(object, sidecar);
    this.#objects.push({ shape, object, step, cursor: 0, runs: [], isNil });
    return isNil;
  }

  #attributes(
    tag: SaxesTagNS,
    known: ReadonlyMap<string, AttributeEntry> | undefined,
    step: string,
    within = '',
  ): { sidecar: Node | undefined; isNil: boolean } {
    let sidecar: Node | undefined;
    let isNil = false;
    const pathOf = (property: string) => (step === '' ? joined(within, property) : `_${step}.${property}`);
    for (const attribute of Object.values(tag.attributes) as SaxesAttributeNS[]) {
      if (attribute.uri === xmlnsUri) continue;
      if (attribute.uri === xsi) {
        if (attribute.local === 'nil') isNil = attribute.value === 'true' || attribute.value === '1';
        continue;
      }
      const entry = attribute.uri === '' ? known?.get(attribute.local) : undefined;
      if (entry === undefined) {
        this.#defect(
          'unknown-attribute',
          `the attribute ${attribute.name} is not defined here and is left out`,
          step === '' ? within : step,
          attribute.value,
        );
        continue;
      }
      sidecar ??= {};
      sidecar[entry.property] = readText(entry, attribute.value, this.#release!, (rule, message) =>
        this.#defect(rule, message, pathOf(entry.property), attribute.value),
      );
    }
    for (const { name, property, required } of known?.values() ?? []) {
      if (required && sidecar?.[property] === undefined) {
        this.#defect('required', `the attribute ${name} is missing`, pathOf(property));
      }
    }
    return { sidecar, isNil };
  }

  #foreign(tag: SaxesTagNS, frame: ObjectFrame): void {
    const slots = frame.shape.children.filter(({ slot }) => slot !== undefined);
    const takesAny = slots.some(({ slot }) => slot === 'any');
    if (!takesAny && tag.uri === this.#namespace) {
      this.#defect('unknown', `<${tag.local}> is not defined here and is carried as extension`, tag.local);
    } else if (slots.length === 0) {
      this.#defect(
        'unknown',
        `<${tag.name}> of another namespace has no place here and is carried as extension`,
        tag.local,
      );
    }
    this.#startCapture(tag);
  }

  #startCapture(tag: SaxesTagNS): void {
    this.#capture = new Capture();
    this.#capture.open(tag);
  }

  #characters(text: string): void {
    if (this.#capture !== undefined) this.#capture.text(text);
    else if (this.#text !== undefined) this.#text.text += text;
    else if (text.trim() !== '' && this.#objects.length > 0) {
      this.#defect('text', 'text stands between elements and is left out', '', text.trim().slice(0, 100));
    }
  }

  #close(tag: SaxesTagNS): void {
    this.#depth--;
    if (this.#capture !== undefined) {
      const element = this.#capture.close(tag);
      if (element !== undefined) this.#endCapture(element);
    } else if (this.#text !== undefined) this.#endText(this.#text);
    else if (this.#objects.length > 0) this.#endObject();
  }

  #endCapture(element: ForeignElement): void {
    this.#capture = undefined;
    const frame = this.#objects.at(-1);
    if (frame === undefined || this.#text !== undefined) return;
    const { children } = frame.shape;
    const place = children.findIndex(({ slot }, index) => slot !== undefined && index >= frame.cursor);
    const property =
      children[place]?.property ??
      children.findLast(({ slot }) => slot !== undefined)?.property ??
      'extension';
    const carried = (frame.object[property] ?? []) as ForeignElement[];
    carried.push(element);
    frame.object[property] = carried;
  }

  /** How many values of a list have been read. */
  #lengthOf({ property, many }: ChildEntry): number | undefined {
    const list = this.#objects.at(-1)?.object[property] as unknown[] | undefined;
    return many ? (list?.length ?? 0) : undefined;
  }

  #stepOf(entry: ChildEntry): string {
    const length = this.#lengthOf(entry);
    return length === undefined ? entry.property : below(entry.property, length);
  }

  #endText({ entry, text, sidecar, isNil }: TextFrame): void {
    this.#text = undefined;
    const frame = this.#objects.at(-1)!;
    const length = this.#lengthOf(entry);
    const step = this.#stepOf(entry);
    const value = isNil
      ? null
      : readText(entry, text, this.#release!, (rule, message) =>
          this.#defect(rule, message, step, text.slice(0, 100)),
        );
    if (isNil && !entry.nillable) this.#defect('nil', 'may not be nil', step);
    append(frame.object, entry, value);
    appendSidecar(frame.object, entry, sidecar, length);
  }

  #endObject(): void {
    const frame = this.#objects.at(-1)!;
    if (!frame.isNil) this.#checkPresence(frame);
    if (frame.shape.hasRuns) keepOrder(frame);
    this.#objects.pop();
    if (this.#objects.length === 0) this.#result = frame.object;
  }

  #checkPresence({ shape, object }: ObjectFrame): void {
    for (const index of shape.required) {
      const { property, element } = shape.children[index]!;
      if (object[property] === undefined) this.#defect('required', `<${element}> is missing`, property);
    }
    for (const names of shape.exactlyOne) {
      const present = names.filter((name) => object[name] !== undefined);
      if (present.length !== 1)
        this.#defect(
          'exactly-one',
          `one of ${names.slice(0, 6).join(' | ')} must stand here, there is ${present.join(' and ') || 'none'}`,
        );
    }
  }
}

const joined = (path: string, step: string) => (path === '' ? step : `${path}.${step}`);

function sameRun({ children }: Shape, first: number, second: number): boolean {
  const run = children[first]?.run;
  return run !== undefined && run === children[second]?.run;
}

/** Sets a property, or adds to its list and gives the list. */
function append(object: Node, entry: ChildEntry, value: unknown): unknown[] | undefined {
  if (!entry.many) {
    object[entry.property] = value;
    return undefined;
  }
  const list = object[entry.property] as unknown[] | undefined;
  const extended = list ?? [];
  extended.push(value);
  object[entry.property] = extended;
  return extended;
}

function replaceLast(object: Node, entry: ChildEntry, value: unknown): void {
  if (entry.many) (object[entry.property] as unknown[]).splice(-1, 1, value);
  else object[entry.property] = value;
}

/** Sidecars of lists run parallel to them, null where an entry has no attributes. */
function appendSidecar(
  object: Node,
  { property, many }: ChildEntry,
  sidecar: Node | undefined,
  index = 0,
): void {
  const name = `_${property}`;
  if (!many) {
    if (sidecar !== undefined) object[name] = sidecar;
    return;
  }
  const list = object[name] as unknown[] | undefined;
  if (list !== undefined) list.push(sidecar ?? null);
  else if (sidecar !== undefined) object[name] = [...Array<null>(index).fill(null), sidecar];
}

/** Keeps the order of a run where it is another than list after list. */
function keepOrder({ shape, object, runs }: ObjectFrame): void {
  const place = new Map(shape.children.map(({ property }, index) => [property, index]));
  const isPlain = runs.every(
    (property, index) => index === 0 || place.get(runs[index - 1]!)! <= place.get(property)!,
  );
  if (!isPlain) object._order = runs;
}

/** Reads a whole document. */
export function readXml(
  xml: string | Uint8Array,
  choose: RootChoice,
  limits: XmlLimits = defaultLimits,
): ReadResult {
  const reader = new XmlReader(choose, limits);
  reader.write(textOf(xml, limits));
  return reader.end();
}
