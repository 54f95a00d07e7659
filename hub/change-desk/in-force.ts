import type { Change } from '../change/change';
import { type Effectivity, instant } from '../change/effectivity';
import { progressOf } from '../change/execution';
import type { OrderOnGround } from '../change/impact';
import { requestOf, revisionOf } from '../change/shapes';
import { effectivityIn } from '../definitions/holds';
import type { Life, Revision } from '../definitions/lifecycle';
import { revisionsOf } from '../definitions/lifecycle';
import { effectiveIn, lifeOf } from '../definitions/revisioned';
import { editionIn, isMeant } from '../flow/revision';
import type { Reads, Tx } from '../storage/store';
import { advance } from './advance';
import { difference } from './differences';
import { reassessed } from './follow';
import { ordersOf } from './ground';
import { begin, doneBefore, type Publication } from './opening';
import { headOf, readSet, WHAT_IF, type Workshop } from './set';

const noun = 'OperationsDefinition';

/**
 * For what a published revision holds by what people have said of it since: another time, or an end. It is a change like
 * others: orders that the last change of the product now holds for are taken in, those that it does not hold for any
 * more leave it, and orders made to a revision that is over get the one that is effective for them.
 */
export async function effectivityChanged(
  tx: Tx,
  shop: Workshop,
  { object, message, from }: Publication,
): Promise<void> {
  const life = await lifeOf(tx, noun, object.id);
  const now = new Date();
  const { orders } = await ordersOf(tx, object.id, doneBefore(shop, now));
  const last = await lastChange(tx, object.id);
  const revision = last?.diff.of === 'definition' ? last.diff.after : undefined;
  if (last !== undefined && revision !== undefined)
    await holdsFor(tx, shop, last, orders, effectivityIn(life, revision, shop.zone), now);
  for (const [target, moved] of targets(life, orders, now, shop.zone)) {
    if (target === revision) continue;
    const [before, after] = [
      await editionIn(tx, object.id, revisionOf(moved[0]!.order)),
      await editionIn(tx, object.id, target),
    ];
    if (before === undefined || after === undefined) continue;
    const diff = await difference(tx, before, after);
    const stored = await tx.getObject(noun, object.id, { version: before.version });
    if (diff.items.length === 0 || stored === undefined) continue;
    const effectivity = effectivityIn(life, target, shop.zone);
    const reference = message.applicationArea.sender?.referenceId ?? `${object.id} revision ${target}`;
    await begin(tx, shop, { diff, orders: moved, effectivity, reference, object, before: stored, from, now });
  }
}

async function lastChange(reads: Reads, product: string): Promise<Change | undefined> {
  const rows = await reads.listChanges({ objectId: product, limit: 20, bodies: false });
  const last = rows.find((row) => row.noun === noun && row.state !== WHAT_IF);
  const row = last && (await reads.getChange(last.id));
  return row && headOf(row).undo === undefined ? headOf(row) : undefined;
}

/** The last change holds for other orders than before. */
async function holdsFor(
  tx: Tx,
  shop: Workshop,
  { id }: Change,
  orders: readonly OrderOnGround[],
  effectivity: Effectivity,
  now: Date,
): Promise<void> {
  const set = await readSet(tx, id);
  const at = now.toISOString();
  const stated = { ...set, change: { ...set.change, effectivity } };
  await advance(tx, shop, await reassessed(tx, shop, stated, at, orders), { now: at });
}

/** Open orders by the revision that is effective for them, where they are made to another one that is over for them. */
function targets(
  life: Life,
  orders: readonly OrderOnGround[],
  now: Date,
  zone: string,
): Map<string, OrderOnGround[]> {
  const found = new Map<string, OrderOnGround[]>();
  for (const ground of orders) {
    const progress = progressOf(ground.order, ground.execution);
    const own = revisionOf(ground.order);
    if (progress === 'done' || own === undefined) continue;
    const start = instant(requestOf(ground.order).startTime ?? '', zone) ?? 0;
    const at = progress === 'not-started' ? Math.max(start, now.getTime()) : now.getTime();
    const moment = new Date(at).toISOString();
    const meant = (limits: Effectivity) => isMeant(limits, ground.order, moment, zone);
    const revision = effectiveIn(life, { at, zone, isMeant: meant })?.revision;
    if (revision === undefined || revision === own || isStillEffective(life, own, at, zone)) continue;
    found.set(revision, [...(found.get(revision) ?? []), ground]);
  }
  return found;
}

const isStillEffective = (life: Life, revision: string, at: number, zone: string): boolean =>
  revisionsOf(life, at, zone).some((one: Revision) => one.revision === revision && one.state === 'effective');
