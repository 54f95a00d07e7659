import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  AttributeIds,
  constructEventFilter,
  type DataValue,
  TimestampsToReturn,
  type Variant,
} from 'node-opcua';
import { asHubError } from '../../model/errors';
import type { Accept, NativeRecord, OpenOptions } from '../adapter';
import { hasBegun, stateNumbers } from './job-control';
import type { JobJournal, Snapshot } from './job-journal';
import {
  askResponse,
  type JobOrderAndState,
  type JobResponseStructure,
  readJobs,
  type StateStructure,
  stateOf,
} from './job-list';
import { describeParameter } from './job-order';
import type { Link } from './link';
import type { Machine } from './machine';

/** Something the machine said: an event of one job, or a new list of all. */
type News =
  | { readonly kind: 'event'; readonly time: Date; readonly response: JobResponseStructure }
  | { readonly kind: 'list'; readonly time: Date; readonly jobs: readonly JobOrderAndState[] };

const PUBLISHING_MS = 100;
const SERVER_OBJECT = 'i=2253';
const SUBSCRIBE_TO_EVENTS = 1;

/**
 * Reports every change of a job's state or data until the signal aborts. Events tell at once; the job list, monitored
 * beside them and read anew with every session, tells what events lost in a gap would have said.
 */
export async function receiveResponses(
  link: Link,
  journal: JobJournal,
  accept: Accept,
  signal: AbortSignal,
  log: OpenOptions['log'],
): Promise<void> {
  const report = async (snapshot: Snapshot) => {
    const record = await journal.next(snapshot);
    if (record) await offer(record);
  };
  const offer = async (record: NativeRecord) => {
    if (await untilTaken(record, accept, signal, log)) await journal.taken(record.key);
  };
  for (const record of journal.pending()) await offer(record);
  while (!signal.aborted) {
    const machine = await link.nextMachine(signal);
    if (!machine) return;
    try {
      await follow(machine, journal, report, AbortSignal.any([signal, machine.session.ended]));
    } catch (thrown) {
      if (signal.aborted) return;
      log(`job responses: ${asHubError(thrown).message}`);
      // Whatever broke the subscription, the next session reads everything again.
      machine.session.end('the job responses could not be followed');
    }
  }
}

/** Offers the record again and again until the hub has it; false when the signal came first. */
async function untilTaken(
  record: NativeRecord,
  accept: Accept,
  signal: AbortSignal,
  log: OpenOptions['log'],
) {
  for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, 5_000)) {
    try {
      await accept(record);
      return true;
    } catch (thrown) {
      log(`job response ${record.id} was not taken: ${asHubError(thrown).message}`);
      await wait(pause, undefined, { signal }).catch(() => {});
    }
  }
  return false;
}

type Report = (snapshot: Snapshot) => Promise<void>;

/** Follows one session to its end. */
async function follow(
  machine: Machine,
  journal: JobJournal,
  report: Report,
  end: AbortSignal,
): Promise<void> {
  const news: News[] = [];
  const arrived = new EventTarget();
  await subscribe(machine, (item) => {
    news.push(item);
    arrived.dispatchEvent(new Event('news'));
  });
  // After the subscription stands, so that nothing falls between the two.
  await reportAll(machine, await readJobs(machine), new Date(), report, () => true);
  while (!end.aborted) {
    if (news.length === 0) {
      await once(arrived, 'news', { signal: end }).catch(() => {});
      continue;
    }
    const batch = news.splice(0);
    for (const item of inOrder(batch)) {
      if (end.aborted) return;
      if (item.kind === 'event') await reportResponse(item.response, item.time, report);
      else
        await reportAll(machine, item.jobs, item.time, report, (id, state) => journal.stateOf(id) !== state);
    }
  }
}

/** Notifications may overtake one another. Events come before lists: they say more. */
const inOrder = (batch: readonly News[]): News[] =>
  [...batch].sort((a, b) => a.kind.localeCompare(b.kind) || a.time.getTime() - b.time.getTime());

