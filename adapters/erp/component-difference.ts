import { Decimal } from 'decimal.js';
import { HubError } from '../../model/errors';
import type { Entity } from './odata';

/** One component as it shall be. Quantities are decimal text for the whole order. */
export interface WantedComponent {
  readonly BillOfMaterialItemNumber?: string;
  readonly Material: string;
  readonly RequiredQuantity: string;
  /** The unit in the ERP's language, or its ISO code: one of the two. */
  readonly BaseUnit?: string;
  readonly BaseUnitISOCode?: string;
  readonly ManufacturingOrderOperation: string;
}

/** The fields of A_ProductionOrderComponent_3 that matter here. */
export interface OrderComponent extends Entity {
  readonly Reservation: string;
  readonly ReservationItem: string;
  readonly ReservationRecordType: string;
  readonly BillOfMaterialItemNumber: string;
  readonly Material: string;
  readonly ManufacturingOrderOperation: string;
  readonly RequiredQuantity: string;
  readonly WithdrawnQuantity: string;
  readonly ReservationIsFinallyIssued: boolean;
  readonly GoodsMovementType?: string;
  readonly MaterialComponentIsPhantomItem?: boolean;
}

/** The fields of a component that may change. */
export type ComponentFields = Partial<
  Pick<OrderComponent, 'RequiredQuantity' | 'ManufacturingOrderOperation' | 'ReservationIsFinallyIssued'>
>;

export interface Difference {
  readonly changes: { readonly component: OrderComponent; readonly fields: ComponentFields }[];
  readonly creations: WantedComponent[];
  /** Materials of which more is withdrawn already than the order shall need: `SEAL-EPDM 2.000`. */
  readonly kept: string[];
}

/**
 * What has to be done so that `present` becomes `wanted`.
 *
 * A component keeps its material for life: another material on the same item is another component. What has been
 * withdrawn stays: the requirement is never set below it. A component that is no longer wanted is marked as finally
 * issued and needs no more than was withdrawn; it is not deleted, because its reservation has a history.
 */
export function difference(
  wanted: readonly WantedComponent[],
  present: readonly OrderComponent[],
): Difference {
  const left = present.filter(isIssued);
  const result: Difference = { changes: [], creations: [], kept: [] };
  for (const component of wanted) {
    const at = left.findIndex((candidate) => isSame(component, candidate));
    if (at < 0) result.creations.push(component);
    else adjust(component, left.splice(at, 1)[0]!, result);
  }
  for (const component of left) change(component, '0', {}, true, result);
  return result;
}

function adjust(wanted: WantedComponent, present: OrderComponent, result: Difference): void {
  requireSameUnit(wanted, present);
  const operation = wanted.ManufacturingOrderOperation;
  const moved =
    operation === present.ManufacturingOrderOperation ? {} : { ManufacturingOrderOperation: operation };
  change(present, wanted.RequiredQuantity, moved, false, result);
}

function change(
  component: OrderComponent,
  quantity: string,
  others: ComponentFields,
  isLast: boolean,
  result: Difference,
): void {
  const withdrawn = new Decimal(component.WithdrawnQuantity);
  const isBelow = withdrawn.greaterThan(quantity);
  if (isBelow) result.kept.push(`${component.Material} ${component.WithdrawnQuantity}`);
  const needed = isBelow ? component.WithdrawnQuantity : quantity;
  const fields: ComponentFields = {
    ...others,
    ...(new Decimal(component.RequiredQuantity).equals(needed) ? {} : { RequiredQuantity: needed }),
    ...(component.ReservationIsFinallyIssued === isLast ? {} : { ReservationIsFinallyIssued: isLast }),
  };
  if (Object.keys(fields).length > 0) result.changes.push({ component, fields });
}

/** By-products come back and phantoms are never drawn: neither is part of the list that is aligned. */
function isIssued({ GoodsMovementType, MaterialComponentIsPhantomItem }: OrderComponent): boolean {
  return (!GoodsMovementType || GoodsMovementType === '261') && MaterialComponentIsPhantomItem !== true;
}

/** The item number tells lines of one material apart; a line without one is found by its operation. */
function isSame(wanted: WantedComponent, present: OrderComponent): boolean {
  if (wanted.Material !== present.Material) return false;
  return wanted.BillOfMaterialItemNumber
    ? wanted.BillOfMaterialItemNumber === present.BillOfMaterialItemNumber
    : wanted.ManufacturingOrderOperation === present.ManufacturingOrderOperation;
}

function requireSameUnit(wanted: WantedComponent, present: OrderComponent): void {
  const unit = wanted.BaseUnitISOCode ?? wanted.BaseUnit;
  const known = [present.BaseUnit, present.BaseUnitISOCode, present.BaseUnitSAPCode];
  if (unit === undefined || known.includes(unit)) return;
  throw new HubError('HUB_REJECTED', `${wanted.Material} is kept in ${present.BaseUnit}, not in ${unit}`, {
    at: 'BaseUnit',
    value: unit,
    todo: 'Correct the unit in the definition, or its code table.',
  });
}
