import { expect, test } from '@jest/globals';
import type { Connection } from '../../adapters/adapter';
import type { Row } from '../storage/store';
import { type Deliverer, deliver } from './deliver';

const record = { type: 'Job', key: '7', body: { id: '7', text: 'Größe "M"' } };
const row = { id: 'd1', payload: { flow: 'jobs', map: 'job', record } } as unknown as Row;

function deliveredBy(send: Connection['send']) {
  const deliverer = { connection: () => ({ send }) } as unknown as Deliverer;
  return deliver({ dest: 'mes', key: '7' }, row, deliverer);
}

test('what was sent is kept as it was written for sending', async () => {
  const { request, requestText } = await deliveredBy(async ({ body }) => ({
    sentText: JSON.stringify(body),
  }));
  expect(request).toEqual(record);
  expect(requestText).toBe(JSON.stringify(record));
});

test('what was sent in another form is kept as the record was', async () => {
  const receipt = await deliveredBy(async () => ({ answer: 'taken' }));
  expect(receipt).toEqual({ request: record, answer: 'taken' });
});
