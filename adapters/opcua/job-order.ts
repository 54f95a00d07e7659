import { coerceLocalizedText, type ExtensionObject, type Variant } from 'node-opcua';
import type { Machine } from './machine';
import { checkShape, type Shape } from './record-shape';
import { engineeringUnits } from './units';
import { type Plain, toPlain, toVariant, typeNamed } from './values';

export interface JobParameter {
  readonly ID: string;
  readonly value: Plain;
  /** Built-in OPC UA type, e.g. `Double`. Left out: as the value stands. */
  readonly type?: string;
  readonly unit?: string;
}

export interface JobMaterial {
  readonly MaterialDefinitionID: string;
  /** Decimal text. */
  readonly quantity?: string;
  readonly unit?: string;
  /** `Consumed` or `Produced`. */
  readonly use?: string;
}

/** Record `JobOrder`: what an ISA95JobOrderDataType says, in JSON. Times are instants. */
export interface JobOrder {
  readonly jobOrderID: string;
  readonly description?: string;
  readonly workMasterID?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly priority?: number;
  readonly parameters?: readonly JobParameter[];
  readonly materialRequirements?: readonly JobMaterial[];
  readonly equipment?: string;
  /** Tools, dies, gauges. */
  readonly physicalAssets?: readonly string[];
  /** Whether the machine may begin it. */
  readonly start?: boolean;
}

const shape: Shape = {
  jobOrderID: 'text!',
  description: 'text',
  workMasterID: 'text',
  startTime: 'instant',
  endTime: 'instant',
  priority: 'integer',
  parameters: [{ ID: 'text!', value: 'value!', type: 'text', unit: 'text' }],
  materialRequirements: [{ MaterialDefinitionID: 'text!', quantity: 'decimal', unit: 'text', use: 'text' }],
  equipment: 'text',
  physicalAssets: 'texts',
  start: 'boolean',
};

/** The record as a job order, or HUB_INVALID with every defect. */
export function readJobOrder(body: unknown): JobOrder {
  checkShape(body, shape, 'JobOrder');
  return body as JobOrder;
}

const date = (text: string | undefined) => (text ? new Date(text) : undefined);
const units = (unit: string | undefined) => (unit ? engineeringUnits(unit) : undefined);

/** The structure. What is absent stays undefined: null would be sent as a value, e.g. as the year 1601. */
export async function buildJobOrder({ make }: Machine, order: JobOrder): Promise<ExtensionObject> {
  const parameters = (order.parameters ?? []).map(({ ID, value, type, unit }, index) => {
    const at = `parameters[${index}]`;
    const variant = toVariant(value, typeNamed(type, value, `${at}.type`), `${at}.value`);
    return make('parameter', { ID, value: variant, engineeringUnits: units(unit) });
  });
  const materials = (order.materialRequirements ?? []).map((material) =>
    make('material', {
      materialDefinitionID: material.MaterialDefinitionID,
      materialUse: material.use || undefined,
      quantity: material.quantity || undefined,
      engineeringUnits: units(material.unit),
    }),
  );
  return make('jobOrder', {
    jobOrderID: order.jobOrderID,
    description: order.description ? [coerceLocalizedText(order.description)] : undefined,
    workMasterID: order.workMasterID ? [await make('workMaster', { ID: order.workMasterID })] : undefined,
    startTime: date(order.startTime),
    endTime: date(order.endTime),
    priority: order.priority ?? undefined,
    jobOrderParameters: await Promise.all(parameters),
    materialRequirements: await Promise.all(materials),
    equipmentRequirements: order.equipment ? [await make('equipment', { ID: order.equipment })] : undefined,
    physicalAssetRequirements: await Promise.all(
      (order.physicalAssets ?? []).map((ID) => make('physicalAsset', { ID })),
    ),
  });
}

interface Text {
  readonly text?: string | null;
}
interface Units {
  readonly displayName?: Text | null;
}

/** An ISA95JobOrderDataType as the stack gives it; of optional fields any may be missing. */
export interface JobOrderStructure {
  readonly jobOrderID: string;
  readonly description?: readonly Text[] | null;
  readonly workMasterID?: ReadonlyArray<{ readonly ID: string }> | null;
  readonly startTime?: Date | null;
  readonly endTime?: Date | null;
  readonly priority?: number | null;
  readonly jobOrderParameters?: readonly ParameterStructure[] | null;
  readonly materialRequirements?: ReadonlyArray<{
    readonly materialDefinitionID?: string | null;
    readonly materialUse?: string | null;
    readonly quantity?: string | null;
    readonly engineeringUnits?: Units | null;
  }> | null;
  readonly equipmentRequirements?: ReadonlyArray<{ readonly ID: string }> | null;
  readonly physicalAssetRequirements?: ReadonlyArray<{ readonly ID: string }> | null;
}

export interface ParameterStructure {
  readonly ID: string;
  readonly value?: Variant | null;
  readonly engineeringUnits?: Units | null;
}

/** A parameter as record data. */
export const describeParameter = ({ ID, value, engineeringUnits }: ParameterStructure) => ({
  ID,
  value: toPlain(value),
  unit: engineeringUnits?.displayName?.text ?? undefined,
});

/** The structure in the record's words, without what is absent. */
export function describeJobOrder(order: JobOrderStructure): JobOrder {
  const described = {
    jobOrderID: order.jobOrderID,
    description: order.description?.[0]?.text ?? undefined,
    workMasterID: order.workMasterID?.[0]?.ID,
    startTime: order.startTime?.toISOString(),
    endTime: order.endTime?.toISOString(),
    priority: order.priority ?? undefined,
    parameters: (order.jobOrderParameters ?? []).map(describeParameter),
    materialRequirements: (order.materialRequirements ?? []).map((material) => ({
      MaterialDefinitionID: material.materialDefinitionID ?? undefined,
      quantity: material.quantity ?? undefined,
      unit: material.engineeringUnits?.displayName?.text ?? undefined,
      use: material.materialUse ?? undefined,
    })),
    equipment: order.equipmentRequirements?.[0]?.ID,
    physicalAssets: (order.physicalAssetRequirements ?? []).map(({ ID }) => ID),
  };
  return JSON.parse(JSON.stringify(described)) as JobOrder;
}

/** Whether `there` says all that `wanted` says. A machine may fill in more; its lists may not be longer. */
export function says(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(there) &&
      there.length === wanted.length &&
      wanted.every((entry, index) => says(there[index], entry))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof there !== 'object' || there === null) return false;
    return Object.entries(wanted).every(([field, value]) =>
      says((there as Record<string, unknown>)[field], value),
    );
  }
  return there === wanted;
}
