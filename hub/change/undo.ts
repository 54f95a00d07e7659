import type { CanonicalObject } from '../../model/message';
import type { Change } from './change';
import { isUndecided, noted, overallState, withOrders } from './change';
import type { Command, CommandKind } from './commands';
import { commandKinds, isSettledHere, jobCommand } from './commands';
import { materialOf } from './diff-lines';
import type { OrderExecution } from './execution';
import { hasBegun, isDone, progressOf } from './execution';
import { released } from './hold-marks';
import type { OrderOnGround } from './impact';
import { jobAdded } from './more-pieces';
import { schedule } from './plan';
import type { Order, Parameter } from './shapes';
import { requestOf } from './shapes';

export interface UndoRequest {
  readonly by: string;
  readonly reason: string;
}

export interface Undoing {
  readonly change: Change;
  /** The whole set: what was not yet sent is dropped, what was done gets a command that takes it back. */
  readonly commands: Command[];
}

/**
 * Takes a change back, wholly or as far as it got: commands in reverse order, made from what stood there before. What
 * cannot be taken back stays in `change.undo.cannot` with its reason. Called again it adds what has become possible,
 * e.g. for a command whose answer was missing, and nothing twice.
 *
 * @param kinds what the project carries out.
 */
export function undo(
  change: Change,
  commands: readonly Command[],
  orders: readonly OrderOnGround[],
  request: UndoRequest,
  now: string,
  kinds: readonly CommandKind[] = commandKinds,
): Undoing {
  const grounds = new Map(orders.map((ground) => [ground.order.id, ground]));
  const forward = commands.filter((command) => command.undoes === undefined);
  const known = new Set(commands.map((command) => command.undoes));
  const cannot: Array<{ commandId: string; reason: string }> = [];
  const added: Command[] = [];
  for (const command of forward.toReversed()) {
    if (known.has(command.id)) continue;
    const back = takeBack(command, forward, grounds);
    if (typeof back === 'string') cannot.push({ commandId: command.id, reason: back });
    else if (back !== undefined && !kinds.includes(back.kind))
      cannot.push({ commandId: command.id, reason: `nobody carries out ${back.kind} here` });
    else if (back !== undefined) added.push(compensation(command, back, forward, added, commands));
  }
  const reason = 'taken back before it was sent';
  const next = commands.map((command) =>
    command.state === 'planned' && command.undoes === undefined
      ? { ...command, state: 'dropped' as const, problem: reason, settledAt: now }
      : command,
  );
  const { by, reason: why } = request;
  const undone: Change = { ...withoutQuestions(change, now), undo: { at: now, by, reason: why, cannot } };
  const set = [...next, ...added];
  return { change: { ...undone, state: overallState(undone, set) }, commands: set };
}

/** Nobody is asked any more about a change that is taken back. */
const withoutQuestions = (change: Change, now: string): Change =>
  withOrders(change, (order) => {
    if (!isUndecided(order)) return order;
    const { due: _due, until: _until, firstApproval: _first, ...rest } = order;
    return noted(
      { ...rest, standing: 'untouched' },
      'The change was taken back before this was decided.',
      now,
    );
  });

type Back = Pick<Command, 'kind' | 'message' | 'expectation'>;

/** The message that takes the command back; a text: why it cannot be; `undefined`: there is nothing to take back. */
function takeBack(
  command: Command,
  forward: readonly Command[],
  grounds: ReadonlyMap<string, OrderOnGround>,
): Back | string | undefined {
  if (command.state === 'sent') return 'its answer is still missing';
  if (command.state !== 'acknowledged') return undefined;
  const { kind, orderId, segmentId } = command;
  const ground = orderId === undefined ? undefined : grounds.get(orderId);
  const isOver = (next: Command['kind']) =>
    forward.some(
      (one) =>
        one.kind === next &&
        one.dependsOn.includes(command.id) &&
        (one.state === 'acknowledged' || one.state === 'sent'),
    );
  switch (kind) {
    case 'order-hold':
      if (isOver('order-release') || ground === undefined) return undefined;
      return back('order-release', schedule(released(ground.order)), `The MES lets order ${orderId} go on.`);
    case 'job-hold':
      if (isOver('job-resume')) return undefined;
      return back(
        'job-resume',
        jobCommand(orderId!, segmentId!, 'Resume'),
        `Job ${orderId}-${segmentId} goes on.`,
      );
    case 'order-release':
    case 'job-resume':
      return undefined;
    case 'order-change':
    case 'component-list':
      return ground === undefined ? 'its order is not known any more' : orderBack(command, ground);
    case 'job-update':
      if (begun(ground?.execution, segmentId)) return 'the job has begun in its new form';
      return previous(command, command.before);
    case 'tooling-request':
      return withdrawal(command);
    case 'tooling-cancel':
    case 'job-cancel':
      return undefined;
    case 'job-add':
      return isSettledHere(command) ? undefined : jobBack(command, ground?.execution);
    case 'parameter-write':
    case 'program-write':
      return previous(command, readBefore(command) ?? command.before);
    case 'replan':
      return back('replan', command.message, command.expectation);
  }
}

