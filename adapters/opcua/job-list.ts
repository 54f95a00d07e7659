import { DataType, Variant } from 'node-opcua';
import { type JobState, stateName, stateNumbers, subStateName } from './job-control';
import {
  describeJobOrder,
  type JobOrder,
  type JobOrderStructure,
  type ParameterStructure,
} from './job-order';
import { type Machine, reading, readValue } from './machine';
import { bitsOf } from './values';

export interface StateStructure {
  readonly stateNumber: number;
}

export interface JobOrderAndState {
  readonly jobOrder: JobOrderStructure;
  readonly state?: readonly StateStructure[] | null;
}

/** An ISA95JobResponseDataType, as far as records speak of it. */
export interface JobResponseStructure {
  readonly jobResponseID?: string | null;
  readonly jobOrderID?: string | null;
  readonly startTime?: Date | null;
  readonly endTime?: Date | null;
  readonly jobState?: readonly StateStructure[] | null;
  readonly jobResponseData?: readonly ParameterStructure[] | null;
}

/** A job as the machine lists it. */
export interface ListedJob {
  readonly order: JobOrder;
  readonly state: JobState;
}

/** The outer state comes first, then what is inside it. A state outside the standard counts as begun: nothing may be changed then. */
export function stateOf(states: readonly StateStructure[] | null | undefined): {
  state: JobState;
  subState?: string;
} {
  const number = states?.[0]?.stateNumber ?? stateNumbers.NotAllowedToStart;
  const state = stateName(number) ?? 'Running';
  const subState = subStateName(state, states?.[1]?.stateNumber);
  return subState === undefined ? { state } : { state, subState };
}

export async function readJobs(machine: Machine): Promise<JobOrderAndState[]> {
  const { value } = await readValue(machine, machine.jobOrderList);
  return (value.value as JobOrderAndState[] | null) ?? [];
}

/** The job of that id as listed now. Throws HUB_UNREACHABLE. */
export async function findJob(machine: Machine, jobOrderID: string): Promise<ListedJob | undefined> {
  const found = (await readJobs(machine)).find(({ jobOrder }) => jobOrder.jobOrderID === jobOrderID);
  return found && { order: describeJobOrder(found.jobOrder), state: stateOf(found.state).state };
}

/** What the machine says became of the job; undefined when it knows nothing or cannot be asked. Throws HUB_UNREACHABLE. */
export async function askResponse(
  machine: Machine,
  jobOrderID: string,
): Promise<JobResponseStructure | undefined> {
  if (!machine.responses) return undefined;
  const inputArguments = [new Variant({ dataType: DataType.String, value: jobOrderID })];
  const { outputArguments } = await reading(
    machine,
    machine.session.client.call({ ...machine.responses, inputArguments }),
  );
  const [response, status] = outputArguments ?? [];
  if (!response?.value || !status?.value || (bitsOf(status.value) & 1n) === 0n) return undefined;
  return response.value as JobResponseStructure;
}
