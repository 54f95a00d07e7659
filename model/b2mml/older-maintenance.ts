import { below } from '../explain';
import type { ForeignElement } from './capture';
import { modelVersion, type Release, release } from './tables';
import { foreignOf } from './translator';

type Node = Record<string, unknown>;

/**
 * The maintenance objects of V0401, of which later releases know no more: what is asked for and what is planned are
 * requests of an operations schedule, what was done is a response of an operations performance, all of the operations
 * type Maintenance. The segment says which of them it was.
 */
export const maintenanceNouns: ReadonlySet<string> = new Set([
  'MaintenanceInformation',
  'MaintenanceRequest',
  'MaintenanceWorkOrder',
  'MaintenanceResponse',
]);

/** The noun that they become. Information with nothing in it but responses is a performance. */
export function maintenanceNoun(
  noun: string,
  items: readonly Node[],
): 'OperationsSchedule' | 'OperationsPerformance' {
  const isPlanned = ({ maintenanceRequest, maintenanceWorkOrder }: Node) =>
    maintenanceRequest !== undefined || maintenanceWorkOrder !== undefined;
  const isDone = items.some(({ maintenanceResponse }) => maintenanceResponse !== undefined);
  return noun === 'MaintenanceResponse' || (isDone && !items.some(isPlanned))
    ? 'OperationsPerformance'
    : 'OperationsSchedule';
}

/** Told of a member without a place; gives the element that is carried. */
export type CarryMember = (type: string, property: string, value: Node, path: string) => ForeignElement[];

/** What the document does not say and the model requires. */
export type Told = (path: string, value: unknown) => void;

export interface MaintenanceContext {
  readonly source: Release;
  readonly carry: CarryMember;
  /** A member found its place: where it was, and where it is now. */
  readonly place: (from: string, to: string) => void;
  /** Undefined where objects need not be whole. */
  readonly completed: Told | undefined;
  /** A location in the model's words. */
  readonly scope: (location: Node) => Node;
}

/** One item of a maintenance message as an item of the noun that it becomes. */
export function maintenanceItem(
  noun: string,
  target: string,
  item: Node,
  at: string,
  context: MaintenanceContext,
): Node {
  const isSchedule = target === 'OperationsSchedule';
  const list = isSchedule ? 'operationsRequest' : 'operationsResponse';
  if (noun !== 'MaintenanceInformation') {
    const source = new Members(noun, item, at, context);
    const published = source.take('publishedDate', below(at, 'publishedDate'));
    const inside = isSchedule
      ? requestOf(noun, source, below(below(at, list), 0))
      : responseOf(source, below(below(at, list), 0));
    const { id, _id } = inside;
    return compact({ id, _id, ...published, operationsType, [list]: [inside] });
  }
  const whole = new Members(noun, item, at, context);
  const own = {
    ...whole.take('id', below(at, 'id')),
    ...whole.take('description', below(at, 'description')),
    ...whole.take('publishedDate', below(at, 'publishedDate')),
  };
  const location = whole.object('location', below(at, 'hierarchyScope'));
  const parts = isSchedule ? ['maintenanceRequest', 'maintenanceWorkOrder'] : ['maintenanceResponse'];
  const inside = parts.flatMap((property) =>
    whole.objects(property).map(({ value, from }) => ({ type: capital(property), value, from })),
  );
  const made = inside.map(({ type, value, from }, index) => {
    const to = below(below(at, list), index);
    const source = new Members(type, value, from, context);
    return isSchedule ? requestOf(type, source, to) : responseOf(source, to);
  });
  const extension = whole.rest(at);
  return compact({
    ...own,
    ...(own.id === undefined && context.completed ? { id: said(context, below(at, 'id'), '1') } : {}),
    hierarchyScope: location && context.scope(location),
    operationsType,
    [list]: made.length > 0 ? made : undefined,
    extension,
  });
}

const operationsType = 'Maintenance';

/** A property as the standard names its element. */
const capital = (property: string) => property.replace(/^[a-z]/, (letter) => letter.toUpperCase());

function said(context: MaintenanceContext, path: string, value: unknown): unknown {
  context.completed?.(path, value);
  return value;
}

/** Asked for (MaintenanceRequest) or planned (MaintenanceWorkOrder). */
function requestOf(type: string, source: Members, at: string): Node {
  const segmentAt = below(below(at, 'segmentRequirement'), 0);
  const own = source.take('id', below(at, 'id'));
  const segment = {
    personnelRequirement: source.people(
      ['requestor', 'reviewer', 'responsiblePerson'],
      below(segmentAt, 'personnelRequirement'),
    ),
    equipmentRequirement: source.equipment('equipmentId', below(segmentAt, 'equipmentRequirement')),
  };
  return compact({
    ...own,
    ...source.texts('problem', 'description', at),
    ...source.take('plannedStartTime', below(at, 'startTime')),
    ...source.take('requestedCompletionDate', below(at, 'endTime')),
    ...source.take('plannedFinishTime', below(at, 'endTime')),
    operationsType,
    ...source.take('requestedPriority', below(at, 'priority')),
    ...source.state('status', 'RequestState', below(at, 'requestState')),
    segmentRequirement: source.segment(segmentAt, own, compact(segment), {
      processSegmentId: type,
      operationsDefinitionId: '',
      operationsSegmentId: type,
    }),
    extension: source.rest(at),
  });
}

