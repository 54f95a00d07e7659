import { HubError, type Issue } from '../../model/errors';
import type { CanonicalObject, Message, Verb } from '../../model/message';
import type { Mapping, MappingContext } from './mapping';
import { isMissing } from './paths';
import type { Tree } from './run';

const verbs: ReadonlySet<string> = new Set<Verb>([
  'Get',
  'Show',
  'Process',
  'Acknowledge',
  'Change',
  'Respond',
  'Cancel',
  'Sync',
  'Notify',
  'Confirm',
]);

export const isVerb = (text: unknown): text is Verb => typeof text === 'string' && verbs.has(text);

/** The message around the items: what rules set, then what the mapping's header and the context say. */
export function messageOf(
  mapping: Mapping,
  envelope: Tree,
  context: MappingContext,
  items: CanonicalObject[],
): Message | Issue {
  const text = (name: string) => (isMissing(envelope[name]) ? undefined : String(envelope[name]));
  const verb = text('verb') ?? mapping.verbs[0];
  if (!isVerb(verb)) {
    const message = `@verb: '${verb ?? ''}' is not one of ${[...verbs].join(', ')}`;
    return { rule: mapping.name, path: '@verb', message, value: verb };
  }
  const referenceId = text('referenceId');
  const bodId = text('bodId') ?? context.messageId;
  const sender = {
    ...(context.system === undefined ? {} : { logicalId: context.system }),
    ...(referenceId === undefined ? {} : { referenceId }),
  };
  return {
    verb,
    noun: mapping.nouns[0] ?? '',
    applicationArea: {
      ...(Object.keys(sender).length === 0 ? {} : { sender }),
      creationDateTime:
        text('creationDateTime') ?? context.now ?? context.receivedAt ?? new Date().toISOString(),
      ...(bodId === undefined ? {} : { bodId }),
    },
    items,
  };
}

export function isMessage(value: unknown): value is Message {
  const { verb, noun, items } = (value ?? {}) as Partial<Message>;
  return isVerb(verb) && typeof noun === 'string' && Array.isArray(items);
}

/** The items of a message or the one item, and the context with what the message says about itself. */
export function itemsOf(from: Message | CanonicalObject, context: MappingContext) {
  if (!isMessage(from)) return { items: [from], context };
  const { verb, noun, applicationArea } = from;
  const referenceId = applicationArea?.sender?.referenceId;
  const { creationDateTime, bodId } = applicationArea ?? {};
  const known = Object.entries({ referenceId, creationDateTime, bodId }).filter(
    ([, value]) => !isMissing(value),
  );
  return { items: from.items, context: { ...context, verb, noun, ...Object.fromEntries(known) } };
}

/** A mapping with `identity: true`: the body is a message of one of the header's verbs and nouns. */
export function readIdentity(mapping: Mapping, body: unknown): Message | Issue {
  if (!isMessage(body)) {
    const message = 'the record is not a canonical message {verb, noun, applicationArea, items}';
    return { rule: mapping.name, path: '', message };
  }
  for (const [word, value, allowed] of [
    ['verb', body.verb, mapping.verbs],
    ['noun', body.noun, mapping.nouns],
  ] as const) {
    if (allowed.length === 0 || allowed.includes(value)) continue;
    return {
      rule: mapping.name,
      path: word,
      message: `${word} '${value}' is not one of ${allowed.join(', ')}`,
      value,
    };
  }
  return body;
}

/** The message itself is the body; a single item gets an envelope from the header and the context. */
export function writeIdentity(
  mapping: Mapping,
  from: Message | CanonicalObject,
  context: MappingContext,
): Message | Issue {
  if (isMessage(from)) return from;
  const header = { ...mapping, nouns: context.noun === undefined ? mapping.nouns : [context.noun] };
  const area = { ...context, system: undefined, messageId: context.deliveryId ?? context.messageId };
  return messageOf(header, context.verb === undefined ? {} : { verb: context.verb }, area, [from]);
}

export function wrongWay(mapping: Mapping, way: 'read' | 'write'): HubError {
  const side = way === 'read' ? 'records: its direction is out' : 'nothing: its direction is in';
  return new HubError('HUB_WRONG_USE', `${mapping.name} ${way}s ${side}`, { at: mapping.file });
}
