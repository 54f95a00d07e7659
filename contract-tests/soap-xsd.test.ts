import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Counterpart } from '../adapters/kit';
import { b2mmlSoap } from '../adapters/mes/b2mml-soap';
import { mesKit } from '../adapters/mes/kit';
import { order, performance } from '../adapters/mes/kit-samples';
import { openEnvelope, sealEnvelope } from '../adapters/transports/soap-envelope';
import { registerSoap } from '../hub/api/soap';
import { wsdlFor } from '../hub/api/soap-wsdl';
import { writeB2mml } from '../model/b2mml';
import { HubError } from '../model/errors';
import type { Message } from '../model/message';
import { packageRoot } from '../model/paths';
import { xsdErrors } from './xsd';

/** Everything that goes over the wire, each with the name of its element. */
interface Wire {
  /** What the adapter sends. */
  readonly sent: string[];
  /** What the hub answers. */
  readonly answered: string[];
  /** What the MES reports. */
  readonly reported: string[];
}

const mesa = join(packageRoot, '..', 'shared', 'b2mml', 'xsd', 'V0701', 'AllSchemas.xsd');
const hasMesa = existsSync(mesa);

const sync = (noun: string, item: { id: string }): Message => ({
  ...order('1'),
  verb: 'Sync',
  noun,
  items: [item],
});
const samples: Message[] = [
  order('1000001'),
  order('1000001', 'Change'),
  performance('1000001', '0010', 'Running', '1'),
  performance('1000001', '0010', 'Completed', '3'),
  sync('MaterialDefinition', { id: 'SEAL-FKM' }),
  sync('Equipment', { id: 'PRESS-01' }),
];

describe('what goes over the wire', () => {
  let hub: FastifyInstance;
  let mes: Counterpart;
  let url: string;
  const wire: Wire = { sent: [], answered: [], reported: [] };
  let refuses = false;

  beforeAll(async () => {
    hub = Fastify();
    // Beside the hub's door, an MES that only listens.
    hub.addContentTypeParser('text/xml', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    hub.post<{ Body: string }>('/listens', (request) => {
      wire.sent.push(openEnvelope(request.body).body!.xml);
      return sealEnvelope('1.1', '');
    });
    registerSoap(hub, {
      systems: new Set(['mes']),
      async accept(_system, raw) {
        if (refuses) throw new HubError('HUB_INVALID', 'not this one', { at: 'items[0].id' });
        wire.reported.push(raw.text);
        return {
          accepted: b2mmlSoap.read!(raw).map((record) => ({ ...record, record: 'r1', duplicate: false })),
        };
      },
    });
    url = await hub.listen({ host: '127.0.0.1', port: 0 });
    mes = await mesKit.start({ hubUrl: url });
    await exchange();
  });
  afterAll(async () => {
    await mes.stop();
    await hub.close();
  });

  /** Every sample to the listening MES, to the kit, and to the hub's door (once taken, once refused). */
  async function exchange() {
    for (const address of [`${url}/listens`, String(mes.config.url)]) {
      const connection = await b2mmlSoap.open({ ...mes.config, url: address } as never, {
        dataDir: '',
        log: () => {},
      });
      for (const [n, body] of samples.entries()) {
        await connection.send!({ type: 'B2MML', key: '1', id: `d-${n}`, body });
      }
      await connection.close();
    }
    await mes.emit!('performance', performance('1000002'));
    for (refuses of [false, true]) {
      for (const sample of samples) {
        const answer = await fetch(`${url}/soap/mes`, {
          method: 'POST',
          headers: { 'content-type': 'text/xml' },
          body: sealEnvelope('1.1', writeB2mml(sample)),
        });
        wire.answered.push(openEnvelope(await answer.text()).body!.xml);
      }
    }
  }

  const all = () => [...wire.sent, ...wire.answered, ...wire.reported];

  test('is complete: each kind is there', () => {
    expect(wire.sent).toHaveLength(samples.length);
    expect(wire.answered).toHaveLength(2 * samples.length);
    expect(wire.reported.length).toBeGreaterThan(samples.length + 4);
  });

  (hasMesa ? test : test.skip)(
    `fits MESA's schema${hasMesa ? '' : ' (skipped: ../shared/b2mml/xsd is not there)'}`,
    () => {
      expect(xsdErrors({ path: mesa }, all()).flat()).toEqual([]);
    },
  );

  test("fits the schema in the hub's WSDL, which libxml2 takes as one", () => {
    const [text] = /<xsd:schema targetNamespace="http:\/\/www\.mesa\.org[\s\S]*?<\/xsd:schema>/.exec(
      wsdlFor(url),
    )!;
    const schema = text.replace(
      '<xsd:schema ',
      '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:b2mml="http://www.mesa.org/xml/B2MML" ',
    );
    expect(xsdErrors({ text: schema }, all()).flat()).toEqual([]);
    const [wrong] = xsdErrors({ text: schema }, ['<ConfirmBOD xmlns="http://www.mesa.org/xml/B2MML"/>']);
    expect(wrong?.[0]).toContain('ApplicationArea');
  });
});
