import type { SaxesTagNS } from 'saxes';
import { HubError, type Issue } from '../errors';
import { readAttributes } from './attributes';
import { Capture, type ForeignElement } from './capture';
import { Frame, type Node } from './frame';
import { defaultLimits, strictParser, textOf, type XmlLimits } from './parser';
import { readText } from './scalar';
import type { ChildEntry, Release, Shape } from './tables';

/** An element with text, being read. */
interface TextFrame {
  readonly entry: ChildEntry;
  text: string;
  readonly sidecar: Node | undefined;
  readonly isNil: boolean;
}

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

/** Takes an object that has been read and is kept no longer. */
export interface Handover {
  /** Properties from the document element down, as in `['items', 'operationsSegment']`. */
  readonly at: readonly string[];
  readonly take: (object: Node, path: string) => void;
}

/**
 * Reads a document straight into the shape of its schema. What is not well-formed throws; what does not fit the schema
 * is a defect with its path and line, and is kept as far as there is a place for it.
 */
export class XmlReader {
  readonly defects: Issue[] = [];
  readonly #parser = strictParser();
  readonly #frames: Frame[] = [];
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
    private readonly handover?: Handover,
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
    const path = this.#path(step);
    const place = `line ${this.#parser.line}`;
    this.defects.push({
      rule,
      path,
      message: `${message} (${place})`,
      ...(value === undefined ? {} : { value }),
    });
  }

  #path(step = ''): string {
    return [...this.#frames.map((frame) => frame.step), step].filter((each) => each !== '').join('.');
  }

  #open(tag: SaxesTagNS): void {
    if (++this.#depth > this.#depthLimit) {
      throw new HubError('HUB_TOO_LARGE', `elements are nested deeper than ${this.#depthLimit}`, {
        at: `line ${this.#parser.line}`,
        todo: 'Nest it less deep: no document of the standard comes near this.',
      });
    }
    if (this.#capture !== undefined) {
      this.#capture.open(tag);
      return;
    }
    const frame = this.#frames.at(-1);
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
    this.#openFrame(tag, chosen.shape, {}, chosen.step, chosen.step.replace(/\[.*/, ''));
  }

  #openChild(tag: SaxesTagNS, frame: Frame): void {
    const isOurs = tag.uri === this.#namespace || tag.uri === '';
    const place = isOurs ? frame.placeOf(tag.local) : undefined;
    const entry = place === undefined ? undefined : frame.shape.children[place];
    if (place === undefined || entry === undefined || !this.#isInNamespace(tag, entry)) {
      this.#foreign(tag, frame);
      return;
    }
    const { property, many, type } = entry;
    if (!many && frame.object[property] !== undefined) {
      this.#defect(
        'repeated',
        `<${tag.local}> may stand only once; the further one is carried as extension`,
        property,
      );
      this.#startCapture(tag);
      return;
    }
    if (!frame.advance(place))
      this.#defect('order', `<${tag.local}> stands after what it should precede`, property);
    if (type === undefined) this.#openText(tag, entry, frame);
    else this.#openObject(tag, entry, type, frame);
  }

  /** A few elements belong in no namespace; senders may have put them into the document's all the same. */
  #isInNamespace(tag: SaxesTagNS, entry: ChildEntry): boolean {
    if (!entry.unqualified) return tag.uri === this.#namespace;
    if (tag.uri !== '' && tag.uri === this.#namespace) {
      this.#defect('namespace', `<${tag.local}> belongs in no namespace (xmlns="")`, entry.property);
    }
    return true;
  }

  #openText(tag: SaxesTagNS, entry: ChildEntry, frame: Frame): void {
    const set = entry.attributes === undefined ? undefined : this.#release!.attributeSet(entry.attributes);
    const { given, isNil } = readAttributes(tag, set, this.#release!, (rule, message, property, value) => {
      const step = frame.stepOf(entry);
      this.#defect(rule, message, property === '' ? step : `_${step}.${property}`, value);
    });
    this.#text = { entry, text: '', sidecar: given, isNil };
  }

  #openObject(tag: SaxesTagNS, entry: ChildEntry, type: string, parent: Frame): void {
    const object: Node = {};
    const frame = this.#openFrame(
      tag,
      this.#release!.shape(type),
      object,
      parent.stepOf(entry),
      entry.property,
    );
    parent.add(entry, frame.isNil ? null : object);
  }

  /** Begins an element with children. */
  #openFrame(tag: SaxesTagNS, shape: Shape, object: Node, step: string, property: string): Frame {
    const { given, isNil } = readAttributes(
      tag,
      shape.attributes,
      this.#release!,
      (rule, message, name, value) =>
        this.#defect(rule, message, [step, name].filter((each) => each !== '').join('.'), value),
    );
    Object.assign(object, given);
    const frame = new Frame(shape, object, step, property, isNil);
    this.#frames.push(frame);
    return frame;
  }

  #foreign(tag: SaxesTagNS, frame: Frame): void {
    const slots = frame.shape.children.filter(({ slot }) => slot !== undefined && slot !== 'none');
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
    else if (text.trim() !== '' && this.#frames.length > 0) {
      this.#defect('text', 'text stands between elements and is left out', '', text.trim().slice(0, 100));
    }
  }

  #close(tag: SaxesTagNS): void {
    this.#depth--;
    if (this.#capture !== undefined) {
      const element = this.#capture.close(tag);
      if (element !== undefined) this.#endCapture(element);
    } else if (this.#text !== undefined) this.#endText(this.#text);
    else {
      const frame = this.#frames.at(-1);
      if (frame !== undefined) this.#endObject(frame);
    }
  }

  #endCapture(element: ForeignElement): void {
    this.#capture = undefined;
    if (this.#text === undefined) this.#frames.at(-1)?.carry(element, element.ns !== this.#namespace);
  }

  #endText({ entry, text, sidecar, isNil }: TextFrame): void {
    this.#text = undefined;
    const frame = this.#frames.at(-1)!;
    const report = (rule: string, message: string) =>
      this.#defect(rule, message, frame.stepOf(entry), isNil ? undefined : text.slice(0, 100));
    if (isNil && !entry.nillable) report('nil', 'may not be nil');
    frame.add(entry, isNil ? null : readText(entry, text, this.#release!, report), sidecar);
  }

  #endObject(frame: Frame): void {
    if (!frame.isNil)
      for (const [rule, message, property] of frame.missing()) this.#defect(rule, message, property);
    frame.finish();
    const isHandedOver = this.#isHandedOver();
    const path = isHandedOver ? this.#path() : '';
    this.#frames.pop();
    const parent = this.#frames.at(-1);
    if (parent === undefined) this.#result = frame.object;
    else if (isHandedOver) {
      parent.take(frame.property);
      this.handover?.take(frame.object, path);
    }
  }

  #isHandedOver(): boolean {
    if (this.handover === undefined) return false;
    const properties = this.#frames.map(({ property }) => property).filter((property) => property !== '');
    const { at } = this.handover;
    return properties.length === at.length && properties.every((property, index) => property === at[index]);
  }
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
