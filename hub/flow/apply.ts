import { HubError } from '../../model/errors';
import { mergeByIdentity } from '../../model/merge';
import type { CanonicalObject, Message } from '../../model/message';
import { executionEffects } from '../change/execution';
import { completeOrder } from '../change/explode';
import { usesOf } from '../change/order-uses';
import {
  type OperationsDefinition,
  type OperationsPerformance,
  type Order,
  requestOf,
} from '../change/shapes';
import type { StoredObject, Tx } from '../storage/store';
import type { Translated } from './translate';

/** An object that a message changed, with what it was before. */
export interface Applied {
  readonly object: StoredObject;
  readonly before?: StoredObject;
}

/** Verbs that only ask or answer: they change nothing that the hub keeps. */
const SILENT = new Set(['Get', 'Show', 'Acknowledge', 'Respond', 'Confirm']);

/**
 * Changes the canonical objects that a message speaks of, in the caller's transaction: a new version each, the order's
 * index entries, and what was executed. Returns the objects that are different now; equal content is no change.
 * Throws HUB_WAITS (transient) where an order needs a definition that is not there yet.
 */
export async function apply(
  tx: Tx,
  { message, read }: Translated,
  from: { readonly system: string; readonly messageId: string },
): Promise<Applied[]> {
  if (SILENT.has(message.verb)) return [];
  const applied: Applied[] = [];
  for (const item of message.items) {
    const stored = await tx.getObject(message.noun, idOf(item, message));
    const known = stored?.body as CanonicalObject | undefined;
    let body = bodyAfter(message, read.apply, known, item);
    if (message.noun === 'OperationsSchedule') body = await completed(tx, body, read.needs === 'definition');
    const { object, before, changed } = await tx.putObject({
      noun: message.noun,
      id: body.id!,
      body,
      ...from,
    });
    if (!changed) continue;
    if (message.noun === 'OperationsSchedule')
      await tx.putOrderUses(object.id, usesOf(body as unknown as Order));
    if (message.noun === 'OperationsPerformance')
      await executed(tx, body as unknown as OperationsPerformance, from.system);
    applied.push({ object, ...(before ? { before } : {}) });
  }
  return applied;
}

function idOf(item: CanonicalObject, message: Message): string {
  if (typeof item.id === 'string' && item.id !== '') return item.id;
  throw new HubError('HUB_INVALID', `an item of ${message.verb}${message.noun} has no id`, {
    at: 'items[].id',
  });
}

function bodyAfter(
  { verb }: Message,
  how: 'replace' | 'merge' | undefined,
  known: CanonicalObject | undefined,
  item: CanonicalObject,
): CanonicalObject {
  if (verb === 'Cancel') return cancelled(known ?? item);
  const merges = how === 'merge' || (how === undefined && verb === 'Change');
  return merges && known ? mergeByIdentity(known, item) : item;
}

/** A cancelled order stays known, in that state; any other object is kept as it was last. */
function cancelled(object: CanonicalObject): CanonicalObject {
  if (!Array.isArray(object.operationsRequest)) return object;
  const requests = object.operationsRequest.map((request: object) => ({
    ...request,
    requestState: 'Cancelled',
  }));
  return { ...object, scheduleState: 'Cancelled', operationsRequest: requests };
}

/** An order with what its product's process plan says of it: machine parameters above all, and the revision. */
async function completed(tx: Tx, body: CanonicalObject, needsDefinition: boolean): Promise<CanonicalObject> {
  const order = body as unknown as Order;
  const product = requestOf(order).operationsDefinitionId;
  const definition = product === undefined ? undefined : await tx.getObject('OperationsDefinition', product);
  if (definition) {
    return completeOrder(
      order,
      definition.body as unknown as OperationsDefinition,
    ) as unknown as CanonicalObject;
  }
  if (!needsDefinition) return body;
  throw new HubError(
    'HUB_WAITS',
    `order ${order.id} waits for the process plan of ${product ?? 'its product'}`,
    {
      at: 'operationsRequest[0].operationsDefinitionId',
      value: product,
    },
  );
}

async function executed(tx: Tx, performance: OperationsPerformance, system: string): Promise<void> {
  const { segments, consumptions } = executionEffects(performance, system);
  for (const report of segments) await tx.addSegmentReport(report);
  for (const report of consumptions) await tx.addConsumption(report);
}
