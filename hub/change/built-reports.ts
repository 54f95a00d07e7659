import { decimal, isProduced, text } from './quantity';
import type { MaterialActual, SegmentResponse } from './shapes';

/** A value that was measured or set while an operation was done. */
export interface MeasuredValue {
  readonly id: string;
  readonly value: string;
  readonly unit?: string;
}

export interface UsedMaterial {
  readonly material: string;
  readonly lot?: string;
  /** Serial numbers of the components themselves. */
  readonly serials?: readonly string[];
  /** Decimal text. */
  readonly quantity: string;
  readonly unit: string;
}

/** A row: what one report tells of how an operation was done beyond its progress, and on which pieces. */
export interface BuiltReport {
  /** Source, performance and segment response; a later report under the same id takes its place. */
  readonly id: string;
  readonly orderId: string;
  readonly segmentId: string;
  readonly source: string;
  readonly at?: string;
  /** Serial numbers of the pieces made; empty: not told. */
  readonly serials: readonly string[];
  readonly values: readonly MeasuredValue[];
  readonly materials: readonly UsedMaterial[];
}

/** Counted elsewhere. */
const PROGRESS: ReadonlySet<string> = new Set(['GoodQuantity', 'ScrapQuantity']);

/** What a response tells beyond progress; `undefined`: nothing, so that no row is kept for it. */
export function builtReport(
  response: SegmentResponse,
  place: Pick<BuiltReport, 'id' | 'orderId' | 'segmentId' | 'source'>,
): BuiltReport | undefined {
  const actuals = response.materialActual ?? [];
  const serials = actuals.filter(isProduced).flatMap(({ materialSubLotId = [] }) => materialSubLotId);
  const values = (response.segmentData ?? []).flatMap(({ id, value: [first] = [] }): MeasuredValue[] =>
    PROGRESS.has(id) || !first?.valueString
      ? []
      : [{ id, value: first.valueString, ...(first.unitOfMeasure ? { unit: first.unitOfMeasure } : {}) }],
  );
  const materials = actuals.filter((actual) => (actual.materialUse ?? '').endsWith('Consumed')).map(used);
  const isTraced = materials.some(({ lot, serials: own }) => lot !== undefined || own !== undefined);
  if (values.length === 0 && serials.length === 0 && !isTraced) return undefined;
  const at = response.actualEndTime ?? response.actualStartTime;
  return { ...place, ...(at ? { at } : {}), serials, values, materials };
}

function used(actual: MaterialActual): UsedMaterial {
  const {
    materialDefinitionId: [material] = [],
    materialLotId: [lot] = [],
    materialSubLotId: serials = [],
    quantity: [first] = [],
  } = actual;
  return {
    material: material ?? lot ?? '',
    ...(lot ? { lot } : {}),
    ...(serials.length > 0 ? { serials } : {}),
    quantity: text(decimal(first?.quantityString)),
    unit: first?.unitOfMeasure ?? '',
  };
}