/** Done (MaintenanceResponse). */
function responseOf(source: Members, at: string): Node {
  const segmentAt = below(below(at, 'segmentResponse'), 0);
  const own = source.take('id', below(at, 'id'));
  const segment = {
    ...source.take('actualStartTime', below(segmentAt, 'actualStartTime')),
    ...source.take('actualFinishTime', below(segmentAt, 'actualEndTime')),
    segmentData: source.data(['cause', 'correction'], below(segmentAt, 'segmentData')),
    personnelActual: source.people(['responsiblePerson'], below(segmentAt, 'personnelActual')),
    materialActual: source.consumables(below(segmentAt, 'materialActual')),
  };
  return compact({
    ...own,
    operationsType,
    ...source.take('maintenanceWorkOrderId', below(at, 'operationsRequestId')),
    ...source.state('status', 'ResponseState', below(at, 'responseState')),
    segmentResponse: source.segment(segmentAt, own, compact(segment), {}),
    extension: source.rest(at),
  });
}

/** The members of an object, taken one by one; what is left at the end is carried. */
class Members {
  readonly #left: Node;

  constructor(
    private readonly type: string,
    object: Node,
    private readonly from: string,
    private readonly context: MaintenanceContext,
  ) {
    this.#left = { ...object };
  }

  /** A member under another name, with its attributes. */
  take(property: string, to: string): Node {
    const { value, sidecar } = this.#remove(property, to);
    const name = to.replace(/^.*\./, '');
    return value === undefined
      ? {}
      : { [name]: value, ...(sidecar === undefined ? {} : { [`_${name}`]: sidecar }) };
  }

  object(property: string, to: string): Node | undefined {
    return this.#remove(property, to).value as Node | undefined;
  }

  objects(property: string): { value: Node; from: string }[] {
    const list = (this.#left[property] ?? []) as Node[];
    delete this.#left[property];
    return list.map((value, index) => ({ value, from: below(below(this.from, property), index) }));
  }

  /** Texts without attributes of a code list, which the other place does not know. */
  texts(property: string, name: string, at: string): Node {
    return this.#left[`_${property}`] === undefined
      ? compact({ [name]: this.#remove(property, below(at, name)).value })
      : {};
  }

  /** A state; one that the model does not list is Other, with its own name. */
  state(property: string, enumeration: string, to: string): Node {
    const { value, sidecar } = this.#remove(property, to);
    if (value === undefined) return {};
    const name = to.replace(/^.*\./, '');
    if (release(modelVersion).values(enumeration).has(String(value)))
      return { [name]: value, ...(sidecar === undefined ? {} : { [`_${name}`]: sidecar }) };
    return { [name]: 'Other', [`_${name}`]: { ...(sidecar as Node | undefined), otherValue: value } };
  }

  /** Persons, each with the part that they have. */
  people(properties: readonly string[], to: string): Node[] | undefined {
    const found = properties.flatMap((property) =>
      this.#entries(property, to).map(({ value, sidecar }) => ({
        id: value,
        personId: [value],
        ...(sidecar ? { _personId: [sidecar] } : {}),
        personnelUse: capital(property),
      })),
    );
    return listed(found);
  }

  equipment(property: string, to: string): Node[] | undefined {
    const { value, sidecar } = this.#remove(property, to);
    if (value === undefined) return undefined;
    return [{ id: value, equipmentId: [value], ...(sidecar ? { _equipmentId: [sidecar] } : {}) }];
  }

  data(properties: readonly string[], to: string): Node[] | undefined {
    const found = properties.flatMap((property) => {
      if (this.#left[`_${property}`] !== undefined || this.#left[property] === undefined) return [];
      const value = this.#entries(property, to).map((each) => ({
        valueString: each.value,
        dataType: 'string',
      }));
      return [{ id: capital(property), value }];
    });
    return listed(found);
  }

  consumables(to: string): Node[] | undefined {
    if (this.#left._consumable !== undefined) return undefined;
    const found = this.#entries('consumable', to).map(({ value }) => ({
      id: value,
      materialDefinitionId: [value],
      materialUse: 'Consumable',
    }));
    return listed(found);
  }

  /** The one segment of a request or response: where objects are whole, or there is something in it. */
  segment(at: string, own: Node, inside: Node, required: Node): Node[] | undefined {
    const { completed } = this.context;
    if (completed === undefined && Object.keys(inside).length === 0) return undefined;
    const filledIn = { id: own.id, ...required };
    for (const [name, value] of Object.entries(filledIn)) completed?.(below(at, name), value);
    return [{ ...filledIn, operationsType, ...inside }];
  }

  /** Everything without a place, as extension. */
  rest(at: string): ForeignElement[] | undefined {
    const { source, carry } = this.context;
    const carried = source.shape(this.type).children.flatMap((entry) => {
      const value = this.#left[entry.property];
      if (value === undefined) return [];
      if (entry.slot !== undefined || entry.type === 'Any') return foreignOf(value);
      return carry(this.type, entry.property, this.#left, below(at, entry.property));
    });
    return carried.length > 0 ? carried : undefined;
  }

  #remove(property: string, to: string): { value: unknown; sidecar: unknown } {
    const { [property]: value, [`_${property}`]: sidecar } = this.#left;
    if (value !== undefined) this.context.place(below(this.from, property), to);
    delete this.#left[property];
    delete this.#left[`_${property}`];
    return { value, sidecar };
  }

  #entries(property: string, to: string): { value: string; sidecar: unknown }[] {
    const { value = [], sidecar } = this.#remove(property, to);
    return (value as string[]).map((each, index) => ({
      value: each,
      sidecar: (sidecar as unknown[] | undefined)?.[index],
    }));
  }
}

/** Entries with identifiers of their own; nothing for none. */
function listed(entries: readonly Node[]): Node[] | undefined {
  const taken = new Set<unknown>();
  const told = entries.map((entry) => {
    let id = entry.id;
    for (let count = 2; taken.has(id); count++) id = `${entry.id}-${count}`;
    taken.add(id);
    return { ...entry, id };
  });
  return told.length > 0 ? told : undefined;
}

const compact = (object: Node): Node =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
