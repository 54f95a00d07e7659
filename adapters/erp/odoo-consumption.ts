import { Decimal } from 'decimal.js';
import { HubError } from '../../model/errors';
import { idOf, type Odoo, type Row } from './odoo-rpc';

/** What of a component was used up since the report before. */
export interface Consumed {
  /** The internal reference of the product. */
  readonly default_code: string;
  readonly quantity: number;
  /** Name of its unit; absent: that of the order's component. */
  readonly uom?: string;
}

/** `[1, id, fields]` changes a row of a one2many. */
type Change = [command: 1, id: number, fields: object];

const MOVE = 'stock.move';
const OVER = new Set(['done', 'cancel']);

/**
 * The changes of an order's components that book these quantities: what was booked before, and this. The quantity of a
 * component that is not picked is a reservation (from 17 on), and not counted. Read and written apart: what somebody
 * books between the two is lost, as Odoo has no lock.
 */
export async function consumption(
  odoo: Odoo,
  production: Row,
  workOrderId: number,
  consumed: readonly Consumed[],
): Promise<Change[]> {
  if (consumed.length === 0) return [];
  const known = (await odoo.call(MOVE, 'fields_get', [['quantity_done', 'quantity', 'picked']], {
    attributes: ['type'],
  })) as object;
  // Up to 16 what was used up has a field of its own.
  const old = Object.hasOwn(known, 'quantity_done');
  const booked = old ? 'quantity_done' : 'quantity';
  const moves = await movesOf(odoo, production, [booked, ...(old ? [] : ['picked'])]);
  const changes = new Map<number, Change>();
  for (const { default_code, quantity, uom } of consumed) {
    const move = moveOf(moves, default_code, workOrderId, production);
    const unit = (move.product_uom as [number, string] | false) || undefined;
    if (uom !== undefined && unit !== undefined && unit[1] !== uom) {
      const message = `${default_code} of ${String(production.name)} is counted in ${unit[1]}, not in ${uom}`;
      throw new HubError('HUB_REJECTED', message, { value: uom });
    }
    const before = old || move.picked ? Number(move[booked]) || 0 : 0;
    move[booked] = new Decimal(before).plus(quantity).toNumber();
    move.picked = true;
    changes.set(move.id, [1, move.id, { [booked]: move[booked], ...(old ? {} : { picked: true }) }]);
  }
  return [...changes.values()];
}

/** The components of the order that are not over, each with the reference of its product. */
async function movesOf(odoo: Odoo, production: Row, more: readonly string[]): Promise<Row[]> {
  const ids = (production.move_raw_ids as number[] | false) || [];
  const fields = ['product_id', 'product_uom', 'state', 'workorder_id', ...more];
  const moves = (await odoo.call(MOVE, 'read', [ids], { fields })) as Row[];
  const open = moves.filter(({ state }) => !OVER.has(String(state)));
  const products = [...new Set(open.flatMap(({ product_id }) => idOf(product_id) ?? []))];
  const read = (await odoo.call('product.product', 'read', [products], {
    fields: ['default_code'],
  })) as Row[];
  const codes = new Map(read.map(({ id, default_code }) => [id, default_code]));
  return open.map((move) => ({ ...move, default_code: codes.get(idOf(move.product_id) ?? -1) }));
}

/** The component of this work order, else one of the order's own. */
function moveOf(moves: readonly Row[], code: string, workOrderId: number, production: Row): Row {
  const same = moves.filter(({ default_code }) => default_code === code);
  const found =
    same.find(({ workorder_id }) => idOf(workorder_id) === workOrderId) ??
    same.find(({ workorder_id }) => idOf(workorder_id) === undefined) ??
    same[0];
  if (found) return found;
  const message = `the manufacturing order ${String(production.name)} has no open component ${code} that could be used up`;
  throw new HubError('HUB_REJECTED', message, { value: code });
}
