import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import Fastify, { type FastifyInstance } from 'fastify';
import { createClientAsync, WSSecurity } from 'soap';
import type { RawRecord } from '../adapters/adapter';
import { b2mmlSoap } from '../adapters/mes/b2mml-soap';
import { order, performance } from '../adapters/mes/kit-samples';
import { openEnvelope, readFault } from '../adapters/transports/soap-envelope';
import { registerSoap } from '../hub/api/soap';
import { readB2mml, writeB2mml } from '../model/b2mml';
import { HubError } from '../model/errors';
import type { Message } from '../model/message';

const LIMIT = 512 * 1024;
const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const soap12 = 'http://www.w3.org/2003/05/soap-envelope';
const versions = [
  ['1.1', soap11, 'text/xml; charset=utf-8', 'Client', 'Server'],
  ['1.2', soap12, 'application/soap+xml; charset=utf-8', 'Sender', 'Receiver'],
] as const;

type Taken = { system: string; raw: RawRecord };

/** A door of its own, behind it a store that a test can make fail or wait. */
let app: FastifyInstance;
let url: string;
let taken: Taken[];
let store: (raw: RawRecord) => Promise<void> | void;

beforeEach(async () => {
  taken = [];
  store = () => {};
  app = Fastify({ bodyLimit: LIMIT });
  registerSoap(app, {
    systems: new Set(['mes']),
    async accept(system, raw) {
      await store(raw);
      const records = b2mmlSoap.read!(raw);
      taken.push({ system, raw });
      return {
        accepted: records.map(({ type, key }) => ({
          record: `r${taken.length}`,
          type,
          key,
          duplicate: false,
        })),
      };
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as { port: number };
  url = `http://127.0.0.1:${port}/soap/mes`;
});
afterEach(() => app.close());

const bare = (message: Message) =>
  writeB2mml(message)
    .replace(/^<\?xml[^?]*\?>/, '')
    .trim();
const wrap = (namespace: string, body: string, header = '') =>
  `<?xml version="1.0"?>\n<e:Envelope xmlns:e="${namespace}">${header}<e:Body>${body}</e:Body></e:Envelope>`;

async function post(body: string | Buffer, contentType: string = versions[0][2], to = url) {
  const answer = await axios.post<string>(to, body, {
    headers: { 'content-type': contentType },
    validateStatus: () => true,
    responseType: 'text',
    proxy: false,
    maxBodyLength: Number.POSITIVE_INFINITY,
    transformResponse: (text: string) => text,
  });
  const part = openEnvelope(answer.data).body!;
  return {
    status: answer.status,
    type: answer.headers['content-type'],
    part,
    fault: readFault(part),
    text: answer.data,
  };
}

interface Criterion {
  responseExpression?: string;
  _responseExpression?: { actionCode?: string };
  changeStatus?: { code?: string; reasonCode?: string; description?: string[]; reason?: string[] };
}

/** Every answer of the hub must be strict B2MML, so it is read without tolerance. */
function answerIn(part: { xml: string }) {
  const { message } = readB2mml(part.xml);
  return { message, criteria: (message.criteria?.responseCriteria ?? []) as Criterion[] };
}

describe.each(versions)('SOAP %s', (_version, namespace, contentType, client, server) => {
  test.each([
    ['Process', 'AcknowledgeOperationsSchedule'],
    ['Change', 'RespondOperationsSchedule'],
    ['Sync', 'ConfirmBOD'],
    ['Cancel', 'ConfirmBOD'],
  ] as const)('a %s is answered by %s with the original application area', async (verb, expected) => {
    const request = { ...order('1000001'), verb };
    const { status, type, part } = await post(wrap(namespace, bare(request)), contentType);
    expect([status, type, part.name]).toEqual([200, contentType, expected]);
    const { message, criteria } = answerIn(part);
    expect(message.criteria?.originalApplicationArea).toEqual(request.applicationArea);
    expect(criteria.map((one) => [one._responseExpression?.actionCode, one.changeStatus?.code])).toEqual([
      ['Accepted', 'BODSuccess'],
    ]);
    expect(message.applicationArea.receiver).toEqual([{ logicalId: 'SAMPLE' }]);
  });

  test.each([
    ['broken XML', wrap(namespace, '<a>').slice(0, -20), 'HUB_BAD_XML', /line \d/],
    [
      'a document type',
      `<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>${wrap(namespace, '&x;')}`,
      'HUB_XML_DTD',
      /line/,
    ],
    ['an empty body', wrap(namespace, ''), 'HUB_INVALID', /Body/],
    ['no envelope', '<ProcessOperationsSchedule/>', 'HUB_INVALID', /./],
    ['nothing at all', '', 'HUB_BAD_XML', /./],
    [
      'a body that is no B2MML',
      wrap(namespace, '<Order xmlns="urn:shop"><id>1</id></Order>'),
      'HUB_INVALID',
      /./,
    ],
  ])(
    '%s is the sender’s fault, with where, what and what to do, and the next transaction is served',
    async (_name, body, code, where) => {
      const { status, fault, part } = await post(body, contentType);
      expect(status).toBe(client === 'Sender' ? 400 : 500);
      expect(fault).toMatchObject({ code: client });
      expect(part.xml).toContain(`<code>${code}</code>`);
      expect(part.xml).toMatch(/<what>.+<\/what>/);
      expect(part.xml).toMatch(/<todo>.+<\/todo>/);
      expect(fault?.detail).toMatch(where);
      expect(taken).toEqual([]);
      expect((await post(wrap(namespace, bare(order('1'))), contentType)).status).toBe(200);
    },
  );

  test('an unknown system is the sender’s fault', async () => {
    const { fault } = await post(
      wrap(namespace, bare(order('1'))),
      contentType,
      url.replace(/mes$/, 'nobody'),
    );
    expect(fault).toMatchObject({ code: client, detail: expect.stringContaining('HUB_UNKNOWN_SYSTEM') });
  });

  test('a request two megabytes over the limit is refused, and the next is served', async () => {
    const { fault } = await post(wrap(namespace, 'x'.repeat(LIMIT + 2 * 1024 * 1024)), contentType);
    expect(fault).toMatchObject({ code: client, detail: expect.stringContaining('HUB_TOO_LARGE') });
    expect((await post(wrap(namespace, bare(order('1'))), contentType)).status).toBe(200);
  });

  test('a store that fails is the receiver’s fault, so that the sender repeats', async () => {
    store = () => {
      throw new HubError('HUB_STORE', 'the disk is full');
    };
    const { status, fault } = await post(wrap(namespace, bare(order('1'))), contentType);
    expect(status).toBe(500);
    expect(fault).toMatchObject({
      code: server,
      reason: 'the disk is full',
      detail: expect.stringContaining('transient'),
    });
  });

  test('what the hub refuses for good is answered as rejected, with each issue', async () => {
    store = () => {
      const issues = [
        { rule: 'type', path: 'items[0].id', message: 'must be text', todo: 'Send text.' },
        { rule: 'required', path: 'items[1].id', message: 'is missing' },
      ];
      throw new HubError('HUB_INVALID', 'two issues', { issues });
    };
    const { status, part } = await post(wrap(namespace, bare(order('1'))), contentType);
    expect([status, part.name]).toEqual([200, 'AcknowledgeOperationsSchedule']);
    const { criteria } = answerIn(part);
    expect(
      criteria.map(({ responseExpression, _responseExpression, changeStatus }) => [
        _responseExpression?.actionCode,
        responseExpression,
        changeStatus?.code,
        changeStatus?.reasonCode,
        changeStatus?.description?.[0],
      ]),
    ).toEqual([
      ['Rejected', 'items[0].id', 'BODFailure', 'HUB_INVALID', 'must be text'],
      ['Rejected', 'items[1].id', 'BODFailure', 'HUB_INVALID', 'is missing'],
    ]);
  });

  test('a header that must be understood and is not refuses the message', async () => {
    const header = '<e:Header><t:Tx xmlns:t="urn:tx" e:mustUnderstand="1"/></e:Header>';
    const { fault } = await post(wrap(namespace, bare(order('1')), header), contentType);
    expect(fault?.code).toBe('MustUnderstand');
    expect(taken).toEqual([]);
  });

  test('an addressed message gets an answer that relates to it', async () => {
    const header =
      '<e:Header><a:Action xmlns:a="http://www.w3.org/2005/08/addressing" e:mustUnderstand="1">x</a:Action>' +
      '<a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">urn:uuid:1&amp;2</a:MessageID></e:Header>';
    const { text } = await post(wrap(namespace, bare(order('1')), header), contentType);
    expect(text).toContain('>urn:uuid:1&amp;2</wsa:RelatesTo>');
  });
});

test('nothing is confirmed before it is stored', async () => {
  let free = () => {};
  const stored = new Promise<void>((resolve) => {
    free = resolve;
  });
  let asked = () => {};
  const asking = new Promise<void>((resolve) => {
    asked = resolve;
  });
  store = () => {
    asked();
    return stored;
  };
  let answered = false;
  const answer = post(wrap(soap11, bare(order('1')))).then((one) => {
    answered = true;
    return one;
  });
  await asking;
  await sleep(20);
  expect(answered).toBe(false);
  free();
  expect((await answer).status).toBe(200);
});

test('the raw record is the transaction as it was sent, standing alone', async () => {
  const body = bare(order('1000001'))
    .replace(/^<(\w+) xmlns="[^"]*"/, '<m:$1')
    .replace(/<(\/?)(?!m:)(\w)/g, '<$1m:$2')
    .replace('>', '><!-- shift 2 -->');
  const envelope = wrap(soap11, body).replace(
    '<e:Envelope',
    '<e:Envelope xmlns:m="http://www.mesa.org/xml/B2MML"',
  );
  expect((await post(envelope)).status).toBe(200);
  const [{ raw }] = taken as [Taken];
  expect(raw.text).toBe(body.replace(/^<(\S+)/, '<$1 xmlns:m="http://www.mesa.org/xml/B2MML"'));
  expect(readB2mml(raw.text).message.items).toEqual(order('1000001').items);
});

test.each([
  ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`), 'text/xml'],
  ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'), 'text/xml; charset=utf-16'],
  [
    'Latin-1 by its content type',
    (text: string) => Buffer.from(text, 'latin1'),
    'text/xml; charset=iso-8859-1',
  ],
])('%s is read in its encoding', async (_name, encode, contentType) => {
  const message = order('1000001');
  message.items[0]!.description = ['Prüfventil'];
  expect(
    (await post(encode(wrap(soap11, bare(message)).replace(/^<\?xml[^?]*\?>\s*/, '')), contentType)).status,
  ).toBe(200);
  expect(taken[0]!.raw.text).toContain('Prüfventil');
});

test('bytes that are not UTF-8 are refused, not repaired', async () => {
  const { fault } = await post(Buffer.from(wrap(soap11, '<a>Prüf</a>'), 'latin1'));
  expect(fault?.detail).toContain('HUB_BAD_XML');
});

test('a content type that is not SOAP is refused', async () => {
  const { fault } = await post('{}', 'application/json');
  expect(fault).toMatchObject({ code: 'Client', detail: expect.stringContaining('content-type') });
});

test('a sender of an older release is answered in its own', async () => {
  const body =
    '<SyncProductionSchedule xmlns="http://www.mesa.org/xml/B2MML-V0600" releaseID=""><ApplicationArea>' +
    '<CreationDateTime>2019-04-24T15:00:00Z</CreationDateTime><BODID>b-6</BODID></ApplicationArea><DataArea><Sync/>' +
    '<ProductionSchedule><ID>4711</ID></ProductionSchedule></DataArea></SyncProductionSchedule>';
  const { part } = await post(wrap(soap11, body));
  expect([part.name, part.namespace]).toEqual(['ConfirmBOD', 'http://www.mesa.org/xml/B2MML-V0600']);
  expect(answerIn(part).message.criteria?.originalApplicationArea).toMatchObject({ bodId: 'b-6' });
});

test('what was tolerated is confirmed, though no valid answer could repeat it', async () => {
  const body =
    '<ProcessOperationsSchedule xmlns="http://www.mesa.org/xml/B2MML"><ApplicationArea><CreationDateTime>yesterday' +
    '</CreationDateTime><BODID>b-7</BODID></ApplicationArea><DataArea><Process/><OperationsSchedule><ID>4711</ID>' +
    '<StartTime>soon</StartTime></OperationsSchedule></DataArea></ProcessOperationsSchedule>';
  const { part } = await post(wrap(soap11, body));
  const { message, criteria } = answerIn(part);
  expect([part.name, criteria[0]?._responseExpression?.actionCode]).toEqual(['ConfirmBOD', 'Accepted']);
  expect(message.criteria?.originalApplicationArea).toMatchObject({ bodId: 'b-7' });
});

test('fifty senders at once each get the answer to their own transaction', async () => {
  store = () => sleep(Math.random() * 10);
  const requests = Array.from({ length: 50 }, (_, n) => performance(String(1000000 + n)));
  const answers = await Promise.all(
    requests.map((request, n) => {
      const [, namespace, contentType] = versions[n % 2]!;
      return post(wrap(namespace, bare(request)), contentType);
    }),
  );
  const originals = answers.map(({ part }) => answerIn(part).message.criteria?.originalApplicationArea);
  expect(originals).toEqual(requests.map(({ applicationArea }) => applicationArea));
  expect(taken).toHaveLength(50);
});

describe('the WSDL', () => {
  const options = { disableCache: true, wsdl_options: { proxy: false } };

  test('is loaded by a SOAP client, and a call through it is taken', async () => {
    const client = await createClientAsync(`${url}?wsdl`, options);
    const described = client.describe();
    expect(Object.keys(described.B2MML)).toEqual(['Soap11', 'Soap12']);
    for (const noun of ['OperationsSchedule', 'OperationsPerformance', 'OperationsDefinition', 'Equipment']) {
      for (const verb of ['Process', 'Change', 'Sync', 'Cancel', 'Get']) {
        expect(described.B2MML.Soap11).toHaveProperty(verb + noun);
      }
    }
    const [answer] = await client.SyncMaterialDefinitionAsync(
      {
        attributes: { releaseID: '' },
        ApplicationArea: { CreationDateTime: '2025-06-02T06:00:00Z', BODID: 'b-1' },
        DataArea: { Sync: {}, MaterialDefinition: { ID: 'SEAL-FKM', Description: 'Seal' } },
      },
      { proxy: false },
    );
    expect(answer.DataArea.Confirm.OriginalApplicationArea.BODID).toBe('b-1');
    expect(b2mmlSoap.read!(taken[0]!.raw)).toMatchObject([
      { type: 'B2MML', key: 'SEAL-FKM', id: 'b-1', body: { verb: 'Sync', items: [{ id: 'SEAL-FKM' }] } },
    ]);
  });

  test('serves SOAP 1.2 and WS-Security clients, too', async () => {
    const client = await createClientAsync(`${url}?wsdl`, { ...options, forceSoap12Headers: true });
    client.setSecurity(new WSSecurity('mes', 'secret', { mustUnderstand: true }));
    const [answer] = await client.ProcessOperationsScheduleAsync(
      { _xml: bare(order('1')) },
      { proxy: false },
    );
    expect(answer.DataArea.OperationsSchedule[0].ID).toBe('1');
  });

  test('names the address under which it was asked for', async () => {
    const { data, headers } = await axios.get<string>(`${url}?WSDL`, { proxy: false });
    expect(headers['content-type']).toBe('text/xml; charset=utf-8');
    expect(data).toContain(`<soap:address location="${url}"/>`);
  });

  test.each([
    ['an unknown system has none', '/soap/nobody?wsdl', 'HUB_UNKNOWN_SYSTEM'],
    ['without asking for it there is nothing to see', '/soap/mes', 'HUB_NOT_FOUND'],
  ])('%s', async (_name, path, code) => {
    const answer = await app.inject(path);
    expect([answer.statusCode, answer.json().code]).toEqual([404, code]);
  });
});
