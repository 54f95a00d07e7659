import type { Issue } from '../../model/errors';
import type { CanonicalObject, Message } from '../../model/message';
import type { StoredMessage, Tx } from '../storage/store';
import type { Translated } from './translate';

/** So many messages about an object are looked at; a document is hardly ever overtaken by more. */
const lookedAt = 20;

/**
 * A message without the items of which its sender has made a later one that came before: documents that are sent whole
 * at each change can overtake each other on their way. Only where hub.yaml says so (`order: sender`), and only what would
 * take an object's place: what merges into it says other things. What is left out is told.
 */
export async function withoutOvertaken<One extends Pick<Translated, 'message' | 'read'>>(
  tx: Pick<Tx, 'listMessages'>,
  one: One,
  system: string,
): Promise<{ kept: One; left: Issue[] }> {
  const { message, read } = one;
  const merges = read.apply === 'merge' || (read.apply === undefined && message.verb === 'Change');
  if (read.order !== 'sender' || merges) return { kept: one, left: [] };
  const left: Issue[] = [];
  const items: CanonicalObject[] = [];
  for (const item of message.items) {
    const reason = await overtaken(tx, message, item, system);
    if (reason) left.push(reason);
    else items.push(item);
  }
  return { kept: left.length === 0 ? one : { ...one, message: { ...message, items } }, left };
}

async function overtaken(
  tx: Pick<Tx, 'listMessages'>,
  message: Message,
  { id }: CanonicalObject,
  system: string,
): Promise<Issue | undefined> {
  const made = madeAt(message);
  if (Number.isNaN(made) || id === undefined) return undefined;
  const others = await tx.listMessages({ system, noun: message.noun, objectKey: id, limit: lookedAt });
  const later = others.find(({ body }) => madeAt(body as Message | undefined) > made);
  return later && issueOf(message, id, later);
}

/** Not a number where a message does not say it, or is no longer kept. */
const madeAt = (message: Message | undefined): number =>
  Date.parse(message?.applicationArea?.creationDateTime ?? '');

function issueOf({ noun, applicationArea }: Message, id: string, later: StoredMessage): Issue {
  const { creationDateTime } = (later.body as Message).applicationArea;
  return {
    rule: 'overtaken',
    path: 'applicationArea.creationDateTime',
    message: `${noun} ${id} was made at ${applicationArea.creationDateTime}, and what was made at ${creationDateTime} is known already`,
    value: applicationArea.creationDateTime,
    todo: 'Nothing, if the later one counts; else replay this one.',
  };
}
