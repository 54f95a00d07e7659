import type { HubClient } from '../client';
import type { Parcel } from '../flow/route';
import type { Delivery, StoredMessage, StoredRecord } from '../storage/store';
import type { DeliveryLine } from './telling';

interface Line extends DeliveryLine {
  /** Whether it carried out a command of a change to the MES or the machine. */
  readonly change: boolean;
}

/** Every delivery of the hub with its acknowledgement and its end-to-end time, oldest first. */
export async function reportDeliveries(hub: HubClient): Promise<Line[]> {
  const deliveries = await all<Delivery>(hub, 'deliveries');
  const messages = new Map(
    (await all<StoredMessage>(hub, 'messages')).map((message) => [message.id, message]),
  );
  const records = new Map((await all<StoredRecord>(hub, 'records')).map((record) => [record.id, record]));
  return deliveries
    .filter(({ state }) => state === 'delivered')
    .reverse()
    .map((delivery) => {
      const parcel = delivery.payload as Parcel;
      const recordId = messages.get(delivery.messageId ?? '')?.recordId;
      // What a supervisor's decision caused has no record before it: it begins when it is given.
      const began = records.get(recordId ?? '')?.receivedAt ?? delivery.at;
      return {
        what: whatOf(delivery, parcel),
        to: delivery.dest,
        key: delivery.key.replace(/^order\//, ''),
        acknowledgedAt: delivery.finishedAt!,
        answer: answerOf(delivery),
        endToEndMs: Date.parse(delivery.finishedAt!) - Date.parse(began),
        change: parcel.command !== undefined && (delivery.dest === 'mes' || delivery.dest === 'press'),
      };
    });
}

function whatOf(delivery: Delivery, parcel: Parcel): string {
  const first = [delivery.request].flat()[0] as { type?: string } | undefined;
  return first?.type === undefined || first.type === 'B2MML' ? `${parcel.verb}${parcel.noun}` : first.type;
}

function answerOf({ counterpartId, answer }: Delivery): string {
  if (counterpartId !== undefined) return counterpartId;
  if (answer === undefined || answer === null) return 'taken';
  return typeof answer === 'string' ? answer : JSON.stringify(answer);
}

async function all<T extends { id: string }>(
  hub: HubClient,
  what: 'deliveries' | 'messages' | 'records',
): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const before = found.at(-1)?.id;
    const page = (
      await hub.get<Record<string, T[]>>(
        `/${what}?limit=500${before === undefined ? '' : `&before=${before}`}`,
      )
    )[what]!;
    found.push(...page);
    if (page.length < 500) return found;
  }
}
