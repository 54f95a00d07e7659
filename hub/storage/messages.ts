import type { Selectable } from 'kysely';
import { newId } from './id';
import type { JsonTexts } from './json-texts';
import { messageOf, value } from './rows';
import type { Db, Tables } from './schema';
import { statement } from './statement';
import type { NewMessage, Reads, StoredMessage, StoredObject, Tx } from './store';

/** Where an item of a message stands: its place among the items, then noun, id and version of the object. */
type Kept = readonly [place: number, noun: string, id: string, version: number];

/** A message's body as it is kept. An item that became a version of an object, word for word, is read from there. */
interface KeptBody {
  readonly items: unknown[];
  readonly versions?: readonly Kept[];
}

const keepMessage = `insert into message (id, record_id, system, verb, noun, body, mapping, object_keys, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
const keepMessageObject = 'insert into message_object (object_id, message_id) values ($1, $2)';

/** The messages of one transaction. They are written last: by then it is known which items have become objects. */
export class MessageWrites {
  private readonly waiting: Array<NewMessage & { readonly id: string }> = [];
  private readonly versions = new WeakMap<object, readonly [noun: string, id: string, version: number]>();

  constructor(
    private readonly db: Db,
    private readonly now: string,
    private readonly texts: JsonTexts,
  ) {}

  /** `tx` with messages: whoever reads some finds those that were added before. */
  over(reads: Reads): Pick<Tx, 'addMessage' | 'getMessage' | 'listMessages' | 'trace'> {
    const written = async <T>(read: () => Promise<T>): Promise<T> => {
      await this.write();
      return read();
    };
    return {
      addMessage: async (message) => {
        const id = newId();
        this.waiting.push({ ...message, id });
        return id;
      },
      getMessage: (id) => written(() => reads.getMessage(id)),
      listMessages: (filter) => written(() => reads.listMessages(filter)),
      trace: (id) => written(() => reads.trace(id)),
    };
  }

  /** The object's body says the same, word for word. */
  keptAs(body: unknown, { noun, id, version }: Pick<StoredObject, 'noun' | 'id' | 'version'>): void {
    if (typeof body === 'object' && body !== null) this.versions.set(body, [noun, id, version]);
  }

  async write(): Promise<void> {
    const { db, now } = this;
    for (const { id, recordId, system, verb, noun, body, mapping, objectKeys } of this.waiting.splice(0)) {
      await statement(db, keepMessage, [
        ...[id, recordId ?? null, system, verb, noun, this.textOf(body), mapping ?? null],
        ...[JSON.stringify(objectKeys), now],
      ]);
      for (const key of new Set(objectKeys)) await statement(db, keepMessageObject, [key, id]);
    }
  }

  private textOf(body: unknown): string {
    const { items, ...rest } = body as { readonly items?: unknown };
    if (!Array.isArray(items) || items.length === 0) return JSON.stringify(body);
    const versions: Kept[] = [];
    const texts = items.map((item, place) => {
      const kept = this.versions.get(item);
      if (kept === undefined) return this.texts.of(item);
      versions.push([place, ...kept]);
      return 'null';
    });
    const more = versions.length === 0 ? '' : `,"versions":${JSON.stringify(versions)}`;
    const head = JSON.stringify(rest).slice(0, -1);
    return `${head}${head === '{' ? '' : ','}"items":[${texts.join()}]${more}}`;
  }
}

/** Not all at once: a statement takes only so many parameters. */
const versionsPerRead = 200;

/** Messages as they were, with the items that are kept as versions of objects. */
export async function messagesOf(
  db: Db,
  rows: readonly Selectable<Tables['message']>[],
): Promise<StoredMessage[]> {
  const messages = rows.map(messageOf);
  const wanted = messages.flatMap(({ body }) => (body as KeptBody | null | undefined)?.versions ?? []);
  if (wanted.length === 0) return messages;
  const bodies = await bodiesOf(db, wanted);
  return messages.map((message) => {
    const kept = message.body as KeptBody | null | undefined;
    if (!kept?.versions) return message;
    const { versions, items, ...rest } = kept;
    const whole = [...items];
    for (const [place, ...name] of versions) whole[place] = bodies.get(JSON.stringify(name));
    return { ...message, body: { ...rest, items: whole } };
  });
}

async function bodiesOf(db: Db, wanted: readonly Kept[]): Promise<Map<string, unknown>> {
  const bodies = new Map<string, unknown>();
  for (let i = 0; i < wanted.length; i += versionsPerRead) {
    const some = wanted.slice(i, i + versionsPerRead);
    const found = await db
      .selectFrom('object_version')
      .select(['noun', 'id', 'version', 'body'])
      .where((e) => e.or(some.map(([, noun, id, version]) => e.and({ noun, id, version }))))
      .execute();
    for (const { noun, id, version, body } of found)
      bodies.set(JSON.stringify([noun, id, Number(version)]), value(body));
  }
  return bodies;
}
