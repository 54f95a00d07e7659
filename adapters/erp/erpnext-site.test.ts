import type { HttpClient, HttpRequest } from '../transports/http';
import { site } from './erpnext-site';

type Listed = { name: string; modified: string };

/** Lists these documents as Frappe does; after each page, `then` happens to them. */
function serving(docs: Listed[], then: (docs: Listed[], page: number) => void) {
  let pages = 0;
  const request = async ({ query = {} }: HttpRequest) => {
    const filters = JSON.parse(String(query.filters)) as [string, string, string][];
    const since = filters.find(([field]) => field === 'modified')?.[2] ?? '';
    const found = docs
      .filter(({ modified }) => modified >= since)
      .sort((a, b) => (a.modified < b.modified ? -1 : 1));
    const start = Number(query.limit_start);
    const data = found.slice(start, start + Number(query.limit_page_length)).map((doc) => ({ ...doc }));
    then(docs, ++pages);
    return { status: 200, headers: {}, text: '', json: () => ({ data }) };
  };
  return site({ request } as unknown as HttpClient, 2);
}
const documents = (times: readonly number[]): Listed[] =>
  times.map((time, n) => ({ name: `I-${n + 1}`, modified: `2026-03-02 06:00:0${time}.000000` }));
const names = (rows: readonly Listed[]) => rows.map(({ name }) => name).sort();

test('no document is missed when one before it is changed while the list is read in portions', async () => {
  const erp = serving(documents([1, 2, 3, 4, 5]), (docs, page) => {
    if (page === 1) docs[0]!.modified = '2026-03-02 06:00:09.000000';
  });
  const rows = await erp.list('Item', [], ['name']);
  expect(names(rows)).toEqual(['I-1', 'I-2', 'I-3', 'I-4', 'I-5']);
});

test('more documents of one moment than a portion holds are all listed', async () => {
  const rows = await serving(documents([1, 1, 1, 1, 1, 2]), () => {}).list('Item', [], ['name']);
  expect(rows).toHaveLength(6);
});
