import { HubError } from '../../model/errors';
import type { Change } from '../change/change';
import type { Capabilities, Command, CommandKind } from '../change/commands';
import type { Rules } from '../change/rules';
import type { Project } from '../project';
import type { ChangeRow, Reads, Tx } from '../storage/store';

/** What changes are worked on with. */
export interface Workshop {
  readonly project: Project;
  readonly rules: Rules;
  readonly capabilities: Capabilities;
  /** Time zone of the plant. */
  readonly zone: string;
}

/** A change with its one set of commands, as the store keeps them. */
export interface ChangeSet {
  readonly change: Change;
  readonly commands: readonly Command[];
  /** As the store has it; what differs is written. */
  readonly stored: { readonly change?: Change; readonly commands: readonly Command[] };
  readonly row: Pick<
    ChangeRow,
    'noun' | 'objectId' | 'fromVersion' | 'toVersion' | 'createdAt' | 'updatedAt'
  >;
  /** Command id → the delivery that carries it. */
  readonly deliveries: ReadonlyMap<string, string>;
}

/** Every change is worked on under this lock: decisions, progress and acknowledgements meet it one at a time. */
export const LOCK = 'changes';

/** Changes that may still owe something. */
const OPEN = ['planned', 'going out', 'partly in force', 'failed'];

/** A what-if that is kept stands among the changes in this state; nothing is ever done about it. */
export const WHAT_IF = 'what-if';

export function workshop(project: Project, rules: Rules): Workshop {
  const kinds = Object.keys(project.change.commands) as CommandKind[];
  const machines = Object.values(project.systems).flatMap(({ equipment }) => equipment);
  const capabilities = { kinds, machines: [...new Set(machines)] };
  return { project, rules, capabilities, zone: project.plant.timeZone };
}

export async function openSets(reads: Pick<Reads, 'listChanges'>, objectId?: string): Promise<ChangeRow[]> {
  const of = objectId === undefined ? {} : { objectId };
  const rows = await Promise.all(OPEN.map((state) => reads.listChanges({ ...of, state, limit: 1000 })));
  return rows.flat();
}

/** Throws HUB_NO_SUCH_CHANGE. */
export async function readSet(reads: Reads, id: string): Promise<ChangeSet> {
  const row = await reads.getChange(id);
  if (!row) throw new HubError('HUB_NO_SUCH_CHANGE', `there is no change ${id}`, { value: id });
  return setOf(reads, row);
}

/** A command with its place in the set: what is taken back goes in reverse, and a release comes after its hold. */
type Placed = Command & { readonly place: number };

export async function setOf(reads: Reads, row: ChangeRow): Promise<ChangeSet> {
  const rows = await reads.listCommands({ changeId: row.id });
  const placed = rows.map(({ body }) => body as Placed).sort((a, b) => a.place - b.place);
  const commands = placed.map(({ place: _place, ...command }): Command => command);
  const change = row.body as Change;
  const deliveries = rows.flatMap(({ id, deliveryId }) =>
    deliveryId === undefined ? [] : [[id, deliveryId] as const],
  );
  return { change, commands, stored: { change, commands }, row, deliveries: new Map(deliveries) };
}

/** A change that begins now. */
export function newSet(change: Change, row: ChangeSet['row']): ChangeSet {
  return { change, commands: [], stored: { commands: [] }, row, deliveries: new Map() };
}

/** Writes what differs from what the store has. */
export async function keepSet(tx: Tx, project: Project, set: ChangeSet, now: string): Promise<ChangeSet> {
  const { change, commands, stored, row, deliveries } = set;
  const known = new Map(stored.commands.map((command) => [command.id, command]));
  const places = new Map(commands.map((command, place) => [command, place]));
  const written = commands.filter((command) => known.get(command.id) !== command);
  if (change !== stored.change || written.length > 0) {
    const { id, state } = change;
    await tx.putChange({
      ...row,
      id,
      state,
      body: change,
      createdAt: row.createdAt ?? now,
      updatedAt: now,
    });
  }
  for (const command of written) {
    const deliveryId = deliveries.get(command.id);
    await tx.putCommand({
      id: command.id,
      changeId: change.id,
      kind: command.kind,
      system: project.change.commands[command.kind]!.system,
      dependsOn: command.dependsOn,
      state: command.state,
      body: { ...command, place: places.get(command)! } satisfies Placed,
      at: now,
      ...(command.orderId === undefined ? {} : { orderId: command.orderId }),
      ...(deliveryId === undefined ? {} : { deliveryId }),
      ...(command.receipt === undefined ? {} : { receipt: command.receipt }),
    });
  }
  return { ...set, stored: { change, commands } };
}
