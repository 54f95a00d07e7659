import { HubError } from '../../model/errors';
import type { Asked, DeliveryEdit, OperatingDesk } from '../flow/operating';
import type { Repeat } from '../flow/repeat';
import type { Reprocess } from '../flow/reprocess';
import type { Edit } from '../flow/retake';
import type { JobState, Note } from '../storage/store';

type Of<More> = More & { readonly id: string } & Note;

/** What people who operate the hub do with messages, over GraphQL. */
export function operatingResolvers(operating: OperatingDesk) {
  return {
    Query: {
      delivery: (_: unknown, { id }: { id: string }) => operating.delivery(id),
      jobs: (_: unknown, filter: { state?: JobState; limit?: number }) => operating.jobs(filter),
      job: (_: unknown, { id }: { id: string }) => operating.job(id),
    },
    Mutation: {
      replayRecord: async (_: unknown, { id, ...how }: Of<Edit>) =>
        (await operating.replayRecord(id, how)).accepted.map((one) => one.id),
      discardRecord: (_: unknown, { id, ...note }: Of<object>) => done(operating.discardRecord(id, note)),
      replayDelivery: (_: unknown, { id, ...how }: Of<DeliveryEdit>) => operating.replayDelivery(id, how),
      discardDelivery: (_: unknown, { id, ...note }: Of<object>) => done(operating.discardDelivery(id, note)),
      reprocess: (_: unknown, { what, ...asked }: Asked & { what: Reprocess }) => {
        if (Object.keys(what).length === 0)
          throw new HubError('HUB_WRONG_USE', 'nothing says what is to be worked on again', { at: 'what' });
        return operating.reprocess(what, asked);
      },
      replay: (_: unknown, { what, ...asked }: Asked & { what: Repeat }) => operating.repeat(what, asked),
      stopJob: (_: unknown, { id, ...note }: Of<object>) => operating.stopJob(id, note),
    },
  };
}

async function done(work: Promise<void>): Promise<true> {
  await work;
  return true;
}
