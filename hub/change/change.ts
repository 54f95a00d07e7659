import { DateTime, Duration } from 'luxon';
import type { Scope } from './apply-to-order';
import type { Command } from './commands';
import { asksAgain } from './commands';
import type { Differences } from './diff-items';
import type { Effectivity } from './effectivity';
import type { OrderImpact } from './impact';
import type { Deadline, HoldRule, Rules } from './rules';
import type { SegmentRequirement } from './shapes';

/**
 * How an order stands in a change. `untouched` and `refused` are not changed, `by-policy` is changed without asking,
 * `waiting` and `deferred` are open, the others are decided.
 */
export type Standing =
  | 'untouched'
  | 'refused'
  | 'by-policy'
  | 'waiting'
  | 'deferred'
  | 'approved'
  | 'extended'
  | 'rejected';

/** Until when a decision is put off: an operation is done, a moment has come, or never for this order. */
export type Until = { readonly operation: string } | { readonly time: string } | { readonly nextOrder: true };

/** What a supervisor adds to a change on an order. */
export interface Additions {
  /** Operations such as rework, each after the operation it follows; absent: at the end. */
  readonly operations?: ReadonlyArray<{ readonly segment: SegmentRequirement; readonly follows?: string }>;
  readonly resources?: ReadonlyArray<{ readonly segmentId: string; readonly equipmentId: string }>;
  /** Another material or lot for a component line. */
  readonly supply?: ReadonlyArray<{
    readonly segmentId: string;
    readonly lineId: string;
    readonly material?: string;
    readonly lot?: string;
  }>;
  readonly instructions?: ReadonlyArray<{ readonly segmentId: string; readonly text: string }>;
}

/** Who decided what, when and why. */
export interface Decision {
  readonly action: 'approve' | 'defer' | 'reject' | 'extend';
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  readonly scope?: Scope;
  readonly until?: Until;
  readonly additions?: Additions;
}

export interface ChangeOrder {
  readonly id: string;
  readonly impact: OrderImpact;
  readonly standing: Standing;
  /** Counts how often the order has been asked about; a new round makes new commands. */
  readonly round: number;
  readonly scope: Scope;
  readonly additions?: Additions;
  readonly until?: Until;
  readonly needsTwo: boolean;
  /** First of two approvals, while the second is missing. */
  readonly firstApproval?: Decision;
  readonly decisions: readonly Decision[];
  /** How it is held while it waits, where the rules say so. */
  readonly holds?: HoldRule;
  /** How long deciding may take, where the rules say so. */
  readonly patience?: Deadline;
  readonly due?: { readonly at: string; readonly alertAt: string; readonly alerted: boolean };
  /** Value of the change's `ground` when this order last moved. */
  readonly movedAt: number;
  /** What happened to it, for people, oldest first. */
  readonly notes: ReadonlyArray<{ readonly at: string; readonly text: string }>;
  /** The later change that has taken the order over: this one asks no more about it. */
  readonly supersededBy?: string;
}

export type ChangeState = 'planned' | 'going out' | 'in force' | 'partly in force' | 'failed' | 'undone';

/** Who took the change back, and what of it cannot be. */
export interface Undo {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  readonly cannot: ReadonlyArray<{ readonly commandId: string; readonly reason: string }>;
}

/** A change taken into execution: one difference, all the orders it hits, one set of commands. */
export interface Change extends Differences {
  readonly id: string;
  /** The document that caused it, e.g. a change notice. */
  readonly reference: string;
  readonly effectivity?: Effectivity;
  readonly rulesVersion: string;
  readonly openedAt: string;
  readonly orders: readonly ChangeOrder[];
  readonly state: ChangeState;
  /** Counts the times that the ground under a decision moved; a decision may name the count it was made on. */
  readonly ground: number;
  readonly undo?: Undo;
}

export interface ChangeRequest extends Differences {
  readonly id: string;
  readonly reference: string;
  readonly impacts: readonly OrderImpact[];
  readonly rules: Rules;
  readonly effectivity?: Effectivity;
  readonly now: string;
}

/** A change as it begins: what the policy settles is settled, the rest waits for the supervisor. */
export function openChange(request: ChangeRequest): Change {
  const { id, reference, diff, diffsFrom, impacts, rules, effectivity, now } = request;
  const change: Change = {
    id,
    reference,
    diff,
    ...(diffsFrom ? { diffsFrom } : {}),
    ...(effectivity ? { effectivity } : {}),
    rulesVersion: rules.version,
    openedAt: now,
    orders: impacts.map((impact) => openOrder(impact, rules, now, 0)),
    state: 'planned',
    ground: 0,
  };
  return { ...change, state: overallState(change, []) };
}

const standings = {
  none: 'untouched',
  apply: 'by-policy',
  ask: 'waiting',
  'hold+ask': 'waiting',
  refuse: 'refused',
} as const;

