import type { CanonicalObject, Verb } from '../../model/message';
import { operationOf } from './job-ids';
import type { Parameter } from './shapes';

export const commandKinds = [
  'order-hold',
  'order-release',
  'order-change',
  'job-hold',
  'job-resume',
  'job-update',
  'job-add',
  'job-cancel',
  'parameter-write',
  'program-write',
  'component-list',
  'replan',
  'tooling-request',
  'tooling-cancel',
] as const;

export type CommandKind = (typeof commandKinds)[number];

/**
 * `planned` waits for what it depends on, `sent` for its answer. `acknowledged`, `failed`, `refused` (too late) and
 * `dropped` (never sent: its order or a predecessor came to nothing) are settled.
 */
export type CommandState = 'planned' | 'sent' | 'acknowledged' | 'failed' | 'refused' | 'dropped';

/** One order given to one kind of system, part of the one set of its change. */
export interface Command {
  /** The same plan gives the same id, so that planning twice sends once. */
  readonly id: string;
  readonly changeId: string;
  readonly kind: CommandKind;
  readonly orderId?: string;
  readonly segmentId?: string;
  readonly equipmentId?: string;
  /** Commands that must be acknowledged before. */
  readonly dependsOn: readonly string[];
  /** Operations of other orders that must be done before: they still run with the old values. */
  readonly after: ReadonlyArray<{ readonly orderId: string; readonly segmentId: string }>;
  /** Jobs that ran on the machine when a value for it was planned; one more makes that plan stale. */
  readonly alongside?: readonly string[];
  readonly message: { readonly verb: Verb; readonly noun: string; readonly item: CanonicalObject };
  /** What counts as done, for people. */
  readonly expectation: string;
  readonly state: CommandState;
  readonly sentAt?: string;
  readonly settledAt?: string;
  /** What the counterpart answered. */
  readonly receipt?: unknown;
  /** What the counterpart calls what it made of it, e.g. the number of a work order. */
  readonly counterpartId?: string;
  /** Why it failed, was refused or dropped. */
  readonly problem?: string;
  /** The failed command because of which this one was dropped. */
  readonly because?: string;
  /** What stood there before, where it is known: undo is made from it. */
  readonly before?: CanonicalObject;
  /** Brings an order back into its old form within the change, after a second thought. */
  readonly restores?: true;
  /** The command that this one takes back. */
  readonly undoes?: string;
}

/** Whether it sets something at a machine that holds for every job there. */
export const isWrite = ({ kind }: Pick<Command, 'kind'>): boolean =>
  kind === 'parameter-write' || kind === 'program-write';

/** The commands of each order, in their order; under `''` those of no single order. */
export function byOrder(commands: readonly Command[]): Map<string, Command[]> {
  const groups = new Map<string, Command[]>();
  for (const command of commands) {
    const own = groups.get(command.orderId ?? '');
    if (own === undefined) groups.set(command.orderId ?? '', [command]);
    else own.push(command);
  }
  return groups;
}

export const isOpen = (command: Command): boolean => command.state === 'planned' || command.state === 'sent';

/** Whether it was settled by the hub alone: whom it was for had not been given the order, so nothing was sent. */
export const isSettledHere = ({ receipt }: Pick<Command, 'receipt'>): boolean =>
  typeof receipt === 'object' && receipt !== null && 'here' in receipt;

/**
 * A machine or MES that has gone too far for such a command puts the question back to the supervisor. What brings an
 * order back has been decided already: refused, it has failed and stays owed.
 */
export const asksAgain = (command: Command): boolean =>
  command.orderId !== undefined &&
  command.undoes === undefined &&
  command.restores === undefined &&
  ['order-hold', 'order-change', 'job-hold', 'job-update'].includes(command.kind);

/**
 * Drops, as often as needed, what waits for a command that came to nothing. Each names the root in `because`, so that
 * it comes back when that one is made good.
 */
export function dropDependents(commands: readonly Command[], now?: string): Command[] {
  const roots = new Map<string, string>();
  for (const { id, state, because } of commands) {
    if (state === 'failed' || state === 'refused') roots.set(id, id);
    else if (state === 'dropped' && because !== undefined) roots.set(id, because);
  }
  let next = [...commands];
  for (let more = true; more; ) {
    more = false;
    next = next.map((command) => {
      const because = command.dependsOn.map((id) => roots.get(id)).find((root) => root !== undefined);
      if (command.state !== 'planned' || because === undefined) return command;
      roots.set(command.id, because);
      more = true;
      const problem = `${because} came to nothing`;
      return { ...command, state: 'dropped' as const, because, problem, ...(now ? { settledAt: now } : {}) };
    });
  }
  return next;
}

/** What the project can carry out: the kinds that a flow takes somewhere, and the equipment that takes jobs and values. */
export interface Capabilities {
  readonly kinds: readonly CommandKind[];
  readonly machines: readonly string[];
}

export const jobOrderId = (orderId: string, segmentId: string): string => `${orderId}-${segmentId}`;

/** Verb, noun and item of a command to the job of one operation. */
export function jobCommand(orderId: string, job: string, command: 'Pause' | 'Resume' | 'Cancel') {
  const id = jobOrderId(orderId, job);
  // ISA-95 does not list that a job is withdrawn.
  const named = command === 'Cancel' ? { command: 'Other', _command: { otherValue: command } } : { command };
  const jobOrder = [{ id, ...named, segmentRequirementId: [operationOf(job)] }];
  return {
    verb: 'Change' as const,
    noun: 'WorkSchedule',
    item: { id, workRequest: [{ id: orderId, jobOrder }] },
  };
}

/** Verb, noun and item that write values into a machine. */
export function parameterWrite(equipmentId: string, parameters: readonly Parameter[]) {
  return {
    verb: 'Change' as const,
    noun: 'Equipment',
    item: { id: equipmentId, equipmentProperty: parameters.map(({ id, value }) => ({ id, value })) },
  };
}

/**
 * Commands that may be sent now: planned, all they depend on acknowledged, and the operations they wait for done.
 * `isDone` answers for the shop floor; absent, nothing is done. `elsewhere`: acknowledged commands that are not given.
 */
export function ready(
  commands: readonly Command[],
  isDone: (orderId: string, segmentId: string) => boolean = () => false,
  elsewhere: Iterable<string> = [],
): Command[] {
  const acknowledged = new Set(elsewhere);
  for (const { id, state } of commands) if (state === 'acknowledged') acknowledged.add(id);
  return commands.filter(
    (command) =>
      command.state === 'planned' &&
      command.dependsOn.every((id) => acknowledged.has(id)) &&
      command.after.every((operation) => isDone(operation.orderId, operation.segmentId)),
  );
}

/** Notes that commands have been handed to delivery. */
export const markSent = (commands: readonly Command[], ids: ReadonlySet<string>, now: string): Command[] =>
  commands.map((command) =>
    ids.has(command.id) && command.state === 'planned' ? { ...command, state: 'sent', sentAt: now } : command,
  );

/** Sent commands that nobody has answered for so long. */
export const overdue = (commands: readonly Command[], now: string, withinMs: number): Command[] =>
  commands.filter(
    (command) =>
      command.state === 'sent' &&
      command.sentAt !== undefined &&
      Date.parse(now) - Date.parse(command.sentAt) > withinMs,
  );
