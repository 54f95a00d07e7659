import { DataType, type ExtensionObject, Variant } from 'node-opcua';
import { asHubError, HubError } from '../../model/errors';
import type { Receipt } from '../adapter';
import { callReceiver } from './calls';
import { hasBegun, type ReceiverMethod } from './job-control';
import { askResponse, findJob, type ListedJob, stateOf } from './job-list';
import {
  buildJobOrder,
  describeJobOrder,
  type JobOrder,
  type JobOrderStructure,
  readJobOrder,
  says,
} from './job-order';
import type { Machine } from './machine';

type Action = 'stored' | 'updated' | 'unchanged';

/**
 * Makes the machine hold exactly this job order: absent it is stored, different it is updated while that is possible,
 * equal it is left alone. `start` lets it begin. Then it is read back. Throws HUB_TOO_LATE for a begun job that differs.
 */
export async function sendJobOrder(machine: Machine, body: unknown): Promise<Receipt> {
  const order = readJobOrder(body);
  const structure = await buildJobOrder(machine, order);
  // Compared as built: a Float has lost the digits by then that it loses at the machine.
  const wanted = describeJobOrder(structure as unknown as JobOrderStructure);
  const job = { ...order, wanted, structure };
  const there = await findJob(machine, order.jobOrderID);
  const action = there ? await revise(machine, job, there) : await store(machine, job);
  const state = await confirm(machine, job);
  return { counterpartId: order.jobOrderID, answer: { action, state } };
}

interface Wanted extends JobOrder {
  readonly wanted: JobOrder;
  readonly structure: ExtensionObject;
}

async function store(machine: Machine, job: Wanted): Promise<Action> {
  // A job that ended may have left the list; storing it again would produce everything twice.
  const response = await askResponse(machine, job.jobOrderID);
  if (response && hasBegun(stateOf(response.jobState).state)) throw tooLate(job.jobOrderID, 'is done');
  const atOnce = job.start === true && machine.methods.has('StoreAndStart');
  await change(machine, atOnce ? 'StoreAndStart' : 'Store', job);
  return 'stored';
}

async function revise(machine: Machine, job: Wanted, there: ListedJob): Promise<Action> {
  if (says(there.order, job.wanted)) return 'unchanged';
  if (hasBegun(there.state)) {
    if (says(there.order, withoutPlan(job.wanted))) return 'unchanged';
    throw tooLate(job.jobOrderID, `is ${there.state}`);
  }
  await change(machine, 'Update', job);
  return 'updated';
}

/** When it was to be done no longer matters to a job that has begun, so a new plan is no change of it. */
const withoutPlan = ({ startTime: _, endTime: __, priority: ___, ...work }: JobOrder) => work;

const tooLate = (jobOrderID: string, how: string) =>
  new HubError('HUB_TOO_LATE', `job order ${jobOrderID} ${how} at the machine and takes no change`, {
    at: jobOrderID,
  });

/** Where no answer came the list decides: what it shows has happened. */
async function change(machine: Machine, method: ReceiverMethod, job: Wanted): Promise<void> {
  const argument = new Variant({ dataType: DataType.ExtensionObject, value: job.structure });
  try {
    await callReceiver(machine, method, argument);
  } catch (thrown) {
    const failure = asHubError(thrown);
    if (failure.kind !== 'ambiguous') throw failure;
    const there = await findJob(machine, job.jobOrderID).catch(() => undefined);
    if (!there || !says(there.order, job.wanted)) throw failure;
  }
}

/** Reads the job back, lets it begin where that is wanted, and says in which state it is. */
async function confirm(machine: Machine, job: Wanted): Promise<string> {
  let there = await readBack(machine, job);
  if (job.start === true && there.state === 'NotAllowedToStart') {
    await callReceiver(machine, 'Start', new Variant({ dataType: DataType.String, value: job.jobOrderID }));
    there = await readBack(machine, job);
  }
  return there.state;
}

async function readBack(machine: Machine, job: Wanted): Promise<ListedJob> {
  const there = await findJob(machine, job.jobOrderID).catch((thrown: unknown) => {
    throw new HubError('HUB_NO_ANSWER', `job order ${job.jobOrderID} could not be read back`, {
      cause: thrown,
    });
  });
  const wanted = there && hasBegun(there.state) ? withoutPlan(job.wanted) : job.wanted;
  if (there && says(there.order, wanted)) return there;
  throw new HubError('HUB_NOT_CONFIRMED', `job order ${job.jobOrderID} reads back differently`, {
    at: job.jobOrderID,
    value: there?.order,
  });
}
