import { until } from '../hub/client';
import type { StoredRecord } from '../hub/storage/store';
import { type RunningHub, runningHub } from './running-hub';

/** Whatever a sender does: the answer says where, what and what to do, nothing is lost, and the next message is served. */
describe('bad input', () => {
  let hub: RunningHub;
  beforeAll(async () => {
    hub = await runningHub({
      project: (project) => ({ ...project, api: { ...project.api, bodyLimitBytes: 200_000 } }),
    });
  });
  afterAll(() => hub.stop());

  const parked = async () => (await hub.get<{ records: StoredRecord[] }>('/parked')).records;
  const material = (number: string) =>
    `<MATMAS05><IDOC BEGIN="1"><EDI_DC40 SEGMENT="1"><IDOCTYP>MATMAS05</IDOCTYP><MESTYP>MATMAS</MESTYP></EDI_DC40>` +
    `<E1MARAM SEGMENT="1"><MSGFN>005</MSGFN><MATNR>${number}</MATNR><MTART>ROH</MTART><MEINS>PCE</MEINS>` +
    `<E1MAKTM SEGMENT="1"><SPRAS_ISO>EN</SPRAS_ISO><MAKTX>Part ${number}</MAKTX></E1MAKTM></E1MARAM></IDOC></MATMAS05>`;

  async function theNextIsServed(number: string): Promise<void> {
    expect((await hub.push('erp', material(number))).status).toBe(202);
    await until(
      `material ${number}`,
      () => hub.get<{ id: string }>(`/objects/MaterialDefinition/${number}`),
      ({ id }) => id === number,
    );
  }

  test('broken XML is refused with the place, kept for people, and the next message is served', async () => {
    const broken = material('M-1').replace('</E1MARAM>', '');
    const { status, body } = await hub.push('erp', broken);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'HUB_BAD_XML',
      kind: 'permanent',
      at: expect.stringMatching(/line 1.*record /),
      todo: expect.any(String),
    });
    const id = /record (\S+)/.exec(String(body.at))![1];
    expect((await parked()).find((record) => record.id === id)).toMatchObject({
      state: 'parked',
      raw: broken,
    });
    await theNextIsServed('M-1');
  });

  test('XML with a document type or entities is refused unread', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>${material('&a;')}`;
    expect(await hub.push('erp', bomb)).toMatchObject({ status: 400, body: { code: 'HUB_XML_DTD' } });
    await theNextIsServed('M-2');
  });

  test('JSON that is none is refused with the place', async () => {
    const answer = await hub.push('plm', '{"product": ', { 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'HUB_BAD_JSON' } });
  });

  test('JSON that lacks what the record is known by is refused by name', async () => {
    const answer = await hub.push('plm', '{"changeNotice": {"id": "ECN-1"}, "bom": []}', {
      'content-type': 'application/json',
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(answer.body)).toMatch(/product/);
  });

  test('an order of an unknown type is kept, parked with the table to extend, and can be replayed', async () => {
    const order =
      '<LOIPRO05><IDOC BEGIN="1"><EDI_DC40 SEGMENT="1"><IDOCTYP>LOIPRO05</IDOCTYP></EDI_DC40><E1AFKOL SEGMENT="1">' +
      '<AUFNR>000000777777</AUFNR><AUART>ZZ99</AUART><AUTYP>77</AUTYP><MATNR>PV-100</MATNR><GAMNG>4.000</GAMNG><GMEIN>PCE</GMEIN>' +
      '<E1JSTKL><STAT>I0002</STAT></E1JSTKL><E1AFFLL><E1AFVOL><VORNR>0010</VORNR><ARBPL>PRESS-01</ARBPL></E1AFVOL></E1AFFLL>' +
      '</E1AFKOL></IDOC></LOIPRO05>';
    const { status, body } = await hub.push('erp', order);
    expect(status).toBe(202);
    const [{ record }] = body.accepted as [{ record: string }];
    const found = await until('the order parked', parked, (records) =>
      records.some(({ id }) => id === record),
    );
    expect(found.find(({ id }) => id === record)).toMatchObject({ stage: 'translate' });
    const issues = found.find(({ id }) => id === record)!.issues;
    expect(issues.length).toBeGreaterThan(0);
    for (const issue of issues)
      expect(issue).toMatchObject({ message: expect.any(String), todo: expect.any(String) });
    expect(JSON.stringify(issues)).toContain("sap-order-category has no entry for '77'");
    await theNextIsServed('M-3');
    const again = await hub.post<{ id: string }>(`/records/${record}/replay`, {
      by: 'Ann',
      why: 'table extended',
    });
    expect(again.id).toBe(record);
    await until('it is parked again', parked, (records) => records.some(({ id }) => id === again.id));
  });

  test('a document type that nobody maps is parked with what to do', async () => {
    const other = material('M-4').replaceAll('MATMAS05', 'MATMAS03');
    const { status, body } = await hub.push('erp', other);
    if (status === 202) {
      const [{ record }] = body.accepted as [{ record: string }];
      const found = await until('parked', parked, (records) => records.some(({ id }) => id === record));
      expect(JSON.stringify(found.find(({ id }) => id === record)!.issues)).toContain('MATMAS03');
    } else expect(body).toMatchObject({ code: 'HUB_INVALID' });
  });

  test('a body over the limit is refused before it is read', async () => {
    const answer = await hub.push('erp', material('M-5').replace('Part M-5', 'x'.repeat(300_000)));
    expect(answer).toMatchObject({
      status: 413,
      body: { code: 'HUB_TOO_LARGE', todo: expect.stringContaining('bodyLimitBytes') },
    });
    await theNextIsServed('M-6');
  });

  test.each([
    ['an empty body', 'erp', '', 400, 'HUB_WRONG_USE'],
    ['an unknown system', 'nobody', material('M-7'), 404, 'HUB_UNKNOWN_SYSTEM'],
    ['a system that the hub asks by itself', 'aps', material('M-8'), 400, 'HUB_WRONG_USE'],
    ['bytes that are no UTF-8', 'erp', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe]), 400, 'HUB_WRONG_USE'],
  ])('%s is refused by name', async (_what, system, body, status, code) => {
    expect(await hub.push(system, body as string)).toMatchObject({ status, body: { code } });
  });

  test('an address that is not there and a query that is none are clear errors', async () => {
    const missing = await fetch(`${hub.url}/nothing`);
    expect([missing.status, await missing.json()]).toEqual([
      404,
      expect.objectContaining({ code: 'HUB_NOT_FOUND' }),
    ]);
    const wrong = await fetch(`${hub.url}/records?limit=many`);
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'HUB_WRONG_USE' }),
    ]);
    const graphql = await fetch(`${hub.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ change(id: \\"none\\") { id } }"}',
    });
    expect(await graphql.json()).toMatchObject({ errors: [{ extensions: { code: 'HUB_NO_SUCH_CHANGE' } }] });
  });

  test('a repeated Idempotency-Key gets the first answer and has no second effect', async () => {
    const headers = { 'content-type': 'text/xml', 'idempotency-key': 'once' };
    const first = await hub.push('erp', material('M-9'), headers);
    const second = await hub.push('erp', material('M-9'), headers);
    const idOf = ({ body }: typeof first) => (body.accepted as [{ record: string; duplicate: boolean }])[0];
    expect(idOf(second)).toEqual({ ...idOf(first), duplicate: true });
  });
});
