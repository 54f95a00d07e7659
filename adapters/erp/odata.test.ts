import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keyText, openOData } from './odata';

/** A gateway that answers with these bodies, one after another, and remembers what it was asked. */
async function gateway(...bodies: object[]) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(bodies[asked.push(request) - 1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const odata = openOData({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    path: 'sap/opu/odata/sap/',
    user: 'HUB',
    password: 'secret-word',
    client: '100',
    timeoutMs: 2000,
  });
  close = () => {
    odata.close();
    server.closeAllConnections();
    server.close();
  };
  return { odata, asked };
}
let close = () => {};
afterEach(() => close());

test('a list is read over all pages, and never from another host', async () => {
  const { odata, asked } = await gateway(
    { d: { results: [{ A: '1' }], __next: 'http://elsewhere.example/sap/opu/odata/sap/S/Set?$skiptoken=1' } },
    { d: { results: [{ A: '2' }] } },
  );
  expect(await odata.list('S/Set', "A eq 'x y'")).toEqual([{ A: '1' }, { A: '2' }]);
  expect(asked.map(({ url }) => url)).toEqual([
    '/sap/opu/odata/sap/S/Set?$filter=A%20eq%20%27x%20y%27',
    '/sap/opu/odata/sap/S/Set?$skiptoken=1',
  ]);
  expect(asked[0]!.headers).toMatchObject({ accept: 'application/json', 'sap-client': '100' });
});

test('an answer that is not OData is a failure of the ERP that has changed nothing', async () => {
  const { odata } = await gateway({ login: 'please' });
  await expect(odata.list('S/Set', "A eq '1'")).rejects.toMatchObject({
    code: 'HUB_FAILED',
    kind: 'transient',
  });
});

test('keys are text in the address, with quotes doubled', () => {
  expect(keyText({ Material: "O'RING 5/8", Plant: '1000' })).toBe(
    "(Material='O''RING%205%2F8',Plant='1000')",
  );
});