function jobBack(command: Command, execution: OrderExecution | undefined): Back | string {
  const { orderId, segmentId } = command;
  const job = jobAdded(command);
  const now = execution?.segments[segmentId!];
  if (now?.job === job || now === undefined || isDone(now.state)) return 'the job has begun';
  return back(
    'job-cancel',
    jobCommand(orderId!, job, 'Cancel'),
    `Job ${orderId}-${job} is withdrawn: nothing of it has been made.`,
  );
}

/** A request is withdrawn by the number that it was given by who took it. */
function withdrawal({ counterpartId: id, message, expectation }: Command): Back | string {
  if (id === undefined) return 'its number is not known';
  const [request] = message.item.operationsRequest as [object];
  const operationsRequest = [{ ...request, id, requestState: 'Cancelled' }];
  const item = { ...message.item, id, scheduleState: 'Cancelled', operationsRequest };
  const { noun } = message;
  return back('tooling-cancel', { verb: 'Cancel', noun, item }, `Request ${id} is withdrawn: ${expectation}`);
}

const back = (
  kind: Command['kind'],
  message: Omit<Command['message'], 'item'> & { item: object },
  expectation: string,
): Back => ({ kind, message: { ...message, item: message.item as CanonicalObject }, expectation });

function previous(command: Command, item: CanonicalObject | undefined): Back | string {
  if (item === undefined) return 'what stood there before is not known';
  return back(command.kind, { ...command.message, item }, `${command.expectation} (as before)`);
}

/**
 * What the machine held before it was written, where its receipt tells: `{PressForce: {before: 12.5}}`. Else the old
 * values of the definition count.
 */
function readBefore(command: Command): CanonicalObject | undefined {
  const properties = command.message.item.equipmentProperty as Parameter[] | undefined;
  const told = command.receipt as Record<string, { before?: unknown }> | null | undefined;
  if (properties === undefined || typeof told !== 'object' || told === null) return undefined;
  const before = properties.map(({ id, value }) => {
    const valueString = told[id]?.before;
    const known =
      typeof valueString === 'string' || typeof valueString === 'number' || typeof valueString === 'boolean';
    return known ? { id, value: [{ ...value?.[0], valueString: String(valueString) }] } : undefined;
  });
  if (before.includes(undefined)) return undefined;
  return { ...command.message.item, equipmentProperty: before };
}

const begun = (execution: OrderExecution | undefined, segmentId: string | undefined): boolean => {
  const state = segmentId === undefined ? undefined : execution?.segments[segmentId]?.state;
  return state !== undefined && hasBegun(state);
};

function orderBack(command: Command, ground: OrderOnGround): Back | string {
  if (progressOf(ground.order, ground.execution) === 'done') return 'the order is done';
  if (command.before === undefined) return 'what stood there before is not known';
  const before = command.before as unknown as Order;
  const used = consumedSince(before, ground.execution);
  if (used.length > 0) return `already consumed: ${used.join(', ')}; a change back is needed instead`;
  return previous(command, schedule(released(before)).item as unknown as CanonicalObject);
}

/** Materials consumed that the order did not ask for before. */
function consumedSince(before: Order, execution: OrderExecution | undefined): string[] {
  const asked = new Set(
    requestOf(before).segmentRequirement.flatMap((segment) =>
      (segment.materialRequirement ?? []).map(materialOf),
    ),
  );
  const used = Object.values(execution?.segments ?? {}).flatMap((segment) => segment.consumed);
  return [...new Set(used.filter((one) => !asked.has(one.material)).map((one) => one.material))];
}

/** Goes after the taking back of everything that was built on the command. */
function compensation(
  command: Command,
  made: Back,
  forward: readonly Command[],
  added: readonly Command[],
  all: readonly Command[],
): Command {
  const builtOn = new Set(forward.filter((one) => one.dependsOn.includes(command.id)).map((one) => one.id));
  const dependsOn = [...all, ...added].filter((one) => one.undoes !== undefined && builtOn.has(one.undoes));
  const { changeId, orderId, segmentId, equipmentId } = command;
  return {
    id: `${command.id}/undo`,
    changeId,
    ...made,
    ...(orderId ? { orderId } : {}),
    ...(segmentId ? { segmentId } : {}),
    ...(equipmentId ? { equipmentId } : {}),
    dependsOn: dependsOn.map((one) => one.id),
    after: [],
    state: 'planned',
    undoes: command.id,
  };
}
