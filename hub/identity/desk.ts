import type { Xref } from '../../mappings/engine';
import { HubError } from '../../model/errors';
import { transactionOf } from '../../model/validate';
import type { Project } from '../project';
import type { Identity, IdentityLink, IdentityQuestion, Note, Reads, Store, Tx } from '../storage/store';
import { linksBy } from './links';

export interface IdentityDeskOptions {
  readonly project: Pick<Project, 'systems' | 'identity'>;
  readonly store: Pick<Store, 'transaction' | 'listIdentities' | 'listIdentityQuestions'>;
  /** Where other processes write links, too: look for them so often, in ms. */
  readonly everyMs?: number;
  readonly log: (message: string, detail?: Record<string, unknown>) => void;
}

export type Place = Pick<Identity, 'system' | 'noun' | 'nativeId'>;
export type NewLink = Place & Pick<Identity, 'canonicalId' | 'alternative'>;

export interface Imported {
  readonly linked: number;
  /** Stood there already. */
  readonly unchanged: number;
  /** Not taken over, because a person has said otherwise: that link is shown. */
  readonly kept: readonly IdentityLink[];
}

/** Which id of which system is which object. Mappings look it up at once; people and imports write it. */
export interface IdentityDesk {
  readonly xref: Xref;
  list(filter?: Parameters<Reads['listIdentities']>[0]): Promise<IdentityLink[]>;
  /** Ids that mappings met and that nobody is certain about, oldest first. */
  possible(): Promise<IdentityQuestion[]>;
  /** What a person says: stands above all rules and imports. Throws HUB_UNKNOWN_SYSTEM, HUB_WRONG_USE. */
  link(link: NewLink, said: Note): Promise<Said>;
  /**
   * A person says that this id, which is linked or may mean something, is linked with nothing; no rule or import links
   * it again. Throws HUB_NOT_FOUND.
   */
  unlink(place: Place, said: Note): Promise<Said>;
  /** All links or, when it throws, none. Throws HUB_UNKNOWN_SYSTEM, HUB_WRONG_USE. */
  take(links: readonly NewLink[], said: Note): Promise<Imported>;
  /** Called when there are links that this process did not know, its own included. One listener. */
  onLinked(listener: () => Promise<void>): void;
  close(): Promise<void>;
}

/** The link as it is now. `replaced`: what stood there before, so that of two persons the second one sees the first. */
export interface Said extends IdentityLink {
  readonly replaced?: IdentityLink;
}

/** So many open questions are remembered as asked; after that some may be written again, which changes nothing. */
const mostAsked = 10_000;

