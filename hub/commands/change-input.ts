import { readFileSync } from 'node:fs';
import { HubError } from '../../model/errors';
import type { OperationsDefinition } from '../change/shapes';
import type { ChangeView } from '../change-desk/view';
import type { CommonOptions } from './output';

/** Options of a command that asks a running hub about changes. */
export type Remote = CommonOptions & { hub: string };

/** Whom a change hits, as programs want it. */
export function impactOf({ orders }: Pick<ChangeView, 'orders'>) {
  return {
    orders: orders.map(({ id, severity, state, operations, action: proposed }) => ({
      id,
      severity,
      state,
      operations,
      action: proposed,
    })),
  };
}

/** The operations definition in a file: canonical JSON, alone or in a message. Throws HUB_WRONG_USE. */
export function definitionIn(file: string): OperationsDefinition {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new HubError('HUB_WRONG_USE', `${file} cannot be read as JSON: ${(cause as Error).message}`, {
      at: file,
      cause,
    });
  }
  const item = (value as { items?: unknown[] }).items?.[0] ?? value;
  if (typeof (item as { id?: unknown }).id === 'string') return item as OperationsDefinition;
  throw new HubError('HUB_WRONG_USE', `${file} holds no operations definition: it has no id`, { at: file });
}
