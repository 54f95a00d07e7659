import { HubError } from './errors';
import type { Message } from './message';

/** A part of a message that has been read, or what is left of it at its end. */
export type JsonPart =
  | { readonly kind: 'part'; readonly path: string; readonly object: Record<string, unknown> }
  | { readonly kind: 'end'; readonly message: Message };

export interface JsonStreamOptions {
  /**
   * Which objects are handed over as soon as they are read, by the way to their list: `items` (the default) or further
   * down, such as `items.operationsSegment`.
   */
  readonly each?: string;
  /** Objects and lists within one another. */
  readonly maxDepth?: number;
  /** Characters of one part. */
  readonly maxPart?: number;
}

/**
 * Reads a large canonical message piece by piece, in memory for one part: each part as it ends, then the message with
 * those lists empty. Its length is not limited. Values are not held against the model here.
 * Throws HUB_BAD_JSON, and HUB_TOO_LARGE for a part that is larger or deeper than allowed.
 */
export async function* streamJson(
  chunks: AsyncIterable<string | Uint8Array>,
  { each = 'items', maxDepth = 200, maxPart = 16 * 1024 * 1024 }: JsonStreamOptions = {},
): AsyncGenerator<JsonPart> {
  const splitter = new Splitter(each.split('.'), maxDepth, maxPart);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) {
    yield* splitter.take(typeof chunk === 'string' ? chunk : decoded(decoder, chunk));
  }
  yield { kind: 'end', message: splitter.end() };
}

function decoded(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new HubError('HUB_BAD_JSON', 'the document is not encoded in utf-8', { cause });
  }
}

/** An object or list that is open, with the way to it. */
interface Level {
  readonly isList: boolean;
  /** How far of the way to the parts leads here; -1: another way. */
  readonly matched: number;
  /** Place of the next entry in a list. */
  index: number;
}

/**
 * Finds where parts begin and end by brackets and quotes alone; each part is then parsed by `JSON.parse`, and so is what
 * is left when they are emptied. So what is no JSON is refused, wherever it stands.
 */
class Splitter {
  readonly #levels: Level[] = [];
  /** Text outside of parts. */
  #rest = '';
  /** Text of the part at hand. */
  #part = '';
  /** Number of levels around the part at hand; 0: none is. */
  #partDepth = 0;
  #inString = false;
  #escaped = false;
  /** The last text in quotes: the name, when a value begins after it. */
  #name = '';

  constructor(
    private readonly way: readonly string[],
    private readonly maxDepth: number,
    private readonly maxPart: number,
  ) {}

  *take(chunk: string): Generator<JsonPart> {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#inString) {
        at = this.#passString(chunk, at);
        continue;
      }
      const character = chunk.charCodeAt(at);
      if (character === QUOTE) {
        this.#inString = true;
        this.#name = '';
      } else if (character === OPEN_OBJECT || character === OPEN_LIST) {
        const isPart = this.#open(character === OPEN_LIST);
        if (!isPart) continue;
        this.#rest += chunk.slice(from, at);
        from = at;
      } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) {
        if (!this.#close()) continue;
        this.#part += chunk.slice(from, at + 1);
        from = at + 1;
        yield this.#ended();
      }
    }
    this.#keep(chunk.slice(from));
  }

  end(): Message {
    if (this.#partDepth > 0 || this.#levels.length > 0 || this.#inString)
      throw new HubError('HUB_BAD_JSON', 'the document ends too early');
    return withoutParts(parse(this.#rest, ''), this.way) as Message;
  }

  #keep(text: string): void {
    if (this.#partDepth > 0) this.#part += text;
    else this.#rest += text;
    const length = this.#partDepth > 0 ? this.#part.length : this.#rest.length;
    if (length > this.maxPart)
      throw new HubError('HUB_TOO_LARGE', `a part of the document has more than ${this.maxPart} characters`, {
        todo: 'Hand over smaller parts.',
      });
  }

  /** Goes to the end of the string, or of the chunk. */
  #passString(chunk: string, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      if (this.#escaped) {
        this.#escaped = false;
        continue;
      }
      const character = chunk.charCodeAt(at);
      if (character === BACKSLASH) this.#escaped = true;
      else if (character === QUOTE) {
        if (this.#partDepth === 0) this.#name += chunk.slice(start, at);
        this.#inString = false;
        return at;
      }
    }
    if (this.#partDepth === 0) this.#name += chunk.slice(start);
    return chunk.length;
  }

  /** Notes what begins; true where it is a part. */
  #open(isList: boolean): boolean {
    const parent = this.#levels.at(-1);
    if (this.#levels.length >= this.maxDepth)
      throw new HubError('HUB_TOO_LARGE', `the document is nested deeper than ${this.maxDepth}`);
    this.#levels.push({ isList, matched: this.#matched(parent), index: 0 });
    const isPart =
      this.#partDepth === 0 && !isList && parent?.isList === true && parent.matched === this.way.length;
    if (isPart) this.#partDepth = this.#levels.length;
    return isPart;
  }

  #matched(parent: Level | undefined): number {
    if (parent === undefined) return 0;
    if (parent.matched < 0 || parent.isList) return parent.matched;
    return this.way[parent.matched] === this.#name ? parent.matched + 1 : -1;
  }

  /** True where a part ends. */
  #close(): boolean {
    if (this.#levels.pop() === undefined)
      throw new HubError('HUB_BAD_JSON', 'a bracket closes that was not open');
    const isEnd = this.#partDepth > this.#levels.length;
    const parent = this.#levels.at(-1);
    if (!isEnd && this.#partDepth === 0 && parent?.isList) parent.index++;
    return isEnd;
  }

  #ended(): JsonPart {
    const path = this.#path();
    const object = parse(this.#part, path) as Record<string, unknown>;
    this.#part = '';
    // Keeps its place, so that commas are held against the grammar like all else.
    this.#rest += '{}';
    this.#partDepth = 0;
    this.#levels.at(-1)!.index++;
    return { kind: 'part', path, object };
  }

  #path(): string {
    let path = '';
    for (const level of this.#levels) {
      if (level.isList) path += `[${level.index}]`;
      else if (level.matched >= 0) path += `${path === '' ? '' : '.'}${this.way[level.matched]}`;
    }
    return path;
  }
}

const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [34, 92, 123, 125, 91, 93];

function parse(text: string, at: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new HubError('HUB_BAD_JSON', `${at === '' ? '' : `${at}: `}${(cause as Error).message}`, {
      at,
      cause,
    });
  }
}

/** What is left when the parts, which are all objects that stand in their lists, are taken out. */
function withoutParts(node: unknown, [step, ...way]: readonly string[]): unknown {
  const isObject = typeof node === 'object' && node !== null;
  if (Array.isArray(node)) {
    if (step === undefined) return node.filter((entry) => !isPlace(entry));
    return node.map((entry) => withoutParts(entry, [step, ...way]));
  }
  if (!isObject || step === undefined || !Object.hasOwn(node, step)) return node;
  return { ...node, [step]: withoutParts((node as Record<string, unknown>)[step], way) };
}

const isPlace = (entry: unknown) => typeof entry === 'object' && entry !== null && !Array.isArray(entry);
