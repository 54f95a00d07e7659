import { isOutput } from './effectivity-of';
import { isMark } from './hold-marks';
import { withoutPhantoms } from './phantoms';
import type {
  HierarchyScope,
  MaterialLine,
  OperationsDefinition,
  OperationsSegment,
  Order,
  Parameter,
  SegmentRequirement,
} from './shapes';
import { requestOf } from './shapes';

/** What a definition's segment and an order's segment requirement have in common, under one name each. */
export interface SegmentView {
  readonly id: string;
  readonly instruction?: string;
  readonly duration?: string;
  readonly scope?: HierarchyScope;
  readonly equipment: readonly string[];
  readonly tooling: readonly string[];
  readonly skills: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly lines: readonly MaterialLine[];
  /** The segment itself, where the view is of a definition. */
  readonly segment?: OperationsSegment;
}

/** Named resources, or their classes where no single one is named. */
function resources(named: string[] | undefined, classes: string[] | undefined, id: string): string[] {
  if (named !== undefined && named.length > 0) return named;
  if (classes !== undefined && classes.length > 0) return classes;
  return [id];
}

/** The definition's operation that an order's operation was made from. */
export const definedAs = (requirement: SegmentRequirement): string =>
  requirement.operationsSegmentId ?? requirement.processSegmentId ?? requirement.id;

export function viewOfSegment(segment: OperationsSegment): SegmentView {
  return {
    id: segment.id,
    instruction: segment.description?.join('\n'),
    duration: segment.duration,
    scope: segment.hierarchyScope,
    equipment: (segment.equipmentSpecification ?? []).flatMap((line) =>
      resources(line.equipmentId, line.equipmentClassId, line.id),
    ),
    tooling: (segment.physicalAssetSpecification ?? []).flatMap((line) =>
      resources(line.physicalAssetId, line.physicalAssetClassId, line.id),
    ),
    skills: (segment.personnelSpecification ?? []).flatMap((line) =>
      resources(undefined, line.personnelClassId, line.id),
    ),
    parameters: segment.parameterSpecification ?? [],
    lines: withoutPhantoms(segment.materialSpecification ?? []),
    segment,
  };
}

export function viewOfRequirement(requirement: SegmentRequirement): SegmentView {
  const { physicalAssetRequirement: assets, personnelRequirement: people } = requirement;
  return {
    ...viewOfSegment({
      id: requirement.id,
      description: requirement.description,
      duration: requirement.duration,
      hierarchyScope: requirement.hierarchyScope,
      equipmentSpecification: requirement.equipmentRequirement,
      physicalAssetSpecification: assets,
      personnelSpecification: people,
      // That an operation is held is no difference of what it is.
      parameterSpecification: requirement.segmentParameter?.filter((one) => !isMark(one)),
      materialSpecification: requirement.materialRequirement,
    }),
    segment: undefined,
  };
}

/** Without the line of the product itself: that says what the revision holds for. */
export const viewsOfDefinition = ({ id, operationsSegment = [] }: OperationsDefinition): SegmentView[] =>
  operationsSegment.map((segment) => {
    const view = viewOfSegment(segment);
    return view.lines.some((line) => isOutput(line, id))
      ? { ...view, lines: view.lines.filter((line) => !isOutput(line, id)) }
      : view;
  });

export const viewsOfOrder = (order: Order): SegmentView[] =>
  requestOf(order).segmentRequirement.map(viewOfRequirement);
