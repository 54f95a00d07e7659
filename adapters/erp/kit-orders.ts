import { Decimal } from 'decimal.js';
import { DateTime } from 'luxon';
import { type Component, type Operation, type OrderData, plant, quantityText, unitCodes } from './kit-plant';

export type Row = Record<string, unknown>;

/** A component as the ERP keeps it, and how often it was changed. */
export interface StoredComponent {
  readonly row: Row & { Material: string; RequiredQuantity: string; WithdrawnQuantity: string };
  version: number;
}

export interface StoredOrder {
  readonly number: string;
  readonly reservation: string;
  material: string;
  quantity: string;
  unit: string;
  revision: string;
  /** Local times of the plant. */
  start: DateTime;
  end: DateTime;
  status: readonly string[];
  operations: readonly Operation[];
  readonly components: StoredComponent[];
  /** When the header was changed last, and each operation that was changed later on its own: epoch ms. */
  changedAt: number;
  readonly operationChangedAt: Map<string, number>;
}

/** The production orders of the stand-in ERP with their component lists. */
export function orderBook() {
  const orders = new Map<string, StoredOrder>();

  function addComponent(order: StoredOrder, fields: Row & { Material: string; RequiredQuantity: string }) {
    const item = String(order.components.length + 1).padStart(4, '0');
    const component: StoredComponent = {
      version: 1,
      row: {
        Reservation: order.reservation,
        ReservationItem: item,
        ReservationRecordType: '',
        ManufacturingOrder: order.number,
        ManufacturingOrderCategory: '10',
        ManufacturingOrderType: 'YBM1',
        ManufacturingOrderSequence: '0',
        Plant: plant.number,
        GoodsMovementType: '261',
        BOMItemCategory: 'L',
        StorageLocation: '101A',
        ReservationIsFinallyIssued: false,
        MatlCompIsMarkedForBackflush: false,
        MaterialComponentIsPhantomItem: false,
        ...fields,
        RequiredQuantity: quantityText(fields.RequiredQuantity),
        WithdrawnQuantity: '0.000',
      },
    };
    order.components.push(component);
    return component;
  }

  return {
    all: (): StoredOrder[] => [...orders.values()],
    find: (number: string): StoredOrder | undefined => orders.get(number),
    addComponent,

    /** A new order, or the same one exploded anew. */
    create(data: OrderData): StoredOrder {
      const start =
        localTime(data.start) ?? DateTime.now().setZone(plant.zone).plus({ hours: 1 }).startOf('hour');
      const order: StoredOrder = {
        number: data.number,
        reservation: String(1000 + orders.size).padStart(10, '0'),
        material: data.material ?? plant.product,
        quantity: quantityText(data.quantity ?? '1'),
        unit: data.unit ?? plant.unit,
        revision: data.revision ?? plant.revision,
        start,
        end: localTime(data.end) ?? start.plus({ hours: 8 }),
        status: data.status ?? ['I0002', 'I0016', 'I0028'],
        operations: data.operations ?? plant.operations,
        components: [],
        changedAt: Date.now(),
        operationChangedAt: new Map(),
      };
      for (const component of data.components ?? explode(order.quantity))
        addComponent(order, fieldsOf(component));
      orders.set(order.number, order);
      return order;
    },

    /** Changes what is given; a new quantity scales the components that are not given. */
    change(data: OrderData): StoredOrder {
      const order = orders.get(data.number);
      if (!order) throw new Error(`the ERP has no order ${data.number}`);
      const factor = new Decimal(data.quantity ?? order.quantity).dividedBy(order.quantity);
      for (const { row } of order.components)
        row.RequiredQuantity = quantityText(factor.times(row.RequiredQuantity));
      if (data.components) {
        order.components.length = 0;
        for (const component of data.components) addComponent(order, fieldsOf(component));
      }
      if (data.quantity) order.quantity = quantityText(data.quantity);
      order.start = localTime(data.start) ?? order.start;
      order.end = localTime(data.end) ?? order.end;
      order.revision = data.revision ?? order.revision;
      order.status = data.status ?? order.status;
      order.operations = data.operations ?? order.operations;
      order.changedAt = Date.now();
      return order;
    },

    /** Changes one operation: the header does not notice. */
    changeOperation(number: string, operation: Partial<Operation> & Pick<Operation, 'number'>): void {
      const order = orders.get(number);
      if (!order) throw new Error(`the ERP has no order ${number}`);
      order.operations = order.operations.map((one) =>
        one.number === operation.number ? { ...one, ...operation } : one,
      );
      order.operationChangedAt.set(operation.number, Date.now());
    },

    /** A goods issue (261) to an order: what is withdrawn of its component grows. Unplanned issues leave no trace here. */
    withdraw(number: string, operation: string, material: string, quantity: string): void {
      const candidates = orders.get(number)?.components.filter(({ row }) => row.Material === material) ?? [];
      const component =
        candidates.find(({ row }) => row.ManufacturingOrderOperation === operation) ?? candidates[0];
      if (!component) return;
      component.row.WithdrawnQuantity = quantityText(
        new Decimal(component.row.WithdrawnQuantity).plus(quantity),
      );
      component.version++;
    },
  };
}

