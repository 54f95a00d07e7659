import { instant } from '../change/effectivity';
import type { OperationsDefinition } from '../change/shapes';
import { effectiveIn, lifeOf } from '../definitions/revisioned';
import type { Applied } from '../flow/apply';
import type { Reads, StoredObject } from '../storage/store';

const noun = 'OperationsDefinition';

/**
 * The stored definition that a new one is held against. A correction: what it corrects. Any other: the revision in force
 * at the time from which the new one is, else the last that came. The way from any other revision that orders are made
 * to is worked out for these orders.
 */
export async function heldAgainst(
  reads: Reads,
  { object, before }: Required<Applied>,
  zone: string,
): Promise<StoredObject> {
  const body = object.body as OperationsDefinition;
  if (body.version === undefined || body.version === (before.body as OperationsDefinition).version)
    return before;
  const life = await lifeOf(reads, noun, object.id, object.version);
  const { effectiveStartDate } = body;
  const from = (effectiveStartDate === undefined ? undefined : instant(effectiveStartDate, zone)) ?? 0;
  const version = effectiveIn(life, { at: Math.max(from, Date.now()), zone })?.version;
  if (version === undefined || version === before.version) return before;
  return (await reads.getObject(noun, object.id, { version })) ?? before;
}
