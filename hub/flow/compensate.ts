import { asHubError, type HubError } from '../../model/errors';
import type { Project } from '../project';
import type { Delivery, NewDelivery, Receipt, Store, Tx } from '../storage/store';
import type { Work } from './destination';
import { type RetrySettings, retryRule } from './retry';
import type { Parcel } from './route';

type Failed = Pick<Delivery, 'id' | 'dest' | 'key' | 'messageId' | 'payload'>;

/** More deliveries of one message than these no flow makes. */
const mostSiblings = 1000;

/**
 * What a flow names under `onFailure`, when one of its receivers will not get a message any more: for a receiver of the
 * same flow a delivery behind that of the message, which is sent only if the message was taken; for any other system
 * one in any case. In the caller's transaction, once for each failed delivery. Returns how many were put.
 */
export async function compensate(tx: Tx, project: Project, failed: Failed): Promise<number> {
  const parcel = failed.payload as Parcel;
  const flow = flowOf(project, parcel);
  if (!flow?.onFailure || failed.messageId === undefined) return 0;
  const siblings = await tx.listDeliveries({ messageId: failed.messageId, limit: mostSiblings });
  if (siblings.some(({ payload }) => (payload as Parcel).compensates?.failed === failed.id)) return 0;
  const receivers = new Set(flow.to.map(({ system }) => system));
  const deliveries = flow.onFailure.flatMap((target): NewDelivery[] => {
    const own = siblings.filter(
      (one) => one.dest === target.system && one.id !== failed.id && isSame(one.payload as Parcel, parcel),
    );
    const took = own.find(({ state }) => state === 'delivered' || state === 'waiting');
    if (receivers.has(target.system) && !took) return [];
    const { latest, deadline, replay, record, ...rest } = parcel;
    const said: Parcel = {
      ...rest,
      map: target.map,
      verb: target.verb,
      compensates: { failed: failed.id, ...(took ? { taken: took.id } : {}) },
    };
    return [
      {
        dest: target.system,
        key: took?.key ?? failed.key,
        payload: said,
        urgent: true,
        messageId: failed.messageId!,
      },
    ];
  });
  tx.addDeliveries(deliveries);
  return deliveries.length;
}

function flowOf(project: Project, { flow, compensates, command }: Parcel) {
  if (compensates !== undefined || command !== undefined) return undefined;
  return project.flows.find(({ name }) => name === flow);
}

function isSame(one: Parcel, other: Parcel): boolean {
  return one.flow === other.flow && one.object?.id === other.object?.id && one.compensates === undefined;
}

export interface Compensating {
  readonly project: Project;
  readonly store: Pick<Store, 'transaction'>;
  /** Whether sending twice is harmless, as for the retry rule. */
  readonly idempotent: boolean;
  readonly retry?: Partial<RetrySettings>;
}

/**
 * Sends; where that fails for good and the flow says what then, parks the delivery, lets its lane go on and puts what
 * makes it good: all in one transaction, so that none of it happens without the other.
 */
export async function compensating(
  work: Work,
  send: (work: Work) => Promise<Receipt>,
  { project, store, idempotent, retry }: Compensating,
): Promise<Receipt | 'acknowledged'> {
  const { claim, row, attempt } = work;
  if (!flowOf(project, row.payload as Parcel)?.onFailure) return send(work);
  let request: unknown;
  try {
    return await send({
      ...work,
      sending(what) {
        request = what;
        work.sending?.(what);
      },
    });
  } catch (thrown) {
    const failure: HubError = asHubError(thrown);
    if (failure.code === 'HUB_LEASE_LOST' || retryRule(idempotent, retry)(failure, attempt + 1) !== undefined)
      throw thrown;
    await store.transaction(async (tx) => {
      await tx.parkLane(claim, row, { error: failure, attempts: attempt + 1, request });
      // Nothing is to be made good: it is parked as any other.
      if ((await compensate(tx, project, { ...row, dest: claim.dest, key: claim.key })) === 0) throw thrown;
    });
    return 'acknowledged';
  }
}
