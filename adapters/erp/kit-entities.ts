import { randomUUID } from 'node:crypto';
import { type OrderBook, operationRows, orderRow, type Row, type StoredComponent } from './kit-orders';
import { quantityText, unitCodes } from './kit-plant';

/** A refusal in SAP's words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What an entity set can do. Absent: the service does not offer it. */
export interface EntitySetOf {
  readonly keys: readonly string[];
  rows(): Row[];
  etag?(row: Row): string;
  create?(fields: Row): Row;
  /** `etag` is what the caller read, `*` when it does not care. */
  change?(row: Row, fields: Row, etag: string): void;
  /** Rows below `row`, by navigation property. */
  readonly below?: Readonly<Record<string, (row: Row) => Row[]>>;
  /** In which set of the same service those are, where they are entities that can be asked for, too. */
  readonly belowIn?: Readonly<Record<string, string>>;
}

/** The properties of a confirmation that this stand-in takes; the real service refuses unknown ones as well. */
const confirmationProperties = new Set(
  (
    'OrderID Sequence OrderOperation ConfirmationText Language FinalConfirmationType IsFinalConfirmation ' +
    'OpenReservationsIsCleared APIConfHasNoGoodsMovements ExternalSystemConfirmation Plant WorkCenter Personnel PostingDate ' +
    'ConfirmationExternalEntryDate ConfirmationExternalEntryTime EnteredByExternalUser ' +
    'ConfirmedExecutionStartDate ConfirmedExecutionStartTime ConfirmedExecutionEndDate ConfirmedExecutionEndTime ' +
    'ConfirmationUnit ConfirmationUnitISOCode ConfirmationUnitSAPCode ConfirmationYieldQuantity ConfirmationScrapQuantity ' +
    'ConfirmationReworkQuantity VarianceReasonCode to_ProdnOrdConfMatlDocItm'
  ).split(' '),
);
const movementProperties = new Set(
  (
    'OrderID OrderItem Material Plant Reservation ReservationItem StorageLocation Batch GoodsMovementType ' +
    'GoodsMovementRefDocType EntryUnit EntryUnitISOCode EntryUnitSAPCode QuantityInEntryUnit MaterialDocumentItemText'
  ).split(' '),
);
const componentProperties = new Set(
  (
    'ManufacturingOrder ManufacturingOrderSequence ManufacturingOrderOperation Material Plant StorageLocation Batch ' +
    'BillOfMaterialItemNumber BOMItemCategory GoodsMovementType RequiredQuantity BaseUnit BaseUnitISOCode BaseUnitSAPCode ' +
    'ReservationIsFinallyIssued MatlCompIsMarkedForBackflush'
  ).split(' '),
);

/** Confirmations as the ERP keeps them: numbered by operation, movements below. */
export function confirmationSet(orders: OrderBook): EntitySetOf {
  const stored: Row[] = [];
  const movementsOf = new Map<Row, Row[]>();
  const groups = new Map<string, string>();
  return {
    keys: ['ConfirmationGroup', 'ConfirmationCount'],
    rows: () => stored,
    below: { to_ProdnOrdConfMatlDocItm: (row) => movementsOf.get(row) ?? [] },
    create({ to_ProdnOrdConfMatlDocItm: nested, ...fields }) {
      checkProperties(fields, confirmationProperties);
      const movements = listOf(nested);
      for (const movement of movements) checkProperties(movement, movementProperties);
      const operation = `${fields.OrderID}/${fields.OrderOperation}`;
      const external = fields.ExternalSystemConfirmation ?? randomUUID();
      if (stored.some((row) => row.ExternalSystemConfirmation === external))
        throw new Refusal(400, 'RU/525', `Confirmation with external key ${external} already exists`);
      if (!fields.OrderID) throw new Refusal(400, 'RU/001', 'Enter an order');
      const group = groups.get(operation) ?? String(100 + groups.size);
      groups.set(operation, group);
      const row: Row = {
        ConfirmationGroup: group,
        ConfirmationCount: String(stored.filter((one) => one.ConfirmationGroup === group).length + 1),
        Sequence: '0',
        IsReversed: false,
        IsReversal: false,
        ...fields,
        ExternalSystemConfirmation: external,
      };
      stored.push(row);
      movementsOf.set(
        row,
        movements.map((movement, index) => postMovement(movement, row, index)),
      );
      return row;
    },
  };

  function postMovement(movement: Row, confirmation: Row, index: number): Row {
    const { Material, QuantityInEntryUnit, GoodsMovementType } = movement;
    const { OrderID, OrderOperation, ConfirmationGroup, ConfirmationCount } = confirmation;
    if (GoodsMovementType === '261')
      orders.withdraw(String(OrderID), String(OrderOperation), String(Material), String(QuantityInEntryUnit));
    return {
      ConfirmationGroup,
      ConfirmationCount,
      MaterialDocument: String(4_900_000_000 + stored.length),
      MaterialDocumentItem: String(index + 1).padStart(4, '0'),
      ...movement,
    };
  }
}

