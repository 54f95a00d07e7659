import {
  AccessLevelFlag,
  AttributeIds,
  DataType,
  type DataValue,
  makeBrowsePath,
  type NodeId,
  type StatusCode,
  type Variant,
} from 'node-opcua';
import { HubError } from '../../model/errors';
import type { Receipt } from '../adapter';
import { statusFailure } from './calls';
import { type Machine, reading } from './machine';
import { checkShape } from './record-shape';
import { firstLine } from './session';
import { type OpcuaConfig, type ParameterNode, parameterNode } from './settings';
import { fromRaw, nodeType, type Plain, sameValue, toPlain, toRaw, toVariant } from './values';

interface Wish {
  readonly ID: string;
  readonly value: Plain;
  readonly unit?: string;
}

/** A wish with all that the machine says about its node. */
interface Target extends Wish {
  readonly nodeId: NodeId;
  /** What one step of the node's number is worth. */
  readonly scale?: number;
  /** As the node has it: in its own steps. */
  readonly before: unknown;
  /** In the node's own type and steps. */
  readonly wanted: Variant;
}

/**
 * Writes `{parameters: [{ID, value, unit?}]}` in one request and reads all of it back. The answer is
 * `{<ID>: {before, after}}`. Everything is checked before anything is written: id, access, type, range, unit.
 * Throws HUB_INVALID or HUB_REJECTED then; HUB_NOT_CONFIRMED when a value reads back differently.
 */
export async function sendParameters(
  machine: Machine,
  body: unknown,
  settings: OpcuaConfig,
): Promise<Receipt> {
  checkShape(body, { parameters: [{ ID: 'text!', value: 'value!', unit: 'text' }, '!'] }, 'ParameterWrite');
  const { parameters } = body as { parameters: readonly Wish[] };
  const targets = await Promise.all(parameters.map((wish) => targetOf(machine, wish, settings)));
  const different = targets.filter((target) => !sameValue(target.before, toPlain(target.wanted)));
  await write(machine, different);
  const after = await readBack(machine, targets);
  const wrong = targets.filter((target, index) => !sameValue(after[index], toPlain(target.wanted)));
  if (wrong.length > 0) throw notConfirmed(targets, after, wrong);
  return { answer: told(targets, after) };
}

const told = (targets: readonly Target[], after: readonly unknown[]) =>
  Object.fromEntries(
    targets.map(({ ID, before, scale }, at) => [
      ID,
      { before: fromRaw(before, scale), after: fromRaw(after[at], scale) },
    ]),
  );

async function targetOf(machine: Machine, wish: Wish, { parameters }: OpcuaConfig): Promise<Target> {
  const given = Object.hasOwn(parameters, wish.ID) ? parameters[wish.ID] : undefined;
  if (given === undefined) {
    throw new HubError('HUB_REJECTED', `the machine has no parameter '${wish.ID}' that may be written`, {
      at: wish.ID,
      todo: 'Name its node under settings.parameters of that system in hub.yaml.',
    });
  }
  const { node, scale, unit } = parameterNode(wish.ID, given);
  const nodeId = machine.node(node);
  const [access, rank, value] = await attributes(machine, nodeId);
  if (value?.statusCode.name === 'BadNodeIdUnknown')
    throw refused(wish.ID, `the machine has no node ${node}`);
  const mask = Number(access?.value.value ?? 0);
  if (!(mask & AccessLevelFlag.CurrentWrite) || !(mask & AccessLevelFlag.CurrentRead)) {
    throw refused(wish.ID, 'this user may not read and write it');
  }
  if (Number(rank?.value.value ?? -1) >= 0) throw refused(wish.ID, 'it is a list, not one value');
  const named = await reading(machine, machine.session.client.getBuiltInDataType(nodeId));
  const raw = toRaw(wish.value, scale, wish.ID);
  await checkProperties(machine, nodeId, { ...wish, value: raw }, { scale, unit });
  return {
    ...wish,
    nodeId,
    ...(scale === undefined ? {} : { scale }),
    before: value?.statusCode.isGood() ? toPlain(value.value) : undefined,
    wanted: toVariant(raw, nodeType(named, value?.value), wish.ID),
  };
}

const refused = (ID: string, why: string) =>
  new HubError('HUB_REJECTED', `parameter ${ID} cannot be written: ${why}`, { at: ID });

function attributes(machine: Machine, nodeId: NodeId): Promise<DataValue[]> {
  const ids = [AttributeIds.UserAccessLevel, AttributeIds.ValueRank, AttributeIds.Value];
  return reading(machine, machine.session.client.read(ids.map((attributeId) => ({ nodeId, attributeId }))));
}

/** EURange and EngineeringUnits where the node has them: a value out of range or in another unit is refused. */
async function checkProperties(
  machine: Machine,
  nodeId: NodeId,
  { ID, value, unit }: Wish,
  { scale, unit: stated }: Omit<ParameterNode, 'node'>,
): Promise<void> {
  const { client } = machine.session;
  const paths = ['EURange', 'EngineeringUnits'].map((name) => makeBrowsePath(nodeId, `.${name}`));
  const found = await reading(machine, client.translateBrowsePath(paths));
  const [range, units] = await Promise.all(
    found.map(async ({ targets }) => {
      const target = targets?.[0]?.targetId;
      return target && (await reading(machine, client.read({ nodeId: target }))).value.value;
    }),
  );
  if (range && (Number(value) < range.low || Number(value) > range.high)) {
    throw refused(ID, `${value} is outside of ${range.low} to ${range.high}`);
  }
  // A node that counts in steps has its steps' unit, if any.
  const own: string | undefined = stated ?? (scale === undefined ? units?.displayName?.text : undefined);
  if (unit && own && unit !== own) throw refused(ID, `it is given in ${unit}, the machine has it in ${own}`);
}

/** One request for all; where there is no answer the read-back decides. */
async function write({ session }: Machine, targets: readonly Target[]): Promise<void> {
  if (targets.length === 0) return;
  const nodes = targets.map(({ nodeId, wanted }) => ({
    nodeId,
    attributeId: AttributeIds.Value,
    value: { value: wanted },
  }));
  let statuses: StatusCode[];
  try {
    statuses = await session.answer(session.client.write(nodes));
  } catch (thrown) {
    throw new HubError('HUB_NO_ANSWER', `the write had no answer: ${firstLine(thrown)}`, { cause: thrown });
  }
  const failed = statuses.findIndex((status) => !status.isGood());
  if (failed >= 0) throw statusFailure(`parameter ${targets[failed]?.ID}`, statuses[failed] as StatusCode);
}

async function readBack({ session }: Machine, targets: readonly Target[]): Promise<unknown[]> {
  try {
    const nodes = targets.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value }));
    const values = await session.answer(session.client.read(nodes));
    return values.map((value) => (value.statusCode.isGood() ? toPlain(value.value) : undefined));
  } catch (thrown) {
    throw new HubError('HUB_NO_ANSWER', `the parameters could not be read back: ${firstLine(thrown)}`, {
      cause: thrown,
    });
  }
}

function notConfirmed(
  targets: readonly Target[],
  after: readonly unknown[],
  wrong: readonly Target[],
): HubError {
  const shown = (target: Target) =>
    `${target.ID} is ${fromRaw(after[targets.indexOf(target)], target.scale)} instead of ${target.value} (${DataType[target.wanted.dataType]})`;
  return new HubError('HUB_NOT_CONFIRMED', wrong.map(shown).join('; '), {
    at: wrong.map(({ ID }) => ID).join(', '),
    value: told(targets, after),
  });
}
