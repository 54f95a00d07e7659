import { type Effectivity, instant, isEffective } from '../change/effectivity';
import { piecesOf } from '../change/effectivity-of';
import { type OperationsDefinition, type Order, requestOf, revisionOf } from '../change/shapes';
import { effectiveDefinition } from '../definitions/revisioned';
import type { Reads } from '../storage/store';

/** A definition with the hub's number of that version. */
export interface Edition {
  readonly body: OperationsDefinition;
  readonly version: number;
}

/**
 * A product's operations definition in a revision, from the history of what the hub has been given; without one, or
 * where it is the present one, as it is now. `undefined`: never seen.
 */
export async function editionIn(
  reads: Reads,
  product: string,
  revision: string | undefined,
): Promise<Edition | undefined> {
  const current = await reads.getObject('OperationsDefinition', product, { reference: true });
  if (current === undefined) return undefined;
  const now = current.body as OperationsDefinition;
  if (revision === undefined || now.version === revision) return { body: now, version: current.version };
  const versions = await reads.objectVersions('OperationsDefinition', product);
  for (const { version } of versions.slice(1)) {
    const earlier = await reads.getObject('OperationsDefinition', product, { version });
    const body = earlier?.body as OperationsDefinition | undefined;
    if (body?.version === revision) return { body, version };
  }
  return undefined;
}

/** The same without the number. */
export const definitionIn = async (
  reads: Reads,
  product: string,
  revision: string | undefined,
): Promise<OperationsDefinition | undefined> => (await editionIn(reads, product, revision))?.body;

/**
 * The definition by which an order is made: the revision that it names, else the one that is effective when its work
 * begins. Where none is, for it begins before the first, as the definition is now. `undefined`: never seen.
 */
export async function definitionFor(
  reads: Reads,
  order: Order,
  product: string,
  zone: string,
): Promise<OperationsDefinition | undefined> {
  const revision = revisionOf(order);
  if (revision !== undefined) return definitionIn(reads, product, revision);
  const current = await reads.getObject('OperationsDefinition', product, { reference: true });
  const now = current?.body as OperationsDefinition | undefined;
  // The only one there is.
  if (current === undefined || current.version === 1) return now;
  const startTime = requestOf(order).startTime ?? order.startTime;
  const at = instant(startTime ?? '', zone) ?? Date.now();
  const effective = await effectiveDefinition(reads, 'OperationsDefinition', product, {
    at,
    zone,
    isMeant: (limits) => isMeant(limits, order, new Date(at).toISOString(), zone),
  });
  return (effective?.body as OperationsDefinition | undefined) ?? now;
}

/** Whether a revision that holds for some pieces or orders only holds for the whole order. Places are given by its change. */
export function isMeant(limits: Effectivity, order: Order, moment: string, zone: string): boolean {
  const subject = {
    orderId: order.id,
    moment,
    item: requestOf(order).operationsDefinitionId,
    ...piecesOf(order),
  };
  return isEffective(limits, subject, zone).effective === 'yes';
}
