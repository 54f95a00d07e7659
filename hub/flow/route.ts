import type { CanonicalObject, Message, Verb } from '../../model/message';
import type { FlowTarget, Project } from '../project';
import type { NewDelivery, StoredObject, Tx } from '../storage/store';
import { businessKey } from './business-key';

/** What a delivery carries: which object in which version, or an item of its own, and by which mapping it is put. */
export interface Parcel {
  readonly flow: string;
  readonly map: string;
  readonly verb: Verb;
  readonly noun: string;
  /** The object as it was when the delivery was made. */
  readonly object?: { readonly id: string; readonly version: number };
  /** In place of `object`: what is said of no object that the hub keeps. */
  readonly item?: CanonicalObject;
  /** The business document that caused it, e.g. a change notice. */
  readonly referenceId?: string;
  /** The command of a change that this delivery carries out. */
  readonly command?: { readonly changeId: string; readonly commandId: string };
  /** Only the latest of an object counts: an earlier one that still waits is not sent. */
  readonly latest?: true;
  /** Instant after which it is not sent any more. */
  readonly deadline?: string;
  /** It is sent once more, by that job or that person; `of`: the delivery that it repeats. */
  readonly replay?: {
    readonly job?: string;
    readonly by?: string;
    readonly why?: string;
    readonly of?: string;
  };
  /** It makes good that the delivery `failed` came to nothing; `taken`: what this receiver had taken of the same message. */
  readonly compensates?: { readonly failed: string; readonly taken?: string };
  /** In place of what the mapping would make: a person has edited the receiver's own words. */
  readonly record?: { readonly type: string; readonly key: string; readonly body: unknown };
}

/** Which receivers a message goes to once more. */
export interface Only {
  readonly systems: readonly string[];
  readonly replay: NonNullable<Parcel['replay']>;
}

/** Puts one delivery into the lane of every receiver that the flows name for this message and object; returns these systems. */
export async function route(
  tx: Tx,
  project: Project,
  message: Message,
  from: { readonly system: string; readonly messageId?: string | undefined },
  object: StoredObject,
  only?: Only,
): Promise<string[]> {
  const deliveries: NewDelivery[] = [];
  for (const flow of project.flows) {
    const { noun, verbs, from: systems } = flow.on;
    if (noun !== message.noun || (verbs && !verbs.includes(message.verb))) continue;
    if (systems && !systems.includes(from.system)) continue;
    for (const target of flow.to) {
      if (target.system === from.system || (only && !only.systems.includes(target.system))) continue;
      const verb = await verbFor(tx, target, message, object);
      const referenceId = message.applicationArea.sender?.referenceId;
      const parcel: Parcel = {
        flow: flow.name,
        map: target.map,
        verb,
        noun: message.noun,
        object: { id: object.id, version: object.version },
        ...(referenceId === undefined ? {} : { referenceId }),
        ...(flow.latest ? { latest: true } : {}),
        ...(flow.deadlineMs === undefined || only
          ? {}
          : { deadline: new Date(Date.now() + flow.deadlineMs).toISOString() }),
        ...(only === undefined ? {} : { replay: only.replay }),
      };
      deliveries.push({
        dest: target.system,
        key: businessKey(message.noun, object.body as CanonicalObject),
        payload: parcel,
        carries: object,
        ...(from.messageId === undefined ? {} : { messageId: from.messageId }),
        ...(target.urgent === undefined ? {} : { urgent: target.urgent }),
      });
    }
  }
  tx.addDeliveries(deliveries);
  return deliveries.map(({ dest }) => dest);
}

/** `first`/`then` is decided by whether the receiver knows the object: it does once it was sent there, or has an id there. */
async function verbFor(tx: Tx, target: FlowTarget, message: Message, object: StoredObject): Promise<Verb> {
  if (target.verb === undefined) return message.verb;
  if (typeof target.verb === 'string') return target.verb;
  const { system } = target;
  const { noun } = message;
  const sent = (await tx.canonicalId(system, noun, object.id)) !== undefined;
  if (sent || (await tx.identitiesOf(noun, object.id)).some((one) => one.system === system))
    return target.verb.then;
  await tx.noteSent({ system, noun, id: object.id });
  return target.verb.first;
}
