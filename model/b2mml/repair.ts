import type { CanonicalObject, Message } from '../message';
import { modelVersion, type Release, release } from './tables';

type Node = Record<string, unknown>;

/**
 * Makes what senders leave half empty fit the model without saying more than they did: an optional element that is
 * empty where a time, number or listed value belongs is dropped, and a required value that may be nil becomes null
 * (as in a Value without ValueString). The reader has named each as a defect.
 */
export function repairMessage(message: Message): Message {
  const known = release(modelVersion);
  const type = message.bare
    ? known.objects.get(message.noun)
    : known.transactionOf(message.verb, message.noun)?.itemType;
  if (type === undefined) return message;
  for (const item of message.items) repair(item, type, known);
  return message;
}

function repair(object: Node, type: string, known: Release): void {
  for (const entry of known.shape(type).children) {
    const value = object[entry.property];
    if (entry.required && entry.nillable && value === undefined) object[entry.property] = null;
    if (value === undefined || value === null) continue;
    if (entry.type !== undefined) {
      const objects = (Array.isArray(value) ? value : [value]) as (CanonicalObject | null)[];
      for (const each of objects) if (each !== null) repair(each, entry.type, known);
    } else if (value === '' && !entry.required && (entry.text !== 'string' || entry.values !== undefined)) {
      delete object[entry.property];
      delete object[`_${entry.property}`];
    }
  }
}
