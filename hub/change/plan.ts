import type { CanonicalObject, Verb } from '../../model/message';
import type { Change, ChangeOrder } from './change';
import type { Capabilities, Command, CommandKind } from './commands';
import type { Diff } from './diff-items';
import { hasBegun, isDone } from './execution';
import type { OrderOnGround } from './impact';
import { definedAs } from './segments';
import type { Order, SegmentRequirement } from './shapes';
import { requestOf, revisionOf } from './shapes';

/** A set of commands while it is being planned. */
export interface Plan {
  readonly change: Change;
  readonly grounds: ReadonlyMap<string, OrderOnGround>;
  readonly capabilities: Capabilities;
  /** What the set holds already and what has been added to it. */
  readonly commands: Command[];
  readonly added: Command[];
  /** The same by order, see `byOrder`: a change may hit thousands. */
  readonly groups: Map<string, Command[]>;
}

export const commandsOf = ({ groups }: Pick<Plan, 'groups'>, orderId = ''): readonly Command[] =>
  groups.get(orderId) ?? [];

export interface Wanted {
  readonly kind: CommandKind;
  /** What the command is for: order, job or equipment. */
  readonly key: string;
  readonly round: number;
  readonly orderId?: string;
  readonly segmentId?: string;
  readonly equipmentId?: string;
  readonly dependsOn?: ReadonlyArray<string | undefined>;
  readonly after?: Command['after'];
  readonly alongside?: readonly string[];
  readonly restores?: true;
  readonly message: { readonly verb: Verb; readonly noun: string; readonly item: object };
  readonly before?: object;
  readonly expectation: string;
}

/**
 * Adds a command and gives its id; the id of the one already planned, where there is one; `undefined` where the
 * project carries out no such kind. A dropped command is planned anew under an id of its own.
 */
export function add(plan: Plan, wanted: Wanted): string | undefined {
  if (!plan.capabilities.kinds.includes(wanted.kind)) return undefined;
  const { kind, key, round, dependsOn = [], after = [], message, before, ...rest } = wanted;
  const base = `${plan.change.id}/${kind}/${key}/${round}`;
  const earlier = commandsOf(plan, wanted.orderId).filter(
    (command) => command.id === base || command.id.startsWith(`${base}+`),
  );
  // A command dropped because a predecessor failed stays owed: it comes back when that one is made good.
  const standing = earlier.find((command) => command.state !== 'dropped' || command.because !== undefined);
  if (standing !== undefined) return standing.id;
  const command: Command = {
    id: earlier.length === 0 ? base : `${base}+${earlier.length}`,
    changeId: plan.change.id,
    kind,
    ...rest,
    dependsOn: [...new Set(dependsOn.filter((id): id is string => id !== undefined))],
    after,
    message: { ...message, item: message.item as CanonicalObject },
    ...(before ? { before: before as CanonicalObject } : {}),
    state: 'planned',
  };
  plan.commands.push(command);
  plan.added.push(command);
  const own = plan.groups.get(command.orderId ?? '');
  if (own === undefined) plan.groups.set(command.orderId ?? '', [command]);
  else own.push(command);
  return command.id;
}

/** The hold of an order, or of the job of one of its operations, that is in force or under way. */
export function holdOf(plan: Plan, orderId: string, segmentId?: string): string | undefined {
  const [hold, release] = segmentId === undefined ? orderPair : jobPair;
  let held: string | undefined;
  for (const command of commandsOf(plan, orderId)) {
    if (command.segmentId !== segmentId || command.undoes !== undefined) continue;
    if (command.state === 'dropped' || command.state === 'refused') continue;
    if (command.kind === hold) held = command.id;
    if (command.kind === release) held = undefined;
  }
  return held;
}

const orderPair = ['order-hold', 'order-release'] as const;
const jobPair = ['job-hold', 'job-resume'] as const;

/** An operation of an order that the change hits, with where it runs and how far it is. */
export interface HitOperation {
  readonly segment: SegmentRequirement;
  /** Id in the definition. */
  readonly defined: string;
  readonly machines: readonly string[];
  /** Its job at the machine: the one that runs, where it has several. */
  readonly job: string;
  readonly running: boolean;
  /** It has begun, but no job of it runs at the machine just now. */
  readonly idle: boolean;
  readonly done: boolean;
}

export function operationsOn(
  { capabilities }: Pick<Plan, 'capabilities'>,
  ground: OrderOnGround,
): HitOperation[] {
  return requestOf(ground.order).segmentRequirement.map((segment) => {
    const { state, job, idle = false } = ground.execution?.segments[segment.id] ?? {};
    const done = state !== undefined && isDone(state);
    const equipment = (segment.equipmentRequirement ?? []).flatMap((line) => line.equipmentId ?? [line.id]);
    return {
      segment,
      defined: definedAs(segment),
      job: job ?? segment.id,
      machines: equipment.filter((id) => capabilities.machines.includes(id)),
      running: state !== undefined && hasBegun(state) && !done,
      idle,
      done,
    };
  });
}

/** What hits the order as a whole, such as another quantity, hits each of its operations. */
export function hitOperations(plan: Plan, order: ChangeOrder, ground: OrderOnGround): HitOperation[] {
  const hit = new Set(order.impact.operations.map((operation) => operation.id));
  return operationsOn(plan, ground).filter((operation) => hit.has('') || hit.has(operation.defined));
}

export const schedule = (item: Order) => ({ verb: 'Change' as const, noun: 'OperationsSchedule', item });

/**
 * The order that the change starts from: as it stands, or, once the change itself has been carried to it, as it stood
 * before. A second round has to work out the same change, not one on top of it.
 */
export function baseOf(diff: Diff, commands: readonly Command[], order: Order): Order {
  if (diff.of === 'definition' && revisionOf(order) !== diff.after) return order;
  const first = commands.find(
    (command) =>
      command.kind === 'order-change' &&
      command.orderId === order.id &&
      command.undoes === undefined &&
      (command.state === 'acknowledged' || command.state === 'sent'),
  );
  return first?.before === undefined ? order : (first.before as unknown as Order);
}

/** What was planned for an order that takes the change. */
export interface Planned {
  /** The difference that holds for it. */
  readonly diff: Diff;
  /** The order that the change starts from. */
  readonly before: Order;
  readonly after: Order;
  readonly orderChange: string | undefined;
  readonly operations: readonly HitOperation[];
}
