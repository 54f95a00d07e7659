import { HubError, type Issue } from '../../model/errors';
import type { CanonicalObject, Message } from '../../model/message';
import type { Origin } from '../flow/apply';
import { type Enactor, enact } from '../flow/process';
import type { DefinitionNote, Reads, Store, StoredObject, Tx } from '../storage/store';
import { effectivityIssues } from './holds';
import { type DefinitionState, mayBecome, type Revision, revisionsOf } from './lifecycle';
import { effectiveDefinition, lifeOf, revisionedNouns } from './revisioned';

/** One revision of a definition with its content. */
export interface Definition extends Revision {
  readonly noun: string;
  readonly id: string;
  readonly body: unknown;
}

/** Who says it, and why. */
export interface Said {
  readonly by: string;
  readonly why: string;
}

export interface StateChange extends Said {
  readonly state: DefinitionState;
  /** From when it is to hold; for `effective` now, unless given. */
  readonly effectiveFrom?: string;
  readonly effectiveTo?: string;
}

/**
 * The revisions of definitions: written here as drafts or published by systems, in their states, read as of a time.
 * All throw HUB_NOT_FOUND for what is not there, HUB_WRONG_USE for nouns without revisions.
 */
export interface DefinitionDesk {
  /** All revisions, in the states they have at an instant; now unless given. */
  revisions(noun: string, id: string, at?: string): Promise<Revision[]>;
  /** Where published revisions overlap or leave a time open. */
  issues(noun: string, id: string): Promise<Issue[]>;
  /** The named revision, or the one that is effective at the instant, now unless given. */
  read(
    noun: string,
    id: string,
    as?: { readonly revision?: string; readonly at?: string },
  ): Promise<Definition>;
  /**
   * Keeps a revision that nothing sees but its readers. Throws HUB_INVALID with all issues, HUB_CONFLICT where the
   * revision is published.
   */
  keepDraft(noun: string, body: CanonicalObject, said: Said): Promise<Definition>;
  /**
   * Puts a revision into a state. A draft that is approved is published: kept, sent and taken into execution as if a
   * system had sent it. Throws HUB_CONFLICT where that state may not follow.
   */
  setState(noun: string, id: string, revision: string, change: StateChange): Promise<Definition>;
}

export interface DefinitionDeskOptions extends Enactor {
  readonly store: Store;
  /** Takes up, in the same transaction, what somebody says of a published revision. */
  readonly onEffectivity?: (
    tx: Tx,
    publication: { object: StoredObject; message: Message; from: Origin },
  ) => Promise<void>;
  /** What is wrong with a message in this project. */
  readonly validate: (message: Message) => readonly Issue[];
}

/** The name under which the hub itself publishes; flows may name it under `from`. */
const HUB = 'hub';

