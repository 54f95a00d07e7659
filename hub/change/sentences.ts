import type { DiffItem, Side } from './diff-items';
import { NC_PROGRAM, NC_PROGRAM_VERSION } from './programs';

const place = ({ segmentId, kind }: Pick<DiffItem, 'segmentId' | 'kind'>) => {
  if (segmentId !== '') return `Operation ${segmentId}`;
  return kind.startsWith('order-') ? 'Order' : 'Product';
};
const amount = (side: Side | undefined) => [side?.quantity, side?.unit].filter(Boolean).join(' ');
const component = (side: Side | undefined) => `${side?.material ?? 'component'} (${amount(side)})`;
const named = (list: readonly string[] | undefined) =>
  list === undefined || list.length === 0 ? 'none' : list.join(', ');
const value = (side: Side | undefined) => [side?.value ?? 'no value', side?.unit].filter(Boolean).join(' ');

const programNames: Readonly<Record<string, string>> = {
  [NC_PROGRAM]: 'the NC program',
  [NC_PROGRAM_VERSION]: "the NC program's version",
};
const parameter = ({ parameterId = '' }: Pick<DiffItem, 'parameterId'>) =>
  programNames[parameterId] ?? `parameter ${parameterId}`;

/** One sentence a difference, in the words of the shop floor. */
export function sentenceOf(item: Omit<DiffItem, 'sentence'>): string {
  const { old, new: now } = item;
  const found = item.identity === 'item+position' ? ' (found by item and position)' : '';
  return `${place(item)}: ${phrase(item, old, now)}${found}.`;
}

function phrase(item: Omit<DiffItem, 'sentence'>, old: Side | undefined, now: Side | undefined): string {
  switch (item.kind) {
    case 'component-added':
      return `${component(now)} is added`;
    case 'component-removed':
      return `${component(old)} is removed`;
    case 'component-replaced':
      return `${component(old)} is replaced by ${component(now)}`;
    case 'component-moved':
      return `${component(now)} is now consumed here instead of in operation ${old?.segmentId}`;
    case 'quantity-changed':
      return `${now?.material} changes from ${amount(old)} to ${amount(now)}`;
    case 'unit-changed':
      return `${now?.material} is now measured in ${now?.unit || 'no unit'}: ${amount(now)} instead of ${amount(old)}`;
    case 'use-changed':
      return `${now?.material} is now ${now?.use ?? 'without use'} instead of ${old?.use ?? 'without use'}`;
    case 'alternative-changed':
      return `alternatives of ${now?.material} are now ${named(now?.alternatives)} instead of ${named(old?.alternatives)}`;
    case 'operation-added':
      return `is added${now?.value ? ` ("${now.value}")` : ''}`;
    case 'operation-removed':
      return `is removed${old?.value ? ` ("${old.value}")` : ''}`;
    case 'operation-resequenced':
      return `now comes ${now?.value} instead of ${old?.value}`;
    case 'resource-changed':
      return `runs on ${named(now?.resources)} instead of ${named(old?.resources)}`;
    case 'tooling-changed':
      return `needs the tools ${named(now?.resources)} instead of ${named(old?.resources)}`;
    case 'skill-changed':
      return `needs the skills ${named(now?.resources)} instead of ${named(old?.resources)}`;
    case 'instruction-changed':
      return `the instruction is now "${now?.value ?? ''}" instead of "${old?.value ?? ''}"`;
    case 'duration-changed':
      return `takes ${now?.value ?? 'no stated time'} instead of ${old?.value ?? 'no stated time'}`;
    case 'parameter-added':
      return `${parameter(item)} is added with ${value(now)}`;
    case 'parameter-changed':
      return `${parameter(item)} changes from ${value(old)} to ${value(now)}`;
    case 'parameter-removed':
      return `${parameter(item)} (${value(old)}) is removed`;
    case 'site-changed':
      return `is made at ${now?.value ?? 'no stated site'} instead of ${old?.value ?? 'no stated site'}`;
    case 'order-quantity-changed':
      return `the order quantity changes from ${amount(old)} to ${amount(now)}`;
    case 'order-date-changed':
      return `${item.parameterId === 'startTime' ? 'the start' : 'the due date'} moves from ${value(old)} to ${value(now)}`;
    case 'order-priority-changed':
      return `the priority changes from ${value(old)} to ${value(now)}`;
    case 'order-variant-changed':
      return `the order is now for ${value(now)} instead of ${value(old)}`;
  }
}

export const told = (item: Omit<DiffItem, 'sentence'>): DiffItem => ({ ...item, sentence: sentenceOf(item) });
