import { HubError, type Issue } from '../errors';
import type { Message, Verb } from '../message';
import { Root } from './document';
import { fromOlder } from './older';
import { defaultLimits, type XmlLimits } from './parser';
import { type Handover, type RootChoice, XmlReader } from './reader';
import { modelVersion } from './tables';

/** A part of a document that has been read, or what is left of the message at its end. */
export type StreamedPart =
  | { readonly kind: 'part'; readonly path: string; readonly object: Record<string, unknown> }
  | {
      readonly kind: 'end';
      readonly message: Message;
      readonly defects: Issue[];
      /** As `readB2mml` gives them. */
      readonly notes: Issue[];
    };

export interface StreamOptions {
  /**
   * Which objects are handed over as soon as they are read, by the way to their list: `items` (the default) or further
   * down, such as `items.operationsSegment`.
   */
  readonly each?: string;
  readonly limits?: Pick<XmlLimits, 'maxDepth'>;
}

/**
 * Reads a large document piece by piece, in memory for one part. Gives each part as it ends, then the message with those
 * lists empty, and the defects: reading is tolerant, and what the defects mean is the caller's to decide. Documents of
 * older versions are handed over by whole items, and the defects in them are told in the words of their version.
 * Throws as `readB2mml` does; the length of the document is not limited, only how deep it is nested.
 */
export async function* streamB2mml(
  chunks: AsyncIterable<string | Uint8Array>,
  { each = 'items', limits }: StreamOptions = {},
): AsyncGenerator<StreamedPart> {
  const parts: StreamedPart[] = [];
  const root = new Root();
  const told: Told = { carried: [], notes: [], noun: undefined };
  const handover: Handover = {
    at: each.split('.'),
    take: (object, path) => parts.push({ kind: 'part', path, object: inModel(root, object, path, told) }),
  };
  const choose: RootChoice = (element) => {
    const chosen = root.choose(element);
    if (root.version === modelVersion || each === 'items') return chosen;
    throw new HubError('HUB_INVALID', `documents of ${root.version} are read by whole items`, {
      at: element.element,
    });
  };
  const reader = new XmlReader(choose, { ...defaultLimits, ...limits }, handover);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) {
    reader.write(typeof chunk === 'string' ? chunk : decoded(decoder, chunk));
    yield* parts.splice(0);
  }
  const { message, defects } = root.document(reader.end());
  yield* parts.splice(0);
  const rest =
    root.version === modelVersion
      ? { message, defects, carried: [], notes: [] }
      : fromOlder(message, root.version, defects);
  yield {
    kind: 'end',
    message: told.noun === undefined ? rest.message : { ...rest.message, noun: told.noun },
    defects: [...rest.defects, ...told.carried, ...rest.carried],
    notes: [...told.notes, ...rest.notes],
  };
}

/** What items of an older version have told. */
interface Told {
  readonly carried: Issue[];
  readonly notes: Issue[];
  /** What they became, which may depend on what is in them. */
  noun: string | undefined;
}

/** An item of an older version in the model's words. */
function inModel(
  { version, transaction }: Root,
  object: Record<string, unknown>,
  path: string,
  told: Told,
): Record<string, unknown> {
  if (version === modelVersion || transaction === undefined) return object;
  const applicationArea = { creationDateTime: '' };
  const alone: Message = { ...transaction, verb: transaction.verb as Verb, applicationArea, items: [object] };
  const place = Number(/\d+/.exec(path)?.[0] ?? 0);
  const { message, carried, notes } = fromOlder(alone, version, [], place);
  told.carried.push(...carried);
  told.notes.push(...notes);
  told.noun = message.noun;
  return message.items[0] ?? {};
}

function decoded(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new HubError('HUB_BAD_XML', 'the document is not encoded in utf-8', { cause });
  }
}
