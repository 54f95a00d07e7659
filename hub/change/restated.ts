import { isDeepStrictEqual as same } from 'node:util';
import { restatedLines } from './restated-lines';
import type { Order, SegmentRequirement } from './shapes';
import { requestOf } from './shapes';

/**
 * The order as it must be after its sender has stated it anew. The sender knows nothing of what planning, engineering
 * changes and the shop floor have made of it since, so only what it says differently from what it said `last` counts;
 * all else stays as `stored`. Another quantity takes the components along, in their present form.
 *
 * Called with the stored order of an earlier moment as `last`, it brings a wish from then up to what is stored now.
 */
export function restated(stored: Order, last: Order, wanted: Order): Order {
  const [now, before, next] = [requestOf(stored), requestOf(last), requestOf(wanted)];
  const request = {
    ...kept(now, before, next, new Set(['segmentRequirement'])),
    segmentRequirement: segments(stored, last, wanted),
  };
  return {
    ...kept(stored, last, wanted, new Set(['operationsRequest'])),
    operationsRequest: [request, ...stored.operationsRequest.slice(1)],
  };
}

/** Field by field: the wanted one where the sender changed it, the stored one else. */
function kept<T extends object>(stored: T, last: T, wanted: T, besides: ReadonlySet<string>): T {
  const result = { ...stored } as Record<string, unknown>;
  const [before, next] = [last as Record<string, unknown>, wanted as Record<string, unknown>];
  for (const field of new Set([...Object.keys(before), ...Object.keys(next)])) {
    if (besides.has(field) || same(before[field], next[field])) continue;
    if (next[field] === undefined) delete result[field];
    else result[field] = next[field];
  }
  return result as T;
}

function segments(stored: Order, last: Order, wanted: Order): SegmentRequirement[] {
  const [before, next] = [byId(last), byId(wanted)];
  const orders = { stored, last, wanted };
  const list: SegmentRequirement[] = [];
  for (const segment of requestOf(stored).segmentRequirement) {
    const [said, says] = [before.get(segment.id), next.get(segment.id)];
    if (says === undefined && said !== undefined) continue;
    // What an engineering change brought in, the sender may not know.
    const [base, wish] = [said ?? says ?? segment, says ?? segment];
    const { materialRequirement: _lines, ...fields } = kept(
      segment,
      base,
      wish,
      new Set(['materialRequirement']),
    );
    const materialRequirement = restatedLines(segment, base, wish, orders);
    list.push(materialRequirement.length === 0 ? fields : { ...fields, materialRequirement });
  }
  let follows = -1;
  for (const segment of requestOf(wanted).segmentRequirement) {
    const at = list.findIndex(({ id }) => id === segment.id);
    if (at !== -1) follows = at;
    // An operation that an engineering change took out stays out, even when the sender still speaks of it.
    else if (!before.has(segment.id)) list.splice(++follows, 0, segment);
  }
  return list;
}

const byId = (order: Order): Map<string, SegmentRequirement> =>
  new Map(requestOf(order).segmentRequirement.map((segment) => [segment.id, segment]));
