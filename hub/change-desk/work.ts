import type { Tx } from '../storage/store';
import { type Advance, advance, advanceSlice } from './advance';
import { type ChangeSet, readSet, readSlice, type Workshop } from './set';

/** What is done to a change. It may be done twice, to the slice and then to the whole: it only reads. */
export interface Work {
  readonly id: string;
  /** The orders that it is about; absent: the whole change. */
  readonly orderIds?: readonly string[];
  edit(set: ChangeSet): ChangeSet | Promise<ChangeSet>;
  /** Where it says no, the change stays as it is. */
  matters?(before: ChangeSet, after: ChangeSet): boolean;
  how(set: ChangeSet): Advance;
}

/** Edits a change, takes it as far as it goes then and keeps it, in the caller's transaction and under its lock. */
export async function work(tx: Tx, shop: Workshop, work: Work): Promise<void> {
  if (work.orderIds !== undefined && !shop.alwaysWhole) {
    const slice = await readSlice(tx, work.id, work.orderIds);
    const edited = await work.edit(slice);
    if (work.matters?.(slice, edited) === false) return;
    if (await advanceSlice(tx, shop, edited, work.how(edited))) return;
  }
  const edited = await work.edit(await readSet(tx, work.id));
  await advance(tx, shop, edited, work.how(edited));
}
