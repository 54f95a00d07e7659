import type { Message } from '../../model/message';
import type { Project } from '../project';
import type { Claim, Row, Store, StoredRecord, Tx } from '../storage/store';
import { type Applied, apply } from './apply';
import { route } from './route';
import type { Translated } from './translate';

export interface Processor {
  readonly project: Project;
  readonly store: Store;
  readonly translate: (record: StoredRecord) => Translated[];
  /** Takes up what a message changed, in the same transaction: a new revision becomes a change. */
  readonly onApplied: (tx: Tx, message: Message, applied: Applied, from: Origin) => Promise<void>;
}

/** Where a message came from. */
export interface Origin {
  readonly system: string;
  readonly messageId: string;
}

/**
 * The way of a record through the hub: translate → apply → (change) → route. Everything it causes, its outgoing
 * deliveries included, commits together with the acknowledgement of its row: it has its effect once, whatever dies.
 */
export async function processRecord(
  claim: Claim,
  row: Row,
  { project, store, translate, onApplied }: Processor,
): Promise<void> {
  const record = (await store.getRecord(row.id))!;
  const translated = translate(record).filter(({ message }) => message.items.length > 0);
  await store.transaction(async (tx) => {
    let changed = false;
    let last: { messageId: string; mapping: string } | undefined;
    for (const one of translated) {
      const messageId = await tx.addMessage({
        recordId: record.id,
        system: record.system,
        verb: one.message.verb,
        noun: one.message.noun,
        body: one.message,
        mapping: one.mapping,
        objectKeys: one.message.items.flatMap(({ id }) => (id === undefined ? [] : [id])),
      });
      const from = { system: record.system, messageId };
      for (const applied of await apply(tx, one, from)) {
        changed = true;
        await onApplied(tx, one.message, applied, from);
        await route(tx, project, one.message, from, applied.object);
      }
      last = { messageId, mapping: one.mapping };
    }
    await tx.markRecord(record.id, { state: changed ? 'applied' : 'unchanged', ...last });
    tx.ackLane(claim, row);
  });
}
