/** The words of ISA-95 Job Control V2 (OPC 10031-4, companion specification 2.0.0). */

export const jobControlNamespace = 'http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/';

/** Numeric node ids in that namespace. */
export const typeIds = {
  receiver: 1002,
  responseProvider: 1003,
  parameter: 3003,
  equipment: 3005,
  workMaster: 3007,
  jobOrder: 3008,
  material: 3010,
  physicalAsset: 3012,
} as const;

/** The methods of a receiver. Every one is optional: a machine has some of them. */
export const receiverMethods = [
  'Store',
  'StoreAndStart',
  'Update',
  'Start',
  'RevokeStart',
  'Pause',
  'Resume',
  'Stop',
  'Abort',
  'Cancel',
  'Clear',
] as const;
export type ReceiverMethod = (typeof receiverMethods)[number];

/** State numbers of a job; a change of its order is possible in the first two. */
export const stateNumbers = {
  NotAllowedToStart: 1,
  AllowedToStart: 2,
  Running: 3,
  Interrupted: 4,
  Ended: 5,
  Aborted: 6,
} as const;
export type JobState = keyof typeof stateNumbers;

const subStates: Partial<Record<JobState, Readonly<Record<number, string>>>> = {
  NotAllowedToStart: { 1: 'Waiting', 2: 'Ready', 3: 'Loaded' },
  AllowedToStart: { 1: 'Waiting', 2: 'Ready', 3: 'Loaded' },
  Interrupted: { 1: 'Held', 2: 'Suspended' },
  Ended: { 1: 'Completed', 2: 'Closed' },
};

/** By number, not by text: the text is in the machine's language. */
export function stateName(number: number): JobState | undefined {
  return (Object.keys(stateNumbers) as JobState[]).find((name) => stateNumbers[name] === number);
}

export function subStateName(state: JobState, number: number | undefined): string | undefined {
  return number === undefined ? undefined : subStates[state]?.[number];
}

export function subStateNumber(state: JobState, name: string): number | undefined {
  const found = Object.entries(subStates[state] ?? {}).find(([, text]) => text === name);
  return found && Number(found[0]);
}

export const hasBegun = (state: JobState): boolean => stateNumbers[state] >= stateNumbers.Running;
export const hasFinished = (state: JobState): boolean => state === 'Ended' || state === 'Aborted';

/** Bits of a method's ReturnStatus (annex B.2). Success is bit 0, so 1, not 0. */
export const returnBits = {
  noError: 1n,
  unknownJobOrder: 1n << 1n,
  invalidJobOrderStatus: 1n << 3n,
  unableToAccept: 1n << 4n,
  invalidRequest: 1n << 32n,
} as const;
