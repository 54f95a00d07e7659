import { HubError } from '../../model/errors';
import type { Outgoing, Receipt } from '../adapter';
import { difference, type OrderComponent, type WantedComponent } from './component-difference';
import { type EntitySet, keyText, literal, type OData } from './odata';

const service = 'API_PRODUCTION_ORDER_2_SRV';
export const orders: EntitySet = `${service}/A_ProductionOrder_2`;
export const orderComponents: EntitySet = `${service}/A_ProductionOrderComponent_3`;

/** The body of a `ProductionOrderComponents`: the whole component list that the order shall have. */
interface Components {
  readonly ManufacturingOrder: string;
  readonly components: readonly WantedComponent[];
}

/** How often the list is read again because somebody else changed it in between. */
const REREADS = 1;

/**
 * Brings an order's component list to what the record says: creates, changes and marks what differs, nothing else.
 * It reads the list first, so doing it again changes nothing, also when an earlier try got half way.
 */
export async function alignComponents(odata: OData, record: Outgoing): Promise<Receipt> {
  const wanted = componentsOf(record);
  for (let reread = 0; reread <= REREADS; reread++) {
    const done = await alignOnce(odata, wanted);
    if (done) return { counterpartId: wanted.ManufacturingOrder, answer: done };
  }
  throw new HubError(
    'HUB_BUSY',
    `the components of order ${wanted.ManufacturingOrder} change while they are written`,
    {
      at: orderComponents,
    },
  );
}

/** What was done, or undefined when a component had changed since it was read. */
async function alignOnce(odata: OData, { ManufacturingOrder, components }: Components) {
  const order = await odata.read(orders, { ManufacturingOrder });
  if (!order)
    throw new HubError('HUB_REJECTED', `the ERP has no order ${ManufacturingOrder}`, {
      at: `${orders}${keyText({ ManufacturingOrder })}`,
    });
  const filter = `ManufacturingOrder eq ${literal(ManufacturingOrder)}`;
  const present = (await odata.list(orderComponents, filter)) as OrderComponent[];
  const { changes, creations, kept } = difference(components, present);
  for (const { component, fields } of changes) {
    const { Reservation, ReservationItem, ReservationRecordType, __metadata } = component;
    const key = { Reservation, ReservationItem, ReservationRecordType };
    if (!(await odata.change(orderComponents, key, fields, __metadata?.etag))) return undefined;
  }
  for (const creation of creations) {
    await odata.create(orderComponents, {
      ManufacturingOrder,
      ManufacturingOrderSequence: '0',
      Plant: order.ProductionPlant,
      GoodsMovementType: '261',
      BOMItemCategory: 'L',
      ...creation,
    });
  }
  return { created: creations.length, changed: changes.length, kept };
}

function componentsOf(record: Outgoing): Components {
  const body = record.body as Components | null;
  if (typeof body?.ManufacturingOrder !== 'string' || !Array.isArray(body.components))
    throw new HubError('HUB_INVALID', `${record.key}: ManufacturingOrder and components are needed`, {
      at: 'components',
    });
  return body;
}