export function definitionDesk({
  store,
  validate,
  onEffectivity,
  ...enactor
}: DefinitionDeskOptions): DefinitionDesk {
  const zone = enactor.project.plant.timeZone;
  const instantOf = (at: string | undefined) => (at === undefined ? Date.now() : parsed(at));

  async function revisions(reads: Reads, noun: string, id: string, at?: string): Promise<Revision[]> {
    checkNoun(noun);
    const found = revisionsOf(await lifeOf(reads, noun, id), instantOf(at), zone);
    if (found.length === 0) throw new HubError('HUB_NOT_FOUND', `there is no ${noun} ${id}`);
    return found;
  }

  async function named(
    reads: Reads,
    noun: string,
    id: string,
    revision: string,
    at?: string,
  ): Promise<Definition> {
    const found = (await revisions(reads, noun, id, at)).filter((one) => one.revision === revision);
    const one = found.at(-1);
    if (one === undefined)
      throw new HubError('HUB_NOT_FOUND', `there is no revision '${revision}' of ${noun} ${id}`);
    return { noun, id, ...one, body: await bodyOf(reads, noun, id, one) };
  }

  async function publish(
    tx: Tx,
    { noun, id, revision, body }: Definition,
    change: StateChange,
  ): Promise<void> {
    await tx.dropDraft({ noun, id, revision });
    const { effectiveFrom, effectiveTo } = change;
    const item = {
      ...(body as CanonicalObject),
      ...(effectiveFrom === undefined ? {} : { effectiveStartDate: effectiveFrom }),
      ...(effectiveTo === undefined ? {} : { effectiveEndDate: effectiveTo }),
    };
    await enact(
      tx,
      { message: messageOf(noun, item, change.why), read: { map: '' } },
      { system: HUB },
      enactor,
    );
  }

  /** When a published revision holds is a matter of the orders that are made to it. */
  async function takenUp(tx: Tx, { noun, id, version }: Definition, { why }: StateChange): Promise<void> {
    const object = version === undefined ? undefined : await tx.getObject(noun, id, { version });
    if (noun !== 'OperationsDefinition' || object === undefined || onEffectivity === undefined) return;
    const message = messageOf(noun, object.body as CanonicalObject, why);
    const { verb } = message;
    const messageId = await tx.addMessage({ system: HUB, verb, noun, body: message, objectKeys: [id] });
    await onEffectivity(tx, { object, message, from: { system: HUB, messageId } });
  }

  return {
    revisions: (noun, id, at) => revisions(store, noun, id, at),

    async issues(noun, id) {
      checkNoun(noun);
      return effectivityIssues(await lifeOf(store, noun, id), zone);
    },

    async read(noun, id, { revision, at } = {}) {
      if (revision !== undefined) return named(store, noun, id, revision, at);
      checkNoun(noun);
      const found = await effectiveDefinition(store, noun, id, { at: instantOf(at), zone });
      if (found === undefined)
        throw new HubError(
          'HUB_NOT_FOUND',
          `no revision of ${noun} ${id} is effective at ${at ?? 'this time'}`,
        );
      return { noun, id, ...found.revision, body: found.body };
    },

    async keepDraft(noun, body, said) {
      checkNoun(noun);
      const [id, revision] = [checked(body.id, 'id'), checked(body.version, 'version')];
      const issues = validate(messageOf(noun, body, said.why));
      const [first] = issues;
      if (first !== undefined)
        throw new HubError('HUB_INVALID', `${first.path} ${first.message}`, {
          at: first.path,
          value: first.value,
          issues,
        });
      return store.transaction(async (tx) => {
        const known = revisionsOf(await lifeOf(tx, noun, id), Date.now(), zone);
        if (known.some((one) => one.revision === revision && one.version !== undefined))
          throw new HubError('HUB_CONFLICT', `revision ${revision} of ${noun} ${id} is published`, {
            at: 'version',
            value: revision,
          });
        await tx.putDraft({ noun, id, revision, body });
        await tx.addDefinitionNote({ noun, id, revision, state: 'draft', ...said });
        return named(tx, noun, id, revision);
      });
    },

    setState: (noun, id, revision, change) =>
      store.transaction(async (tx) => {
        const given = await named(tx, noun, id, revision);
        const wanted = withDates(given, change);
        if (!mayBecome(given.state, wanted.state))
          throw new HubError(
            'HUB_CONFLICT',
            `revision ${revision} of ${noun} ${id} is ${given.state}, and cannot become ${wanted.state}`,
            { at: 'state', value: wanted.state },
          );
        await tx.addDefinitionNote(noteOf(given, wanted));
        if (given.version === undefined && wanted.state === 'approved') await publish(tx, given, wanted);
        else if (given.version !== undefined) await takenUp(tx, given, wanted);
        return named(tx, noun, id, revision);
      }),
  };
}

function checkNoun(noun: string): void {
  if (revisionedNouns().has(noun)) return;
  throw new HubError('HUB_WRONG_USE', `a ${noun} has no revisions`, {
    value: noun,
    todo: `These have: ${[...revisionedNouns()].join(', ')}.`,
  });
}

/** `effective` is approved from now, or from when it says. */
function withDates({ version }: Definition, change: StateChange): StateChange {
  for (const at of [change.effectiveFrom, change.effectiveTo]) if (at !== undefined) parsed(at);
  if (change.state !== 'effective') return change;
  const state = version === undefined ? 'approved' : change.state;
  return { ...change, state, effectiveFrom: change.effectiveFrom ?? new Date().toISOString() };
}

function noteOf({ noun, id, revision }: Definition, change: StateChange): Omit<DefinitionNote, 'at'> {
  const { state, ...said } = change;
  return { noun, id, revision, ...said, state: state === 'effective' ? 'approved' : state };
}

async function bodyOf(
  reads: Reads,
  noun: string,
  id: string,
  { revision, version }: Revision,
): Promise<unknown> {
  if (version !== undefined) return (await reads.getObject(noun, id, { version }))?.body;
  return (await reads.listDrafts(noun, id)).find((draft) => draft.revision === revision)?.body;
}

function messageOf(noun: string, item: CanonicalObject, why: string): Message {
  const sender = { logicalId: HUB, referenceId: why };
  return {
    verb: 'Sync',
    noun,
    applicationArea: { sender, creationDateTime: new Date().toISOString() },
    items: [item],
  };
}

function parsed(at: string): number {
  const instant = Date.parse(at);
  if (!Number.isNaN(instant)) return instant;
  throw new HubError('HUB_WRONG_USE', `'${at}' is no instant`, { at: 'at', value: at });
}

function checked(value: unknown, at: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new HubError('HUB_INVALID', `a draft must name its ${at}`, { at, value });
}