/** Reads all links before it resolves. */
export async function identityDesk({
  project,
  store,
  everyMs,
  log,
}: IdentityDeskOptions): Promise<IdentityDesk> {
  const links = linksBy(project.identity);
  const asked = new Set<string>();
  const running = new Set<Promise<void>>();
  // Revision 0 is no link: an object was sent there under the hub's own id.
  let last = 0;
  let reading = Promise.resolve();

  let heard: () => Promise<void> = async () => {};

  async function read(): Promise<void> {
    const news = await store.listIdentities({ after: last });
    for (const link of news) {
      links.take(link);
      last = link.revision;
    }
    if (news.length === 0) return;
    // What was open may be settled, and open again later.
    asked.clear();
    void heard();
  }
  /** One at a time; each sees everything that was written before it was asked for. */
  function refresh(): Promise<void> {
    const next = reading.then(read);
    reading = next.catch(() => {});
    return next;
  }
  const write = <T>(work: (tx: Tx) => Promise<T>) =>
    store.transaction(async (tx) => {
      await tx.lock('identity');
      return work(tx);
    });
  async function written(): Promise<void> {
    await refresh();
    await settle();
  }
  const isOpen = ({ system, noun, id, direction }: IdentityQuestion) => {
    const found = links.find(system, noun, id, direction);
    return found && 'candidates' in found ? found.candidates : undefined;
  };
  async function settle(): Promise<void> {
    const settled = (await store.listIdentityQuestions()).filter((question) => !isOpen(question));
    if (settled.length === 0) return;
    await store.transaction(async (tx) => {
      for (const question of settled) await tx.dropIdentityQuestion(question);
    });
  }
  /** Kept beside the work of the mapping, which reports its own issue; a question that is lost is asked again. */
  function ask(question: Omit<IdentityQuestion, 'at'>): void {
    const { system, noun, direction, id } = question;
    const key = [system, noun, direction, id].join('\n');
    if (asked.has(key)) return;
    if (asked.size >= mostAsked) asked.clear();
    asked.add(key);
    const kept = store
      .transaction((tx) => tx.putIdentityQuestion(question))
      .catch((error: unknown) => {
        asked.delete(key);
        log('could not keep a question about an id', { err: error, ...question });
      })
      .finally(() => running.delete(kept));
    running.add(kept);
  }
  async function say(link: NewLink, said: Note): Promise<Said> {
    const { system, noun, nativeId } = link;
    const kept = await write(async (tx) => {
      const [replaced] = await tx.listIdentities({ system, noun, nativeId });
      await tx.putIdentity({ ...link, ...said, manual: true });
      const [now] = await tx.listIdentities({ system, noun, nativeId });
      return { ...(now as IdentityLink), ...(replaced ? { replaced } : {}) };
    });
    await written();
    return kept;
  }

  await refresh();
  const look = () => void refresh().catch((error) => log('could not read links between ids', { err: error }));
  const timer = everyMs === undefined ? undefined : setInterval(look, everyMs).unref();

  return {
    xref(system, noun, id, direction) {
      const found = links.find(system, noun, id, direction);
      if (found && 'candidates' in found) ask({ system, noun, direction, id, candidates: found.candidates });
      return found;
    },
    list: (filter) => store.listIdentities({ after: 0, ...filter }),
    async possible() {
      const questions = await store.listIdentityQuestions();
      return questions.flatMap((question) => {
        const candidates = isOpen(question);
        return candidates ? [{ ...question, candidates }] : [];
      });
    },
    async link(link, said) {
      hold([link], project);
      return say(link, said);
    },
    async unlink({ system, noun, nativeId }, said) {
      const [before] = await store.listIdentities({ system, noun, nativeId });
      if (before === undefined && links.find(system, noun, nativeId, 'in') === undefined)
        throw new HubError('HUB_NOT_FOUND', `${noun} '${nativeId}' of ${system} is not linked`, {
          value: nativeId,
        });
      return say({ system, noun, nativeId, canonicalId: '' }, said);
    },
    async take(rows, said) {
      hold(rows, project);
      const imported = await write((tx) => takeAll(tx, rows, said));
      await written();
      return imported;
    },
    onLinked(listener) {
      heard = listener;
    },
    async close() {
      clearInterval(timer);
      await Promise.all([reading, ...running]);
    },
  };
}

async function takeAll(tx: Tx, rows: readonly NewLink[], said: Note): Promise<Imported> {
  const kept: IdentityLink[] = [];
  let linked = 0;
  let unchanged = 0;
  for (const row of rows) {
    const { system, noun, nativeId, canonicalId, alternative = false } = row;
    const [before] = await tx.listIdentities({ system, noun, nativeId });
    if (before?.canonicalId === canonicalId && before.alternative === alternative) unchanged++;
    else if (before?.manual) kept.push(before);
    else {
      await tx.putIdentity({ ...row, ...said });
      linked++;
    }
  }
  return { linked, unchanged, kept };
}

/** Systems that the project has, nouns that the model has, and each native id once. */
function hold(links: readonly NewLink[], { systems }: IdentityDeskOptions['project']): void {
  const seen = new Map<string, NewLink>();
  for (const link of links) {
    const { system, noun, nativeId, canonicalId } = link;
    if (!Object.hasOwn(systems, system))
      throw new HubError(
        'HUB_UNKNOWN_SYSTEM',
        `there is no system '${system}' (known: ${Object.keys(systems).join(', ')})`,
        {
          value: system,
        },
      );
    if (!['Get', 'Sync', 'Process', 'Show'].some((verb) => transactionOf(verb, noun)))
      throw new HubError('HUB_WRONG_USE', `the model has no noun '${noun}'`, { value: noun });
    if (nativeId === '' || canonicalId === '')
      throw new HubError('HUB_WRONG_USE', `a link of ${system} ${noun} has an empty id`, { value: link });
    const key = [system, noun, nativeId].join('\n');
    const other = seen.get(key);
    if (other && other.canonicalId !== canonicalId)
      throw new HubError(
        'HUB_WRONG_USE',
        `${noun} '${nativeId}' of ${system} is named twice, as ${other.canonicalId} and as ${canonicalId}`,
        { value: nativeId },
      );
    seen.set(key, link);
  }
}
