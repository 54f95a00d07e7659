import { HubError } from '../../model/errors';
import type { NativeRecord, RawRecord } from '../adapter';
import { normalised } from './idoc';

type Entity = Readonly<Record<string, unknown>>;

interface EntityType {
  /** The record type that it becomes. */
  readonly record: string;
  /** Where the business key stands: the field, and the list in which it stands where it is not the entity's own. */
  readonly key: string;
  readonly keyIn?: string;
  /** What must have been read with it ($expand): an address in its place says that it was not. */
  readonly parts: readonly string[];
  /** Tells one state from the next. */
  readonly state: string;
}

/** The entities that are read, by their type without the service's name. */
const entityTypes: Readonly<Record<string, EntityType>> = {
  A_ProductionOrder_2Type: {
    record: 'A_ProductionOrder_2',
    key: 'ManufacturingOrder',
    parts: ['to_ProductionOrderOperation', 'to_ProductionOrderComponent'],
    state: 'LastChangeDateTime',
  },
  MaterialBOMType: {
    record: 'MaterialBOM',
    key: 'Material',
    parts: ['to_BillOfMaterialItem'],
    state: 'LastChangeDateTime',
  },
  ProductionRoutingHeaderType: {
    record: 'ProductionRouting',
    key: 'Product',
    keyIn: 'to_MatlAssgmt',
    parts: ['to_MatlAssgmt', 'to_Sequence'],
    state: 'ChangedDateTime',
  },
};

/** The record types that `readEntities` gives. */
export const entityRecordTypes: readonly string[] = Object.values(entityTypes).map(({ record }) => record);

/**
 * Turns an answer of SAP's OData V2 services, as it was read from there and passed on, into one record per entity:
 * `{d: {…}}` for one, `{d: {results: […]}}` for several. The body is the entity as it stands.
 * The state that the entity says of itself is its id: the same answer passed on twice is one event.
 * Throws HUB_BAD_JSON or HUB_INVALID with the place.
 */
export function readEntities({ text }: RawRecord): NativeRecord[] {
  const { d } = parsed(text) as { d?: unknown };
  if (typeof d !== 'object' || d === null)
    throw new HubError('HUB_INVALID', 'an answer of an OData V2 service has its result under d', { at: 'd' });
  const { results } = d as { results?: unknown };
  if (!Array.isArray(results)) return [recordOf(d as Entity, 'd')];
  if (results.length > 0) return results.map((entity, n) => recordOf(entity, `d.results[${n}]`));
  throw new HubError('HUB_INVALID', 'the answer holds no entity', { at: 'd.results' });
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw new HubError('HUB_BAD_JSON', `the answer is not JSON: ${(cause as Error).message}`, { cause });
  }
  throw new HubError('HUB_INVALID', 'an answer of an OData V2 service is an object', { at: 'd' });
}

/** The record of one entity. Throws HUB_INVALID, where `at` is its place. */
export function recordOf(entity: Entity, at: string): NativeRecord {
  const type = typeOf(entity, at);
  for (const part of type.parts)
    if (!Array.isArray(resultsOf(entity[part])))
      throw new HubError('HUB_INVALID', `${type.record} was read without ${part}: read it with $expand`, {
        at: `${at}.${part}`,
      });
  const where = type.keyIn === undefined ? type.key : `${type.keyIn}.results[0].${type.key}`;
  const holder = type.keyIn === undefined ? entity : resultsOf(entity[type.keyIn])?.[0];
  const key = (holder as Entity | undefined)?.[type.key];
  if (typeof key !== 'string' || key.trim() === '')
    throw new HubError('HUB_INVALID', `${type.record} names no ${where}`, { at: `${at}.${where}` });
  const state = entity[type.state];
  const { uri } = (entity.__metadata ?? {}) as { uri?: unknown };
  const id =
    typeof state === 'string' && state !== '' && typeof uri === 'string' ? `${uri} ${state}` : undefined;
  return { type: type.record, key: normalised(key), ...(id === undefined ? {} : { id }), body: entity };
}

/** `API_BILL_OF_MATERIAL_SRV.MaterialBOMType` → the entity type. */
function typeOf(entity: Entity, at: string): EntityType {
  const said = (entity?.__metadata as { type?: unknown } | undefined)?.type;
  const name = typeof said === 'string' ? (said.split('.').at(-1) ?? '') : '';
  if (Object.hasOwn(entityTypes, name)) return entityTypes[name] as EntityType;
  const known = Object.keys(entityTypes).join(', ');
  throw new HubError('HUB_INVALID', `${name || 'what says no type'} is not read here; known are ${known}`, {
    at: `${at}.__metadata.type`,
    value: said,
  });
}

/** The entries of an expanded list; undefined where it was not expanded. */
function resultsOf(part: unknown): readonly Entity[] | undefined {
  const { results } = (part ?? {}) as { results?: readonly Entity[] };
  return results;
}
