import { orderAfter } from './carry-out';
import type { Change } from './change';
import type { Command } from './commands';
import type { OrderOnGround } from './impact';
import { inState } from './plan';
import type { Order } from './shapes';
import { requestOf } from './shapes';

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
  const held = requestOf(ground.order).requestState === 'Held';
  switch (command.kind) {
    case 'order-hold':
      return inState(ground.order, true);
    case 'order-release':
      return inState(ground.order, false);
    case 'order-change': {
      if (command.restores || command.undoes) return inState(command.message.item as unknown as Order, held);
      const order = change.orders.find((one) => one.id === ground.order.id);
      if (order === undefined) return undefined;
      const after = orderAfter(change, order, ground, commands);
      return held ? inState(after, true) : after;
    }
    default:
      return undefined;
  }
}