/** An order as its impact puts it into the change. */
export function openOrder(impact: OrderImpact, rules: Rules, now: string, ground: number): ChangeOrder {
  const patience = rules.deadlines[impact.severity];
  const holds = rules.holds[impact.severity];
  const order: ChangeOrder = {
    id: impact.id,
    impact,
    standing: standings[impact.action],
    round: 1,
    scope: 'remaining',
    needsTwo: rules.fourEyes.includes(impact.severity),
    decisions: [],
    ...(holds ? { holds } : {}),
    ...(patience ? { patience } : {}),
    movedAt: ground,
    notes: [],
  };
  return order.standing === 'waiting' ? askFrom(order, now) : order;
}

/** The order waiting for a decision, its deadline counted from now. */
export function askFrom(order: ChangeOrder, now: string): ChangeOrder {
  const { patience, until: _until, firstApproval: _first, due: _due, ...rest } = order;
  const waiting: ChangeOrder = { ...rest, standing: 'waiting', ...(patience ? { patience } : {}) };
  if (patience === undefined) return waiting;
  const at = DateTime.fromISO(now, { zone: 'utc' }).plus(Duration.fromISO(patience.within));
  const alertAt = at.minus(Duration.fromISO(patience.alertBefore));
  return { ...waiting, due: { at: at.toISO() ?? now, alertAt: alertAt.toISO() ?? now, alerted: false } };
}

/** Asks again about an order that was settled, and says why. */
export function askAgain(order: ChangeOrder, why: string, now: string, ground: number): ChangeOrder {
  const again = askFrom({ ...order, round: order.round + 1, movedAt: ground }, now);
  return noted(again, why, now);
}

export const noted = (order: ChangeOrder, text: string, at: string): ChangeOrder => ({
  ...order,
  notes: [...order.notes, { at, text }],
});

/** Replaces the orders that `edit` changes; the same change when it changes none. */
export function withOrders(change: Change, edit: (order: ChangeOrder, at: number) => ChangeOrder): Change {
  const orders = change.orders.map(edit);
  return orders.every((order, i) => order === change.orders[i]) ? change : { ...change, orders };
}

export const takesChange = (order: ChangeOrder): boolean =>
  order.standing === 'by-policy' || order.standing === 'approved' || order.standing === 'extended';

export const isUndecided = (order: ChangeOrder): boolean =>
  order.standing === 'waiting' ||
  (order.standing === 'deferred' && !(order.until && 'nextOrder' in order.until));

/** What the state of a change is worked out from: how many commands and orders stand how. */
export interface Tally {
  readonly planned: number;
  readonly sent: number;
  /** Commands that carry the change out, and those that take it back. */
  readonly forward: number;
  readonly backward: number;
  readonly backwardAcknowledged: number;
  /** Of those that carry it out: what has to be acknowledged for the change to be in force, and what is. */
  readonly owed: number;
  readonly owedAcknowledged: number;
  /** Orders that nobody has decided about yet. */
  readonly undecided: number;
}

/** Where the one set stands; see `stateOf`. */
export const overallState = (change: Change, commands: readonly Command[]): ChangeState =>
  stateOf(change.undo, tallyOf(change.orders, commands));

function tallyOf(orders: readonly ChangeOrder[], commands: readonly Command[]): Tally {
  const count = (chosen: (command: Command) => boolean) => commands.filter(chosen).length;
  const isForward = ({ undoes }: Command) => undoes === undefined;
  const isDone = ({ state }: Command) => state === 'acknowledged';
  return {
    planned: count(({ state }) => state === 'planned'),
    sent: count(({ state }) => state === 'sent'),
    forward: count(isForward),
    backward: count((one) => !isForward(one)),
    backwardAcknowledged: count((one) => !isForward(one) && isDone(one)),
    owed: count((one) => isForward(one) && isOwed(one)),
    owedAcknowledged: count((one) => isForward(one) && isOwed(one) && isDone(one)),
    undecided: orders.filter(isUndecided).length,
  };
}

/**
 * Where the one set stands. It ends only when every order is decided and every command settled; a failure that was
 * made good later does not count.
 */
export function stateOf(undo: Change['undo'], tally: Tally): ChangeState {
  const open = tally.planned + tally.sent;
  if (undo !== undefined && open === 0) {
    const all = tally.backward === tally.backwardAcknowledged && undo.cannot.length === 0;
    return all ? 'undone' : 'partly in force';
  }
  if (open > 0) return tally.planned === tally.forward + tally.backward ? 'planned' : 'going out';
  if (tally.undecided > 0) return tally.forward === 0 ? 'planned' : 'going out';
  if (tally.owed === tally.owedAcknowledged) return 'in force';
  return tally.owedAcknowledged > 0 ? 'partly in force' : 'failed';
}

/** What was dropped because its order was settled otherwise, or refused and so asked about again, is not owed any more. */
export const isOwed = (command: Command): boolean =>
  command.state === 'dropped'
    ? command.because !== undefined
    : !(command.state === 'refused' && asksAgain(command));
