import { HubError } from '../../model/errors';
import { mergeByIdentity } from '../../model/merge';
import type { CanonicalObject, Message } from '../../model/message';
import {
  type ExecutionRows,
  executionEffects,
  isDone,
  progressOf,
  type ReportedRows,
} from '../change/execution';
import { completeOrder } from '../change/explode';
import { foldExecution } from '../change/fold-execution';
import { saidOfOperations, speaksOfExtraJob } from '../change/jobs';
import { usesOf, usesWhenDone } from '../change/order-uses';
import { type OperationsPerformance, type Order, requestOf, revisionOf } from '../change/shapes';
import type { Need } from '../project';
import type { StoredObject, Tx } from '../storage/store';
import { executionOf } from './execution-of';
import { definitionFor } from './revision';
import type { Translated } from './translate';

/** An object that a message changed, with what it was before. */
export interface Applied {
  readonly object: StoredObject;
  readonly before?: StoredObject;
}

export interface Origin {
  readonly system: string;
  readonly messageId: string;
}

/** An order that its sender states anew. */
export interface Restatement {
  readonly stored: StoredObject;
  readonly wanted: Order;
  readonly message: Message;
  readonly from: Origin;
}

/**
 * What the order is then to be kept as: the wish as it came, the order with what the sender changed, or `'change'`
 * where a change takes the wish up and the order stays until execution has accepted it.
 */
export type Restate = (tx: Tx, restatement: Restatement) => Promise<Order | 'change'>;

/** Verbs that only ask or answer: they change nothing that the hub keeps. */
const SILENT = new Set(['Get', 'Show', 'Acknowledge', 'Respond', 'Confirm']);

/**
 * Changes the canonical objects that a message speaks of, in the caller's transaction: a new version each, the order's
 * index entries, and what was executed. Returns the objects that are different now (equal content is no change), and
 * whether a change has taken up what the message wants.
 * Throws HUB_WAITS (transient) where an order needs a definition that is not there yet.
 */
export async function apply(
  tx: Tx,
  { message, read }: Pick<Translated, 'message' | 'read'>,
  from: Origin,
  { restate, zone }: { readonly restate: Restate; readonly zone: string },
): Promise<{ applied: Applied[]; takenUp: boolean }> {
  const applied: Applied[] = [];
  let takenUp = false;
  for (const item of SILENT.has(message.verb) ? [] : message.items) {
    if (typeof read.needs === 'object') await known(tx, read.needs, item, message.noun);
    if (message.noun === 'OperationsSchedule') await askedAhead(tx, item as unknown as Order);
    const stored = await tx.getObject(message.noun, idOf(item, message));
    let body = bodyAfter(message, read.apply, stored?.body as CanonicalObject | undefined, item);
    if (message.noun === 'OperationsSchedule') {
      if (stored && body === item) {
        const order = await restate(tx, { stored, wanted: item as unknown as Order, message, from });
        takenUp ||= order === 'change';
        if (order === 'change') continue;
        body = order as unknown as CanonicalObject;
      }
      body = await completed(tx, body, { zone, needsDefinition: read.needs === 'definition' });
    }
    const reported =
      message.noun === 'OperationsPerformance'
        ? executionEffects(asPerformance(body), from.system)
        : undefined;
    if (reported) body = await ofOperations(tx, asPerformance(body), reported);
    const { object, before, changed } = await tx.putObject({
      noun: message.noun,
      id: body.id!,
      body,
      ...from,
    });
    if (!changed) continue;
    if (message.noun === 'OperationsSchedule') await indexOrder(tx, body as unknown as Order);
    if (reported) await executed(tx, reported);
    applied.push({ object, ...(before ? { before } : {}) });
  }
  return { applied, takenUp };
}

/** What is going to be asked of an order, all at once: on a server each question costs a way there and back. */
async function askedAhead(tx: Tx, { id, operationsRequest }: Partial<Order>): Promise<void> {
  if (!id) return;
  const product = operationsRequest?.[0]?.operationsDefinitionId;
  await Promise.all([
    tx.getObject('OperationsSchedule', id),
    ...(product ? [tx.getObject('OperationsDefinition', product, { reference: true })] : []),
    executionOf(tx, [id]),
  ]);
}

/** Keeps the index of who uses what: all of an open order, only its product once it is done. */
export async function indexOrder(tx: Tx, order: Order): Promise<void> {
  const execution = (await executionOf(tx, [order.id])).get(order.id);
  const done = progressOf(order, execution) === 'done';
  await tx.putOrderUses(order.id, done ? usesWhenDone(order) : usesOf(order));
}

