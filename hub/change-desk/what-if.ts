import { HubError } from '../../model/errors';
import { planCommands } from '../change/carry-out';
import type { OperationsDefinition } from '../change/shapes';
import { compareWhatIf, type Foresight } from '../change/what-if';
import { newId } from '../storage/id';
import type { Store } from '../storage/store';
import { difference } from './differences';
import { heldAgainst } from './editions';
import { ordersOf } from './ground';
import { keepForesight } from './keep';
import { assess, doneBefore } from './opening';
import { type ChangeSet, newSet, readSet, WHAT_IF, type Workshop } from './set';

/**
 * What a revision that is not published would mean for the orders as they stand now. Nothing is sent; with `keep` the
 * foresight stays, to be compared with what then comes. Throws HUB_NOT_FOUND for a product that the hub does not know.
 */
export async function whatIf(
  store: Store,
  shop: Workshop,
  definition: unknown,
  keep: boolean,
): Promise<ChangeSet> {
  const after = definition as OperationsDefinition;
  const noun = 'OperationsDefinition';
  const known = await store.getObject(noun, after.id);
  if (!known)
    throw new HubError('HUB_NOT_FOUND', `there is no ${noun} ${after.id} to compare with`, {
      value: after.id,
    });
  const now = new Date();
  const how = { id: keep ? newId() : WHAT_IF, reference: 'what if', now: now.toISOString() };
  const object = { ...known, body: after, version: 0 };
  const held = await heldAgainst(store, { object, before: known }, shop.zone);
  const earlier = { body: held.body as OperationsDefinition, version: held.version };
  const foreseen = { body: after };
  const diff = await difference(store, earlier, foreseen);
  const { orders } = await ordersOf(store, after.id, doneBefore(shop, now));
  // Nothing of it is in force, whatever the rules would settle by themselves.
  const change = { ...(await assess(store, shop, diff, orders, how, foreseen)), state: 'planned' as const };
  const commands = planCommands(change, orders, shop.capabilities);
  const row = { noun, objectId: after.id, fromVersion: known.version, createdAt: how.now };
  const set = { ...newSet(change, row), commands };
  if (keep) await store.transaction((tx) => keepForesight(tx, set, WHAT_IF));
  return set;
}

/** A kept what-if against a change. Throws HUB_NO_SUCH_CHANGE, also while no change of that product has come. */
export async function compared(
  store: Store,
  whatIfId: string,
  changeId?: string,
): Promise<{ changeId: string; orders: Foresight[] }> {
  const { change: foreseen, row } = await readSet(store, whatIfId);
  const id = changeId ?? (await nextChange(store, whatIfId, row.objectId));
  const { change } = await readSet(store, id);
  return {
    changeId: id,
    orders: compareWhatIf(
      foreseen.orders.map(({ impact }) => impact),
      change,
    ),
  };
}

async function nextChange(store: Store, whatIfId: string, objectId: string): Promise<string> {
  const rows = await store.listChanges({ objectId, limit: 1000, bodies: false });
  const next = rows.filter(({ id, state }) => id > whatIfId && state !== WHAT_IF).at(-1);
  if (next) return next.id;
  throw new HubError('HUB_NO_SUCH_CHANGE', `no change of ${objectId} has come since`, { value: whatIfId });
}
