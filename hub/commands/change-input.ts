import { readFileSync } from 'node:fs';
import { HubError } from '../../model/errors';
import type { Additions, Until } from '../change/change';
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

/** `operation 0020`, `next-order`, a time with its zone, or the JSON of the API. Throws HUB_WRONG_USE. */
export function untilIn(text: string): Until {
  const operation = /^operation[ :=](.+)$/.exec(text)?.[1];
  if (operation !== undefined) return { operation };
  if (text === 'next-order') return { nextOrder: true };
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return { time: text };
  return jsonIn('--until', text) as Until;
}

/** What the options of an extension add, together with the JSON of the API. Throws HUB_WRONG_USE. */
export function additionsIn(given: {
  readonly additions?: string;
  readonly instruction?: readonly string[];
  readonly resource?: readonly string[];
  readonly supply?: readonly string[];
}): Additions | undefined {
  const { additions: json, instruction = [], resource = [], supply = [] } = given;
  const additions = json === undefined ? {} : (jsonIn('--additions', json) as Additions);
  const lists: Additions = {
    instructions: pairs('--instruction', instruction).map(([segmentId, text]) => ({ segmentId, text })),
    resources: pairs('--resource', resource).map(([segmentId, equipmentId]) => ({ segmentId, equipmentId })),
    supply: pairs('--supply', supply).map(([place, material]) => {
      const [segmentId = '', lineId = ''] = place.split('/');
      return { segmentId, lineId, material };
    }),
  };
  const added = Object.entries(lists).filter(([, list]) => list.length > 0);
  const all: Additions = { ...additions, ...Object.fromEntries(added) };
  return Object.keys(all).length === 0 ? undefined : all;
}

const pairs = (option: string, texts: readonly string[]): [string, string][] =>
  texts.map((text) => {
    const at = text.indexOf('=');
    if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
    throw new HubError('HUB_WRONG_USE', `${option} takes <operation>=<what>`, { value: text });
  });

export function jsonIn(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError('HUB_WRONG_USE', `${option} takes JSON`, { value: text, cause });
  }
}
