import { HubError, type Issue } from '../errors';
import type { Message } from '../message';
import { isPartial, validateMessage } from '../validate';
import { type NativeDocument, readDocument } from './document';
import { fromOlder, toOlder } from './older';
import { defaultLimits, type XmlLimits } from './parser';
import { filledIn, lacking, withNils, withoutEmpty } from './partial';
import { repairMessage } from './repair';
import { modelVersion, release, type Version } from './tables';
import { writeDocument } from './writer';

export { canonicalXml } from './canonical-xml';
export { type StreamedPart, type StreamOptions, streamB2mml } from './stream';
export type { Version } from './tables';
export { versions } from './tables';

export interface ReadOptions {
  /**
   * Takes what real senders send: a document that does not fit its schema is read as far as it can be, and each
   * defect is named. Otherwise such a document is refused with HUB_INVALID.
   */
  readonly tolerant?: boolean;
  readonly limits?: Partial<XmlLimits>;
}

export interface ReadB2mml {
  /** In the canonical form, whatever the version it came in. */
  readonly message: Message;
  /** The version that the document came in. V0700 shares V0701's namespace. */
  readonly version: Version;
  /** What is wrong with the document, and what of an older version has no place in the model and is carried. */
  readonly defects: Issue[];
  /** What an older version does not say and the model needs, and how it was filled in. */
  readonly notes: Issue[];
}

/**
 * Reads a B2MML document (V0401, V0600, V0700, V0701; text or bytes) into a canonical message. Namespace and document
 * element decide; an object that stands alone becomes the item of a `Sync` marked `bare`. No value is coerced.
 * Values are held against the model by `validateMessage`, not here.
 *
 * Throws HUB_BAD_XML (with line and column), HUB_XML_DTD, HUB_TOO_LARGE and, unless tolerant, HUB_INVALID with all
 * defects.
 */
export function readB2mml(xml: string | Uint8Array, options: ReadOptions = {}): ReadB2mml {
  return translated(readDocument(xml, { ...defaultLimits, ...options.limits }), options);
}

/**
 * Like `readB2mml` for a document that stands inside others, such as the body of a SOAP envelope: the first element of a
 * B2MML namespace is read.
 */
export function readB2mmlElement(xml: string | Uint8Array, options: ReadOptions = {}): ReadB2mml {
  return translated(readDocument(xml, { ...defaultLimits, ...options.limits }, true), options);
}

function translated(
  { version, message, defects }: NativeDocument,
  { tolerant = false }: ReadOptions,
): ReadB2mml {
  const [first] = defects;
  if (first !== undefined && !tolerant) {
    const what = `the document is no valid B2MML ${version}: ${first.path} ${first.message}`;
    throw new HubError('HUB_INVALID', what, { at: first.path, value: first.value, issues: defects });
  }
  const canonical =
    version === modelVersion
      ? { message, carried: [], notes: [], defects }
      : fromOlder(message, version, defects);
  const read = tolerant ? repairMessage(canonical.message) : canonical.message;
  return {
    message: isPartial(read.verb) ? named(read) : read,
    version,
    defects: [...canonical.defects, ...canonical.carried],
    notes: canonical.notes,
  };
}

/** What a Get, Cancel or Change names: empty elements stand there for the schema's sake. */
function named(message: Message): Message {
  const type = typeOf(message, modelVersion);
  return type === undefined
    ? message
    : { ...message, items: withoutEmpty(message.items, type, release(modelVersion)) };
}

const typeOf = ({ verb, noun }: Message, version: Version) =>
  release(version).transactionOf(verb, noun)?.itemType;

export interface WriteOptions {
  /** V0701 unless another is named. An older version refuses what it has no place for. */
  readonly version?: Version;
  /** Whether the message is held against the model first; on unless switched off. */
  readonly validate?: boolean;
}

/**
 * Writes a canonical message as a B2MML document. Throws HUB_INVALID with all issues where the message does not fit the
 * model or the version. A missing releaseID is filled with the version; in a Get, Cancel or Change, so is what the schema
 * requires and the message does not name, with empty elements.
 */
export function writeB2mml(
  message: Message,
  { version = modelVersion, validate = true }: WriteOptions = {},
): string {
  const issues = validate ? validateMessage(message) : [];
  refuse(issues);
  const written = version === modelVersion ? message : toOlder(message, version);
  return writeDocument(
    { ...whole(written, version), releaseId: written.releaseId ?? version },
    release(version),
  );
}

/** The message with what the schema of the version requires, or refused for want of it. */
function whole(message: Message, version: Version): Message {
  const type = message.bare ? undefined : typeOf(message, version);
  if (type === undefined) return message;
  const known = release(version);
  const isWhole = !isPartial(message.verb);
  // The model itself has been asked already for whole objects.
  if (isWhole && version === modelVersion) return message;
  const items = (isWhole ? withNils : filledIn)(message.items, type, known);
  refuse(lacking(items, type, known));
  return { ...message, items };
}

function refuse(issues: readonly Issue[]): void {
  const [first] = issues;
  if (first === undefined) return;
  throw new HubError('HUB_INVALID', `${first.path} ${first.message}`.trim(), {
    at: first.path,
    value: first.value,
    issues,
  });
}
