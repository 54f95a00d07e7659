import type { Message } from '../../model/message';
import type { Project } from '../project';
import type { Claim, Row, Store, StoredRecord, Tx } from '../storage/store';
import { type Applied, apply, type Origin, type Restate } from './apply';
import { route } from './route';
import type { Translated } from './translate';

export interface Processor {
  readonly project: Project;
  readonly store: Store;
  readonly translate: (record: StoredRecord) => Translated[];
  /** An order that its sender states anew: where it is in execution, the wish becomes a change. */
  readonly restate: Restate;
  /** Takes up what a message changed, in the same transaction: a new revision becomes a change. `routed`: the systems that it now goes to. */
  readonly onApplied: (
    tx: Tx,
    message: Message,
    applied: Applied,
    from: Origin,
    routed: readonly string[],
  ) => Promise<void>;
}

/**
 * The way of a record through the hub: translate → apply → route → (change). Everything it causes, its outgoing
 * deliveries included, commits together with the acknowledgement of its row: it has its effect once, whatever dies.
 */
export async function processRecord(
  claim: Claim,
  row: Row,
  { project, store, translate, restate, onApplied }: Processor,
): Promise<void> {
  const record = (await store.getRecord(row.id))!;
  const translated = translate(record).filter(({ message }) => message.items.length > 0);
  await store.transaction(async (tx) => {
    let changed = false;
    let last: { messageId: string; mapping: string } | undefined;
    for (const one of translated) {
      const { message, mapping } = one;
      const messageId = await tx.addMessage({
        recordId: record.id,
        system: record.system,
        verb: message.verb,
        noun: message.noun,
        body: message,
        mapping,
        objectKeys: message.items.flatMap(({ id }) => (id === undefined ? [] : [id])),
      });
      const from = { system: record.system, messageId };
      const { applied, takenUp } = await apply(tx, one, from, restate);
      changed ||= takenUp || applied.length > 0;
      for (const each of applied) {
        const routed = await route(tx, project, message, from, each.object);
        await onApplied(tx, message, each, from, routed);
      }
      last = { messageId, mapping };
    }
    await tx.markRecord(record.id, { state: changed ? 'applied' : 'unchanged', ...last });
    tx.ackLane(claim, row);
  });
}
