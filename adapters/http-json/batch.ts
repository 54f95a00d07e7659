import { HubError } from '../../model/errors';
import type { Outgoing, Receipt } from '../adapter';
import type { HttpAnswer, HttpClient } from '../transports/http';
import { valueAt } from './path';
import type { BatchSpec, SendSpec } from './settings';

type Spec = SendSpec & { readonly batch: BatchSpec };

/**
 * Sends several records as one list, each marked with its delivery. Without results in the answer all of them are taken
 * or, when it throws, none; with results each has its own, up to the first that was not taken.
 */
export async function sendBatch(
  client: HttpClient,
  spec: Spec,
  records: readonly Outgoing[],
): Promise<(Receipt | HubError)[]> {
  const { batch } = spec;
  const list = records.map(({ id, body }) => ({ ...(body as object), [batch.mark]: id }));
  const answer = await client.request({
    method: spec.method,
    path: spec.path.replaceAll('{key}', encodeURIComponent(records[0]!.key)),
    headers: { [spec.idempotencyHeader]: records[0]!.id, accept: 'application/json' },
    body: batch.list === undefined ? list : { [batch.list]: list },
    allow: spec.ok,
  });
  if (batch.results === undefined) return records.map(() => ({ answer: { status: answer.status } }));
  return resultsIn(answer, spec, records);
}

function resultsIn(answer: HttpAnswer, spec: Spec, records: readonly Outgoing[]): (Receipt | HubError)[] {
  const found = listIn(answer, spec.batch.results!);
  const results: (Receipt | HubError)[] = [];
  for (const [n, { id }] of records.entries()) {
    const result = resultOf(found[n], spec, id);
    results.push(result);
    if (result instanceof HubError) break;
  }
  return results;
}

function listIn({ text }: HttpAnswer, path: string): readonly unknown[] {
  try {
    const list = valueAt(path, JSON.parse(text));
    if (Array.isArray(list)) return list;
  } catch {
    // Not JSON: as good as no list.
  }
  throw new HubError('HUB_FAILED', `the answer has no list of results at ${path}`, {
    value: text.slice(0, 500),
  });
}

function resultOf(result: unknown, { batch, ok, id }: Spec, delivery: string): Receipt | HubError {
  if (result === undefined)
    return new HubError('HUB_FAILED', `the answer has no result for delivery ${delivery}`);
  const status = Number(valueAt(batch.status, result));
  if ((status >= 200 && status < 300) || ok.includes(status)) {
    const counterpartId = id === undefined ? undefined : valueAt(id, result);
    return {
      ...(counterpartId === undefined ? {} : { counterpartId: String(counterpartId) }),
      answer: result,
    };
  }
  const said = `the system answered ${status} for it: ${JSON.stringify(result).slice(0, 500)}`;
  if (status === 429 || status === 503) return new HubError('HUB_BUSY', said);
  if (status >= 400 && status < 500) return new HubError('HUB_REJECTED', said, { value: status });
  return new HubError('HUB_FAILED', said, { value: status });
}
