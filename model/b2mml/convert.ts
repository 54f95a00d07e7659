import { HubError, type Issue } from '../errors';
import type { Message } from '../message';
import { canonicalXml } from './canonical-xml';
import { readDocument } from './document';
import { readB2mml, type Version, writeB2mml } from './index';
import { release } from './tables';
import { writeDocument } from './writer';

export interface Converted {
  readonly text: string;
  /** What is wrong with the document, and what of an older version is carried as extension. */
  readonly defects: Issue[];
  /** What an older version does not say and was filled in. */
  readonly notes: Issue[];
}

const isXml = (text: string) =>
  text
    .trimStart()
    .replace(/^\uFEFF/, '')
    .startsWith('<');

/** A message from its JSON text. Throws HUB_BAD_JSON, and HUB_INVALID where it is no message. */
export function messageFromJson(text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    // What starts with < has been taken for XML before.
    const what = /^\s*[[{]/.test(text) ? '' : 'it is neither XML nor JSON: ';
    throw new HubError('HUB_BAD_JSON', what + (cause as Error).message, {
      cause,
      todo: 'Correct the text: a B2MML document, or a canonical message as JSON.',
    });
  }
  const message = value as Partial<Message> | null;
  if (
    typeof message?.verb !== 'string' ||
    typeof message.noun !== 'string' ||
    !Array.isArray(message.items)
  ) {
    throw new HubError('HUB_INVALID', 'a canonical message has verb, noun and items', { at: 'verb' });
  }
  return message as Message;
}

/**
 * A B2MML document or canonical message as canonical JSON, or as B2MML of a version (V0701 unless named).
 * Reading is tolerant; what is written is held against the model, so a document that does not fit is refused
 * (HUB_INVALID) when it is to become XML.
 */
export function convertText(text: string, to: 'json' | 'xml', version?: Version): Converted {
  const { message, defects, notes } = isXml(text)
    ? readB2mml(text, { tolerant: true })
    : { message: messageFromJson(text), defects: [], notes: [] };
  const written =
    to === 'json'
      ? `${JSON.stringify(message, null, 2)}\n`
      : writeB2mml(message, version === undefined ? {} : { version });
  return { text: written, defects, notes };
}

export interface RoundTrip {
  readonly equal: boolean;
  readonly defects: Issue[];
}

/**
 * Whether a document comes back the same: XML through JSON in the words of its own version, compared without comments,
 * white space between elements, prefixes and schema locations; JSON through XML, compared as values.
 */
export function checkRoundTrip(text: string): RoundTrip {
  try {
    return isXml(text) ? checkXml(text) : checkJson(messageFromJson(text));
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown;
    const { code, message, at = '', value, issues } = thrown;
    return {
      equal: false,
      defects: issues.length > 0 ? [...issues] : [{ rule: code, path: at, message, value }],
    };
  }
}

function checkXml(text: string): RoundTrip {
  const { version, message, defects } = readDocument(text);
  const throughJson = JSON.parse(JSON.stringify(message)) as Message;
  const written = writeDocument(throughJson, release(version));
  return { equal: canonicalXml(text) === canonicalXml(written), defects };
}

function checkJson(message: Message): RoundTrip {
  const { message: read, defects } = readB2mml(writeB2mml(message), { tolerant: true });
  // A release identifier is filled in where there is none, and an object alone has no creation time.
  const expected = {
    ...message,
    releaseId: message.releaseId ?? read.releaseId,
    applicationArea: message.bare ? read.applicationArea : message.applicationArea,
  };
  return { equal: sortedJson(expected) === sortedJson(read), defects };
}

/** JSON with members in order of their names. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
