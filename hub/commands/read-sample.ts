import { adapters } from '../../adapters';
import type { Adapter } from '../../adapters/adapter';
import { readB2mml } from '../../model/b2mml';
import { messageFromJson } from '../../model/b2mml/convert';
import { HubError } from '../../model/errors';
import { adapterNamed } from '../check-systems';
import { isXml, readText } from './read-file';

/** A record as a mapping gets it. Type and key are not known of a body that stands alone as JSON. */
export interface SampleRecord {
  readonly type?: string;
  readonly key?: string;
  readonly body: unknown;
}

/**
 * The records in a sample of a system's own words: JSON is the body of one record; XML is read by the adapter, as at the
 * hub's door. `adapter` names it where the project says which system the mapping belongs to; otherwise it is the one
 * that hands over records of these types. Throws HUB_WRONG_USE when nothing in the file is of these types, and what the
 * adapter throws.
 */
export function sampleRecords(file: string, types: readonly string[], adapter?: string): SampleRecord[] {
  const text = readText(file);
  if (!isXml(text)) return [{ body: jsonIn(text, file) }];
  const reader = readerOf(types, adapter);
  if (!reader) {
    throw new HubError('HUB_WRONG_USE', `no adapter reads XML into ${types.join(', ')}`, {
      at: file,
      todo: 'Give the body of one record as JSON.',
    });
  }
  const records = reader.read!({ contentType: 'application/xml', text });
  const chosen = records.filter(({ type }) => types.includes(type));
  if (chosen.length > 0) return chosen;
  const held = [...new Set(records.map(({ type }) => type))].join(', ') || 'no record';
  throw new HubError('HUB_WRONG_USE', `${file} holds ${held}, and the mapping reads ${types.join(', ')}`, {
    at: file,
  });
}

/** What a mapping writes from: a canonical message or one item as JSON, or a B2MML document. */
export function sampleMessage(file: string): unknown {
  const text = readText(file);
  if (isXml(text)) return readB2mml(text, { tolerant: true }).message;
  const value = jsonIn(text, file);
  const isItem = typeof value === 'object' && value !== null && !('items' in value);
  return isItem ? value : messageFromJson(text);
}

function readerOf(types: readonly string[], name: string | undefined): Adapter | undefined {
  const reads = (adapter: Adapter | undefined) =>
    adapter?.read !== undefined && adapter.receives.some((type) => types.includes(type));
  const named = name === undefined ? undefined : adapterNamed(name);
  return reads(named) ? named : Object.values<Adapter>(adapters).find(reads);
}

function jsonIn(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError('HUB_BAD_JSON', `${file} is neither XML nor JSON: ${(cause as Error).message}`, {
      at: file,
      todo: 'Correct the file.',
      cause,
    });
  }
}
