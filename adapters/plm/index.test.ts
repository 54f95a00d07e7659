import type { HubError } from '../../model/errors';
import { plmJson } from '.';
import { processValve } from './revisions';

const read = (body: unknown) =>
  plmJson.read!({
    contentType: 'application/json',
    text: typeof body === 'string' ? body : JSON.stringify(body),
  });
const revision = () => processValve('B', '2025-03-03T06:00:00Z');

function failureOf(body: unknown): HubError {
  try {
    read(body);
  } catch (error) {
    return error as HubError;
  }
  throw new Error('it was taken');
}

test('a revision is one record under the number of its product', () => {
  const [record, ...more] = read(revision());
  expect(more).toEqual([]);
  expect(record).toEqual({
    type: 'ProductRevision',
    key: 'PV-100',
    id: 'PV-100/B/ECN-2001',
    body: revision(),
  });
});

test('a correction under the same notice is another event', () => {
  const corrected = { ...revision(), changeNotice: { ...revision().changeNotice, issue: '2' } };
  expect(read(corrected)[0]!.id).toBe('PV-100/B/ECN-2001/2');
});

test.each([
  ['{"product":', 'HUB_BAD_JSON', 'line 1, column 12'],
  ['<product/>', 'HUB_BAD_JSON', 'line 1, column 1'],
  ['[]', 'HUB_INVALID', undefined],
  ['null', 'HUB_INVALID', undefined],
  [{ ...revision(), product: undefined }, 'HUB_INVALID', 'product.number'],
  [{ ...revision(), product: { ...revision().product, number: ' ' } }, 'HUB_INVALID', 'product.number'],
  [{ ...revision(), product: { ...revision().product, revision: 2 } }, 'HUB_INVALID', 'product.revision'],
  [{ ...revision(), changeNotice: null }, 'HUB_INVALID', 'changeNotice.id'],
])('%j is refused with %s', (body, code, at) => {
  const failure = failureOf(body);
  expect([failure.code, failure.kind, failure.at]).toEqual([code, 'permanent', at]);
});

test('every missing name is told at once', () => {
  expect(failureOf('{}').issues.map(({ path }) => path)).toEqual([
    'product.number',
    'product.revision',
    'changeNotice.id',
  ]);
});

test('a PLM without an address takes no status', async () => {
  const connection = await plmJson.open({ timeoutMs: 100 }, { dataDir: '', log: () => {} });
  const status = { type: 'ChangeStatus', key: 'ECN-2001', id: '1', body: {} };
  await expect(connection.check()).resolves.toBeUndefined();
  await expect(connection.send!(status)).rejects.toMatchObject({ code: 'HUB_TAKES_NOTHING' });
  await connection.close();
});
