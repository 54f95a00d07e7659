import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NativeRecord } from '../adapter';
import type { Counterpart } from '../kit';
import { readIdocs } from './idoc';
import { erpKit } from './kit';

/** A door that refuses the first `refusals` bodies with `status`, then takes them. */
async function door(refusals = 0, status = 503) {
  const taken: NativeRecord[] = [];
  let left = refusals;
  const server: Server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (left-- > 0) {
      response.writeHead(status).end('{}');
      return;
    }
    taken.push(...readIdocs({ contentType: String(request.headers['content-type']), text }));
    response.writeHead(request.url === '/intake/erp' ? 202 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { taken, hubUrl, close };
}

let erp: Counterpart | undefined;
let close: (() => void) | undefined;
afterEach(async () => {
  await erp?.stop();
  await erp?.stop();
  close?.();
});

async function started(...refusals: [number?, number?]) {
  const hub = await door(...refusals);
  close = hub.close;
  erp = await erpKit.start({ hubUrl: hub.hubUrl });
  return { hub, erp };
}

test('an order needs a number and a quantity: the rest is the example plant', async () => {
  const { hub, erp } = await started();
  await erp.emit!('order', { number: '1000001', quantity: '4', start: '2026-03-02T16:00:00' });
  expect(hub.taken).toMatchObject([
    {
      type: 'LOIPRO05',
      key: '1000001',
      id: expect.stringMatching(/^\d{16}\/S4HCLNT100$/),
      body: {
        E1AFKOL: {
          AUFNR: '000001000001',
          MATNR_LONG: 'PV-100',
          GAMNG: '4.000',
          GSTRS: '20260302',
          GSUZS: '160000',
          GLTRS: '20260302',
          GLUZS: '240000',
          E1JSTKL: [{ STAT: 'I0002' }, { STAT: 'I0016' }, { STAT: 'I0028' }],
          E1AFFLL: [
            {
              E1AFVOL: [
                {
                  VORNR: '0010',
                  ARBPL: 'PRESS-01',
                  SSEDZ: '200000',
                  E1RESBL: [{ POSNR: '0010' }, { BDMNG: '8.000' }],
                },
                {
                  VORNR: '0020',
                  ARBPL: 'ASSY-01',
                  E1RESBL: [{ BDMNG: '32.000' }, { BDMNG: '0.060', MEINS: 'KGM' }],
                },
              ],
            },
          ],
        },
      },
    },
  ]);
});

test('a changed order is sent whole, with its components scaled', async () => {
  const { hub, erp } = await started();
  await erp.emit!('order', { number: '1000001', quantity: '4' });
  await erp.emit!('order-change', { number: '1000001', quantity: '2', status: ['I0045'] });
  expect(hub.taken[1]!.body).toMatchObject({
    E1AFKOL: {
      GAMNG: '2.000',
      E1JSTKL: [{ STAT: 'I0045' }],
      E1AFFLL: [{ E1AFVOL: [{ E1RESBL: [{ BDMNG: '2.000' }, { BDMNG: '4.000' }] }, {}] }],
    },
  });
  expect(await erp.holds!('orders')).toMatchObject([
    { ManufacturingOrder: '1000001', TotalQuantity: '2.000' },
  ]);
});

test('materials and work centres', async () => {
  const { hub, erp } = await started();
  await erp.emit!('material', { number: '4711', description: 'Seal <8 mm>', texts: { DE: 'Dichtung' } });
  await erp.emit!('work-centre', { number: 'PRESS-01', description: 'Seal press' });
  expect(hub.taken).toMatchObject([
    {
      type: 'MATMAS05',
      key: '4711',
      body: { E1MARAM: { MATNR: '000000000000004711', E1MAKTM: [{ MAKTX: 'Seal <8 mm>' }, { SPRAS: 'D' }] } },
    },
    { type: 'LOIWCS03', key: 'PRESS-01', body: { E1CRHDL: { E1CRTXL: [{ KTEXT: 'Seal press' }] } } },
  ]);
});

test('IDocs wait for a hub that is not ready, and keep their order', async () => {
  const { hub, erp } = await started(2);
  await Promise.all(['1', '2', '3'].map((number) => erp.emit!('order', { number })));
  expect(hub.taken.map(({ key }) => key)).toEqual(['1', '2', '3']);
});

test('an IDoc that the hub refuses for good is not repeated, and does not hold up the next', async () => {
  const { hub, erp } = await started(1, 422);
  const [first, second] = await Promise.allSettled(
    ['1', '2'].map((number) => erp.emit!('order', { number })),
  );
  expect([first!.status, second!.status]).toEqual(['rejected', 'fulfilled']);
  expect(hub.taken.map(({ key }) => key)).toEqual(['2']);
});

test('stopping gives up what waits', async () => {
  const { erp } = await started(Number.POSITIVE_INFINITY);
  const waiting = erp.emit!('order', { number: '1' });
  const outcome = expect(waiting).rejects.toThrow();
  await erp.stop();
  await outcome;
});
