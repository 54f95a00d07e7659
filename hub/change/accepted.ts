import { orderAfter } from './carry-out';
import type { Change } from './change';
import type { Command } from './commands';
import { heldAs, released } from './hold-marks';
import type { OrderOnGround } from './impact';
import type { Order } from './shapes';

/**
 * The hub's own state of an order once the MES has accepted a command: held, released, in its new form, or back in its
 * old one. `undefined`: the command says nothing about the order.
 */
export function acceptedOrder(
  change: Change,
  commands: readonly Command[],
  command: Command,
  ground: OrderOnGround,
): Order | undefined {
  switch (command.kind) {
    case 'order-hold':
      return heldAs(command.message.item as unknown as Order, ground.order);
    case 'order-release':
      return released(ground.order);
    case 'order-change': {
      if (command.restores || command.undoes)
        return heldAs(ground.order, released(command.message.item as unknown as Order));
      const order = change.orders.find((one) => one.id === ground.order.id);
      if (order === undefined) return undefined;
      const after = orderAfter(change, order, ground, commands);
      return heldAs(ground.order, after);
    }
    default:
      return undefined;
  }
}
