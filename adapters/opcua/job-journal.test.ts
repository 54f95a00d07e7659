import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, type Snapshot } from './job-journal';

const folder = () => mkdtempSync(join(tmpdir(), 'journal-'));
const says = (good: number, more: Partial<Snapshot> = {}): Snapshot => ({
  jobOrderID: 'J',
  jobResponseID: 'R-J',
  state: 'Running',
  stateNumber: 3,
  startTime: '2026-03-02T05:00:00.000Z',
  data: [
    { ID: 'GoodQuantity', value: good, unit: 'PCE' },
    { ID: 'PressForce', value: 12.5 },
  ],
  time: '2026-03-02T05:00:01.000Z',
  ...more,
});
const data = (record: { body: unknown } | undefined) =>
  (record?.body as { data: unknown[] } | undefined)?.data.slice(0, 2);

test('a total becomes the increase since the last record, beside the total', async () => {
  const journal = openJournal(folder(), ['GoodQuantity']);
  await journal.next(says(2));
  expect(data(await journal.next(says(5)))).toEqual([
    { ID: 'GoodQuantity', value: 3, unit: 'PCE' },
    { ID: 'GoodQuantityTotal', value: 5, unit: 'PCE' },
  ]);
});

test('increases of decimals are exact', async () => {
  const journal = openJournal(folder(), ['GoodQuantity']);
  await journal.next(says(0.1));
  expect(data(await journal.next(says(0.3)))).toMatchObject([{ value: 0.2 }, { value: 0.3 }]);
});

test('what is not a counter stays as it is', async () => {
  const record = await openJournal(folder(), []).next(says(2));
  expect(data(record)).toEqual(says(2).data);
});

test.each([
  ['the same again, at another time', says(2, { time: '2026-03-02T06:00:00.000Z' })],
  ['a smaller total: it was said earlier and came late', says(1)],
])('nothing new: %s', async (_what, snapshot) => {
  const journal = openJournal(folder(), ['GoodQuantity']);
  await journal.next(says(2));
  expect(await journal.next(snapshot)).toBeUndefined();
});

test('a job that ended does not run again by a message that came late', async () => {
  const journal = openJournal(folder(), ['GoodQuantity']);
  await journal.next(says(4, { state: 'Ended', stateNumber: 5 }));
  expect(await journal.next(says(4))).toBeUndefined();
});

test('held, running and held again are three records with three ids', async () => {
  const journal = openJournal(folder(), ['GoodQuantity']);
  const held = says(2, { state: 'Interrupted', stateNumber: 4 });
  const records = [await journal.next(held), await journal.next(says(2)), await journal.next(held)];
  expect(new Set(records.map((record) => record?.id)).size).toBe(3);
});

test('a job order id that is used for a new run counts from zero', async () => {
  const journal = openJournal(folder(), ['GoodQuantity']);
  await journal.next(says(4, { state: 'Ended', stateNumber: 5 }));
  const record = await journal.next(says(1, { startTime: '2026-03-03T05:00:00.000Z' }));
  expect(data(record)).toMatchObject([{ value: 1 }, { value: 1 }]);
});

test('a record that was not taken before a crash is offered again as it was; what came since counts from it', async () => {
  const place = folder();
  const record = await openJournal(place, ['GoodQuantity']).next(says(2));
  const journal = openJournal(place, ['GoodQuantity']);
  expect(journal.pending()).toEqual([record]);
  await journal.taken('J');
  expect(openJournal(place, ['GoodQuantity']).pending()).toEqual([]);
  expect(data(await journal.next(says(3)))).toMatchObject([{ value: 1 }, { value: 3 }]);
});