async function reportAll(
  machine: Machine,
  jobs: readonly JobOrderAndState[],
  time: Date,
  report: Report,
  isNews: (jobOrderID: string, state: string) => boolean,
): Promise<void> {
  for (const { jobOrder, state: states } of jobs) {
    const { state } = stateOf(states);
    if (!hasBegun(state) || !isNews(jobOrder.jobOrderID, state)) continue;
    const response = (await askResponse(machine, jobOrder.jobOrderID)) ?? {
      jobOrderID: jobOrder.jobOrderID,
      jobState: states,
    };
    await reportResponse(response, time, report);
  }
}

/** A job that has not begun has no response yet. */
async function reportResponse(response: JobResponseStructure, time: Date, report: Report): Promise<void> {
  const { state, subState } = stateOf(response.jobState);
  if (!response.jobOrderID || !hasBegun(state)) return;
  const snapshot = {
    jobOrderID: response.jobOrderID,
    jobResponseID: response.jobResponseID || response.jobOrderID,
    state,
    subState,
    stateNumber: stateNumbers[state],
    startTime: response.startTime?.toISOString(),
    endTime: response.endTime?.toISOString(),
    data: (response.jobResponseData ?? []).map(describeParameter),
    time: time.toISOString(),
  };
  await report(JSON.parse(JSON.stringify(snapshot)) as Snapshot);
}

async function subscribe(machine: Machine, tell: (news: News) => void): Promise<void> {
  const { client, end } = machine.session;
  const subscription = await client.createSubscription2({
    requestedPublishingInterval: PUBLISHING_MS,
    requestedLifetimeCount: 600,
    requestedMaxKeepAliveCount: 50,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  subscription.on('terminated', () => end('the machine ended the subscription'));
  subscription.on('internal_error', (error) => end(`the subscription failed: ${error.message}`));
  const events = await subscription.monitor(
    { nodeId: await notifier(machine), attributeId: AttributeIds.EventNotifier },
    { samplingInterval: 0, queueSize: 1000, discardOldest: true, filter: eventFilter(machine.jobControl) },
    TimestampsToReturn.Both,
  );
  events.on('changed', (fields: unknown) => {
    const news = eventNews(fields as Variant[]);
    if (news) tell(news);
  });
  const list = await subscription.monitor(
    { nodeId: machine.jobOrderList, attributeId: AttributeIds.Value },
    { samplingInterval: PUBLISHING_MS, queueSize: 1, discardOldest: true },
    TimestampsToReturn.Both,
  );
  list.on('changed', (value: DataValue) => {
    if (!value.statusCode.isGood()) return;
    const jobs = (value.value.value as JobOrderAndState[] | null) ?? [];
    tell({ kind: 'list', time: value.sourceTimestamp ?? new Date(), jobs });
  });
}

/** The receiver itself where it raises events, else the server, which raises those of all. */
async function notifier({ session, receiver }: Machine): Promise<string> {
  const answer = await session.client.read({ nodeId: receiver, attributeId: AttributeIds.EventNotifier });
  return Number(answer.value?.value ?? 0) & SUBSCRIBE_TO_EVENTS ? receiver.toString() : SERVER_OBJECT;
}

const eventFilter = (jobControl: number) =>
  constructEventFilter([
    'Time',
    `${jobControl}:JobOrder`,
    `${jobControl}:JobState`,
    `${jobControl}:JobResponse`,
  ]);

/** Events of other kinds have none of these fields. */
function eventNews([time, order, states, response]: readonly Variant[]): News | undefined {
  const said = (response?.value ?? {}) as JobResponseStructure;
  const jobOrderID = said.jobOrderID || (order?.value as { jobOrderID?: string } | null)?.jobOrderID;
  if (!jobOrderID) return undefined;
  const jobState = said.jobState?.length ? said.jobState : ((states?.value ?? []) as StateStructure[]);
  return {
    kind: 'event',
    time: (time?.value as Date | null) ?? new Date(),
    response: { ...pick(said), jobOrderID, jobState },
  };
}

/** The stack's structures are not plain objects: a spread of them would miss what sits behind accessors. */
const pick = ({ jobResponseID, startTime, endTime, jobResponseData }: JobResponseStructure) => ({
  jobResponseID,
  startTime,
  endTime,
  jobResponseData,
});
