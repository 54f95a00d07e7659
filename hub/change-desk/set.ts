import { HubError } from '../../model/errors';
import type { Change, ChangeOrder } from '../change/change';
import type { Capabilities, Command, CommandKind } from '../change/commands';
import type { Rules } from '../change/rules';
import type { Project } from '../project';
import type { ChangeRow, CommandRow, Reads } from '../storage/store';

/** What changes are worked on with. */
export interface Workshop {
  readonly project: Project;
  readonly rules: Rules;
  readonly capabilities: Capabilities;
  /** Time zone of the plant. */
  readonly zone: string;
  /** Looks at the whole change whatever happens: slower, and the same in effect. */
  readonly alwaysWhole: boolean;
}

/**
 * A change with its one set of commands, as the store keeps them: whole, or the slice of some of its orders, with their
 * commands and those that concern no single order. A slice costs what these orders cost, however many the change has.
 */
export interface ChangeSet {
  readonly change: Change;
  readonly commands: readonly Command[];
  readonly isWhole: boolean;
  /** As the store has it; what differs is written. */
  readonly stored: { readonly change?: Change; readonly commands: readonly Command[] };
  readonly row: Pick<
    ChangeRow,
    'noun' | 'objectId' | 'fromVersion' | 'toVersion' | 'createdAt' | 'updatedAt'
  >;
  /** Command id → the delivery that carries it. */
  readonly deliveries: ReadonlyMap<string, string>;
}

/**
 * Changes are opened, decided on and acknowledged under this lock, one at a time. Orders that come in or move share it:
 * no change comes between their look for changes that concern them and their commit, and who opens one sees them.
 */
export const LOCK = 'changes';

/** Those of them that have a change to work on do so under this one besides, one at a time. */
export const ORDERS_LOCK = 'changes of orders';

/** Changes that may still owe something. */
export const OPEN = ['planned', 'going out', 'partly in force', 'failed'] as const;

/** A what-if that is kept stands among the changes in this state; nothing is ever done about it. */
export const WHAT_IF = 'what-if';

export function workshop(project: Project, rules: Rules, alwaysWhole = false): Workshop {
  const kinds = Object.keys(project.change.commands) as CommandKind[];
  const machines = Object.values(project.systems).flatMap(({ equipment }) => equipment);
  const capabilities = { kinds, machines: [...new Set(machines)] };
  return { project, rules, capabilities, zone: project.plant.timeZone, alwaysWhole };
}

/** The open changes of an object, or all of them, newest first and without bodies. */
export function openRows(reads: Pick<Reads, 'listChanges'>, objectId?: string): Promise<ChangeRow[]> {
  const of = objectId === undefined ? {} : { objectId };
  return reads.listChanges({ ...of, states: OPEN, bodies: false, limit: 1000 });
}

/** The whole change. Throws HUB_NO_SUCH_CHANGE. */
export async function readSet(reads: Reads, id: string): Promise<ChangeSet> {
  const row = await rowOf(reads, id);
  const orders = await reads.listChangeOrders({ changeId: id });
  const commands = await reads.listCommands({ changeId: id });
  return setOf(row, orders, commands, true);
}

/** The change as far as it concerns these orders. Throws HUB_NO_SUCH_CHANGE. */
export async function readSlice(reads: Reads, id: string, orderIds: readonly string[]): Promise<ChangeSet> {
  const row = await rowOf(reads, id);
  const orders = await reads.listChangeOrders({ changeId: id, orderIds });
  const own = await reads.listCommands({ changeId: id, orderIds });
  const common = await reads.listCommands({ changeId: id, ofNoOrder: true });
  return setOf(row, orders, [...common, ...own], false);
}

export async function rowOf(reads: Reads, id: string): Promise<ChangeRow> {
  const row = await reads.getChange(id);
  if (row) return row;
  throw new HubError('HUB_NO_SUCH_CHANGE', `there is no change ${id}`, { value: id });
}

/** The change without its orders. */
export const headOf = ({ state, body }: ChangeRow): Change => {
  const head = body as Change;
  return state === WHAT_IF ? head : { ...head, state: state as Change['state'] };
};

function setOf(
  row: ChangeRow,
  orderRows: readonly { readonly body: unknown }[],
  commandRows: readonly CommandRow[],
  isWhole: boolean,
): ChangeSet {
  const orders = orderRows.map(({ body }) => body as ChangeOrder);
  const change = { ...headOf(row), orders };
  const placed = [...commandRows].sort((a, b) => a.place - b.place);
  const commands = placed.map(({ body, content }): Command => Object.assign(body as Command, content));
  const deliveries = commandRows.flatMap(({ id, deliveryId }) =>
    deliveryId === undefined ? [] : [[id, deliveryId] as const],
  );
  return {
    change,
    commands,
    isWhole,
    stored: { change, commands },
    row,
    deliveries: new Map(deliveries),
  };
}

/** A change that begins now. */
export function newSet(change: Change, row: ChangeSet['row']): ChangeSet {
  return { change, commands: [], isWhole: true, stored: { commands: [] }, row, deliveries: new Map() };
}