/** The components of all orders. */
export function componentSet(orders: OrderBook): EntitySetOf {
  const all = (): StoredComponent[] => orders.all().flatMap((order) => order.components);
  const of = (row: Row) => all().find((component) => component.row === row)!;
  const etag = (row: Row) => `W/"'${20260101000000 + of(row).version}'"`;
  return {
    keys: ['Reservation', 'ReservationItem', 'ReservationRecordType'],
    rows: () => all().map(({ row }) => row),
    etag,
    create(fields) {
      checkProperties(fields, componentProperties);
      const order = orders.find(String(fields.ManufacturingOrder));
      if (!order) throw new Refusal(404, 'CO/017', `Order ${fields.ManufacturingOrder} does not exist`);
      const { Material, RequiredQuantity } = fields;
      if (typeof Material !== 'string' || typeof RequiredQuantity !== 'string')
        throw new Refusal(400, 'CN/001', 'Material and RequiredQuantity are needed');
      const [BaseUnit, BaseUnitISOCode, BaseUnitSAPCode] = unitCodes(
        String(fields.BaseUnitISOCode ?? fields.BaseUnit ?? 'PCE'),
      );
      return orders.addComponent(order, {
        ...fields,
        ...{ BaseUnit, BaseUnitISOCode, BaseUnitSAPCode },
        ...{ Material, RequiredQuantity },
      }).row;
    },
    change(row, fields, given) {
      checkProperties(fields, componentProperties);
      if (given !== '*' && given !== etag(row))
        throw new Refusal(412, '/IWBEP/CM_MGW_RT/020', 'The entity was changed by another user');
      Object.assign(row, fields);
      if (fields.RequiredQuantity) row.RequiredQuantity = quantityText(String(fields.RequiredQuantity));
      of(row).version++;
    },
  };
}

/** Order headers: read only. */
export function orderSet(orders: OrderBook): EntitySetOf {
  const of = ({ ManufacturingOrder }: Row) => orders.find(String(ManufacturingOrder));
  return {
    keys: ['ManufacturingOrder'],
    rows: () => orders.all().map(orderRow),
    below: {
      to_ProductionOrderComponent: (row) => of(row)?.components.map((component) => component.row) ?? [],
      to_ProductionOrderOperation: (row) => {
        const order = of(row);
        return order ? operationRows(order) : [];
      },
    },
    belowIn: {
      to_ProductionOrderComponent: 'A_ProductionOrderComponent_3',
      to_ProductionOrderOperation: 'A_ProductionOrderOperation_2',
    },
  };
}

/** The operations of all orders: read only. */
export function operationSet(orders: OrderBook): EntitySetOf {
  return {
    keys: ['OrderInternalBillOfOperations', 'OrderIntBillOfOperationsItem'],
    rows: () => orders.all().flatMap(operationRows),
  };
}

/** Unknown properties and decimals that are no text are refused, as the gateway's parser does. */
function checkProperties(fields: Row, known: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (!known.has(name))
      throw new Refusal(400, 'CX_SXML_PARSE_ERROR/001', `Property '${name}' is invalid for the entity type`);
    if (name.includes('Quantity') && !/^-?\d+(\.\d+)?$/.test(typeof value === 'string' ? value : ''))
      throw new Refusal(400, 'CX_SXML_PARSE_ERROR/002', `Failed to read property '${name}'`);
    if (/Date$/.test(name) && !/^\/Date\(-?\d+\)\/$/.test(String(value)))
      throw new Refusal(400, 'CX_SXML_PARSE_ERROR/003', `Failed to read property '${name}'`);
    if (/Time$/.test(name) && !/^PT\d\dH\d\dM\d\dS$/.test(String(value)))
      throw new Refusal(400, 'CX_SXML_PARSE_ERROR/004', `Failed to read property '${name}'`);
  }
  if (String(fields.ConfirmationYieldQuantity ?? '').startsWith('-'))
    throw new Refusal(400, 'RU/124', 'Enter a positive quantity; cancel the confirmation instead');
}

/** Nested entities come as a list, or as `{results: [...]}`. */
function listOf(nested: unknown): Row[] {
  if (Array.isArray(nested)) return nested as Row[];
  return (nested as { results?: Row[] } | undefined)?.results ?? [];
}