export type OrderBook = ReturnType<typeof orderBook>;

function explode(quantity: string): Component[] {
  return plant.components.map((component) => ({
    ...component,
    quantity: new Decimal(component.quantity).times(quantity).toString(),
  }));
}

function fieldsOf({ item, material, quantity, unit, operation }: Component) {
  const [BaseUnit, BaseUnitISOCode, BaseUnitSAPCode] = unitCodes(unit);
  return {
    BillOfMaterialItemNumber: item,
    Material: material,
    RequiredQuantity: quantity,
    BaseUnit,
    BaseUnitISOCode,
    BaseUnitSAPCode,
    ManufacturingOrderOperation: operation,
  };
}

function localTime(text: string | undefined): DateTime | undefined {
  return text === undefined ? undefined : DateTime.fromISO(text, { zone: plant.zone });
}

/** The order as A_ProductionOrder_2 gives it. */
export function orderRow(order: StoredOrder): Row {
  const [ProductionUnit, ProductionUnitISOCode, ProductionUnitSAPCode] = unitCodes(order.unit);
  const flag = (status: string) => (order.status.includes(status) ? 'X' : '');
  return {
    ManufacturingOrder: order.number,
    ManufacturingOrderCategory: '10',
    ManufacturingOrderType: 'YBM1',
    OrderIsCreated: flag('I0001'),
    OrderIsReleased: flag('I0002'),
    OrderIsTechnicallyCompleted: flag('I0045'),
    OrderIsClosed: flag('I0046'),
    Material: order.material,
    ProductionPlant: plant.number,
    MfgOrderPlannedStartDate: odataDate(order.start),
    MfgOrderPlannedStartTime: odataTime(order.start),
    MfgOrderPlannedEndDate: odataDate(order.end),
    MfgOrderPlannedEndTime: odataTime(order.end),
    TotalQuantity: order.quantity,
    ProductionUnit,
    ProductionUnitISOCode,
    ProductionUnitSAPCode,
    LastChangeDateTime: digits(order.changedAt),
  };
}

/** Its operations as A_ProductionOrderOperation_2 gives them. */
export function operationRows(order: StoredOrder): Row[] {
  const released = order.status.includes('I0002') ? 'X' : '';
  return order.operations.map(({ number, description, workCentre }, index) => ({
    OrderInternalBillOfOperations: order.reservation,
    OrderIntBillOfOperationsItem: String(index + 1).padStart(8, '0'),
    ManufacturingOrder: order.number,
    ManufacturingOrderSequence: '0',
    ManufacturingOrderOperation: number,
    ManufacturingOrderSubOperation: '',
    MfgOrderOperationText: description,
    OperationIsReleased: released,
    OperationIsDeleted: '',
    WorkCenter: workCentre,
    OpErlstSchedldExecStrtDte: odataDate(order.start),
    OpErlstSchedldExecStrtTme: odataTime(order.start),
    OpLtstSchedldExecEndDte: odataDate(order.end),
    OpLtstSchedldExecEndTme: odataTime(order.end),
    LastChangeDateTime: digits(Math.max(order.changedAt, order.operationChangedAt.get(number) ?? 0)),
  }));
}

/** The order's services write when it was changed as digits. */
const digits = (at: number): string => new Date(at).toISOString().slice(0, 19).replace(/[-T:]/g, '');

/** A calendar date is midnight UTC of that date, whatever the plant's zone is. */
const odataDate = (time: DateTime): string => `/Date(${Date.UTC(time.year, time.month - 1, time.day)})/`;
const odataTime = (time: DateTime): string => time.toFormat("'PT'HH'H'mm'M'ss'S'");
