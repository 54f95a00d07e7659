import { below } from '../explain';
import type { Node } from './members';
import { capital, compact, type MaintenanceContext, Members, operationsType } from './older-members';

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

/** One item of a maintenance message as an item of the noun that it becomes. */
export function maintenanceItem(
  noun: string,
  target: string,
  item: Node,
  at: string,
  context: MaintenanceContext,
): Node {
  const source = new Members(noun, item, at, context);
  if (noun === 'MaintenanceInformation') return informationOf(source, target, at, context);
  const list = listOf(target);
  const published = source.take('publishedDate', below(at, 'publishedDate'));
  const inside = partOf(noun, source, below(below(at, list), 0));
  const { id, _id } = inside;
  return compact({ id, _id, ...published, operationsType, [list]: [inside] });
}

/** Several of them, and where they belong. */
function informationOf(source: Members, target: string, at: string, context: MaintenanceContext): Node {
  const list = listOf(target);
  const own = source.take('id', below(at, 'id'));
  const texts = {
    ...source.take('description', below(at, 'description')),
    ...source.take('publishedDate', below(at, 'publishedDate')),
  };
  const location = source.object('location', below(at, 'hierarchyScope'));
  const kinds =
    target === 'OperationsSchedule'
      ? ['maintenanceRequest', 'maintenanceWorkOrder']
      : ['maintenanceResponse'];
  const parts = kinds
    .flatMap((property) => source.objects(property).map((part) => ({ type: capital(property), ...part })))
    .map(({ type, value, from }, index) =>
      partOf(type, new Members(type, value, from, context), below(below(at, list), index)),
    );
  if (own.id === undefined && context.completed !== undefined) {
    // As for all that comes without an identifier: its number.
    own.id = String(Number(/\d+/.exec(at)?.[0] ?? 0) + 1);
    context.completed(below(at, 'id'), own.id);
  }
  return compact({
    ...own,
    ...texts,
    hierarchyScope: location && context.scope(location),
    operationsType,
    [list]: parts.length > 0 ? parts : undefined,
    extension: source.rest(at),
  });
}

const listOf = (target: string) =>
  target === 'OperationsSchedule' ? 'operationsRequest' : 'operationsResponse';

const partOf = (type: string, source: Members, at: string): Node =>
  type === 'MaintenanceResponse' ? responseOf(source, at) : requestOf(type, source, at);

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