/** Throws HUB_WAITS for the first object that an item needs and nobody knows yet. */
async function known(tx: Tx, needs: readonly Need[], item: CanonicalObject, noun: string): Promise<void> {
  for (const need of needs) {
    for (const id of new Set(textsAt(item, need.id))) {
      if (await tx.getObject(need.noun, id, { reference: true })) continue;
      throw new HubError('HUB_WAITS', `${noun} ${item.id ?? ''} waits for ${need.noun} ${id}`, {
        at: need.id,
        value: id,
      });
    }
  }
}

/** All texts at a path; lists on the way are gone through, whether it marks them with [] or not. */
function textsAt(value: unknown, path: string): string[] {
  const parts = path.replaceAll('[]', '').split('.');
  const values = parts.reduce<unknown[]>(
    (found, part) => found.flatMap((one) => (one as Record<string, unknown> | undefined)?.[part]).flat(),
    [value],
  );
  return values.filter((one) => typeof one === 'string' && one !== '') as string[];
}

function idOf(item: CanonicalObject, message: Message): string {
  if (typeof item.id === 'string' && item.id !== '') return item.id;
  throw new HubError('HUB_INVALID', `an item of ${message.verb}${message.noun} has no id`, {
    at: 'items[].id',
  });
}

/** The item itself where it takes the place of what was known. */
function bodyAfter(
  { verb }: Message,
  how: 'replace' | 'merge' | undefined,
  known: CanonicalObject | undefined,
  item: CanonicalObject,
): CanonicalObject {
  if (verb === 'Cancel') return cancelled(known ?? item);
  const merges = how === 'merge' || (how === undefined && verb === 'Change');
  // Also of an object that nobody knew: what a Change clears is not there.
  return merges ? mergeByIdentity(known ?? { id: item.id }, item) : item;
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

/**
 * An order with what its product's process plan says of it: machine parameters above all, and the revision. An order
 * that names a revision gets the plan of that one, even when a later one has been published meanwhile; any other gets
 * the one that is effective when it begins.
 */
async function completed(
  tx: Tx,
  body: CanonicalObject,
  { zone, needsDefinition }: { readonly zone: string; readonly needsDefinition: boolean },
): Promise<CanonicalObject> {
  const order = body as unknown as Order;
  const product = requestOf(order).operationsDefinitionId;
  const definition = product === undefined ? undefined : await definitionFor(tx, order, product, zone);
  if (definition) return completeOrder(order, definition) as unknown as CanonicalObject;
  if (!needsDefinition) return body;
  const plan = [product ?? 'its product', revisionOf(order)].filter(Boolean).join(' in revision ');
  throw new HubError('HUB_WAITS', `order ${order.id} waits for the process plan of ${plan}`, {
    at: 'operationsRequest[0].operationsDefinitionId',
    value: product,
  });
}

const asPerformance = (body: CanonicalObject) => body as unknown as OperationsPerformance;

/**
 * A report of a machine as it is kept and passed on: said of operations, where an operation has several jobs. What is
 * kept of the execution is the report itself, job by job.
 */
async function ofOperations(
  tx: Tx,
  performance: OperationsPerformance,
  { segments }: ExecutionRows,
): Promise<CanonicalObject> {
  const ended = segments.filter(({ state }) => state !== undefined && isDone(state));
  let said = performance;
  if (ended.length > 0 || speaksOfExtraJob(performance)) {
    const orders = [...new Set(segments.map(({ orderId }) => orderId))];
    const known = [...(await tx.executionsOf(orders)), ...segments];
    said = saidOfOperations(performance, foldExecution({ segments: known, consumptions: [] }));
  }
  return said as unknown as CanonicalObject;
}

async function executed(tx: Tx, { segments, consumptions, built }: ReportedRows): Promise<void> {
  for (const report of segments) await tx.addSegmentReport(report);
  for (const report of consumptions) await tx.addConsumption(report);
  for (const report of built) await tx.addBuilt(report);
  const ended = new Set(
    segments.filter(({ state }) => state !== undefined && isDone(state)).map(({ orderId }) => orderId),
  );
  for (const orderId of ended) {
    const order = await tx.getObject('OperationsSchedule', orderId);
    if (order) await indexOrder(tx, order.body as Order);
  }
}
