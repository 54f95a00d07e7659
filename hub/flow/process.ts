import { HubError, type Issue } from '../../model/errors';
import type { Message } from '../../model/message';
import type { Project } from '../project';
import type { Claim, Row, Store, StoredRecord, Tx } from '../storage/store';
import { type Applied, apply, type Origin, type Restate } from './apply';
import { withoutOvertaken } from './outdated';
import { route } from './route';
import type { Translated } from './translate';

/** What carries out what a canonical message says. */
export interface Enactor {
  readonly project: Project;
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

export interface Processor extends Enactor {
  readonly store: Store;
  readonly translate: (record: StoredRecord) => Translated[];
}

/**
 * The way of a record through the hub: translate → apply → route → (change). Everything it causes, its outgoing
 * deliveries included, commits together with the acknowledgement of its row: it has its effect once, whatever dies.
 */
export async function processRecord(
  claim: Claim,
  row: Row,
  { store, translate, ...enactor }: Processor,
  signal?: AbortSignal,
): Promise<void> {
  const record = await store.recordOf(row);
  const translated = translate(record).filter(({ message }) => message.items.length > 0);
  await inTime(record, translated, () =>
    carriedOut(claim, row, record, translated, { store, ...enactor }, signal),
  );
}

/** Waits for what is not there yet only as long as hub.yaml allows. */
async function inTime(
  { id, receivedAt }: StoredRecord,
  translated: readonly Translated[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const most = Math.max(...translated.map(({ read }) => read.waitAtMostMs ?? Number.POSITIVE_INFINITY));
    if (!(thrown instanceof HubError) || thrown.code !== 'HUB_WAITS') throw thrown;
    if (Date.now() - Date.parse(receivedAt) < most) throw thrown;
    throw new HubError('HUB_WAITS', `${thrown.message}, in vain since ${receivedAt}`, {
      kind: 'permanent',
      at: thrown.at,
      value: thrown.value,
      todo: `Send what it needs, then: esperanto replay ${id}; or give it up: esperanto discard ${id}`,
    });
  }
}

async function carriedOut(
  claim: Claim,
  row: Row,
  record: StoredRecord,
  translated: readonly Translated[],
  { store, ...enactor }: Enactor & Pick<Processor, 'store'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await store.transaction(async (tx) => {
    // It waited for a connection until its time was over: what it would do, the next try does.
    if (signal?.aborted) throw new HubError('HUB_LEASE_LOST', `the time for ${claim.key} is over`);
    let changed = false;
    let last: { messageId: string; mapping: string } | undefined;
    const issues: Issue[] = [];
    for (const one of translated) {
      // Somebody who replays a record wants it, however old it is.
      const { kept, left } = record.replayOf
        ? { kept: one, left: [] }
        : await withoutOvertaken(tx, one, record.system);
      issues.push(...left);
      if (kept.message.items.length === 0) continue;
      const { mapping } = one;
      const enacted = await enact(tx, kept, { system: record.system, recordId: record.id, mapping }, enactor);
      changed ||= enacted.changed;
      last = { messageId: enacted.messageId, mapping };
    }
    await tx.markRecord(record.id, { state: changed ? 'applied' : 'unchanged', issues, ...last });
    tx.ackLane(claim, row);
  });
}

/**
 * Keeps a canonical message and does what it says, in the caller's transaction: objects, deliveries, changes. `changed`:
 * it said something new.
 */
export async function enact(
  tx: Tx,
  one: Pick<Translated, 'message' | 'read'>,
  { system, ...origin }: { readonly system: string; readonly recordId?: string; readonly mapping?: string },
  { project, restate, onApplied }: Enactor,
): Promise<{ messageId: string; changed: boolean }> {
  const { message } = one;
  const { verb, noun, items } = message;
  const objectKeys = items.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const messageId = await tx.addMessage({ ...origin, system, verb, noun, body: message, objectKeys });
  const from = { system, messageId };
  const { applied, takenUp } = await apply(tx, one, from, { restate, zone: project.plant.timeZone });
  for (const each of applied) {
    const routed = await route(tx, project, message, from, each.object);
    await onApplied(tx, message, each, from, routed);
  }
  return { messageId, changed: takenUp || applied.length > 0 };
}
