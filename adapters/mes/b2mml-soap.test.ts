import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readB2mml, writeB2mml } from '../../model/b2mml';
import type { Message } from '../../model/message';
import { openEnvelope, sealEnvelope, sealFault } from '../transports/soap-envelope';
import { type B2mmlSoapConfig, b2mmlSoap } from './b2mml-soap';
import { order, performance } from './kit-samples';

const options = { dataDir: '/nowhere', log: () => {} };
const config = (url: string, more: Partial<B2mmlSoapConfig> = {}) =>
  ({ url, timeoutMs: 300, ...more }) as B2mmlSoapConfig;

const records = (message: Message) =>
  b2mmlSoap.read!({ contentType: 'application/xml', text: writeB2mml(message) });

describe('a transaction is one record, under the key of its order', () => {
  test.each([
    ['an order', order('1000001'), '1000001'],
    ['its performance', performance('1000002'), '1000002'],
    [
      'a performance that names the order in its response alone',
      withoutSchedule(performance('1000003')),
      '1000003',
    ],
    [
      'any other object, under its id',
      { ...order('1'), verb: 'Sync', noun: 'MaterialDefinition', items: [{ id: 'SEAL-FKM' }] } as Message,
      'SEAL-FKM',
    ],
  ])('%s', (_name, message, key) => {
    const [record, ...others] = records(message);
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      type: 'B2MML',
      key,
      id: message.applicationArea.bodId,
      body: { noun: message.noun },
    });
  });

  test('without BODID the content is its identity', () => {
    const message = order('1000001');
    delete message.applicationArea.bodId;
    expect(records(message)[0]).not.toHaveProperty('id');
  });

  test.each([
    ['<Process', 'HUB_BAD_XML'],
    ['<!DOCTYPE a><a/>', 'HUB_XML_DTD'],
    ['<a/>', 'HUB_INVALID'],
  ])('%s is refused', (text, code) => {
    expect(() => b2mmlSoap.read!({ contentType: 'application/xml', text })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

function withoutSchedule(message: Message): Message {
  delete message.items[0]!.operationsScheduleId;
  return message;
}

describe('what the MES answers decides what the hub may do next', () => {
  let server: Server;
  let url: string;
  let asked: { headers: Record<string, unknown>; text: string }[];
  let answer: { status: number; body: string };

  beforeEach(async () => {
    asked = [];
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
      asked.push({ headers: request.headers, text });
      response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/b2mml`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const record = (message = order('1000001')) => ({
    type: 'B2MML',
    key: '1000001',
    id: 'd-1',
    body: message,
  });
  async function send(more: Partial<B2mmlSoapConfig> = {}, what = record()) {
    const connection = await b2mmlSoap.open(config(url, more), options);
    try {
      return await connection.send!(what);
    } finally {
      await connection.close();
    }
  }

  const confirm = (actionCode: string, code?: string): string => {
    const changeStatus = { ...(code ? { code } : {}), description: ['order 1000001 is not known'] };
    return writeB2mml({
      verb: 'Confirm',
      noun: 'BOD',
      applicationArea: { creationDateTime: '2025-06-02T06:00:00Z', bodId: 'a-1' },
      criteria: {
        responseCriteria: [{ responseExpression: 'x', _responseExpression: { actionCode }, changeStatus }],
      },
      items: [{ note: ['n'] }],
    });
  };
  const ok = (): typeof answer => ({ status: 200, body: sealEnvelope('1.1', confirm('Accepted')) });

  test('the delivery’s id goes as BODID, a sender is named, the rest is as it was', async () => {
    answer = ok();
    const message = { ...order('1000001') };
    message.applicationArea = {
      creationDateTime: '2025-06-02T06:00:00Z',
      sender: { referenceId: 'ECN-2001' },
    };
    expect(await send({}, record(message))).toEqual({
      counterpartId: 'a-1',
      answer: 'order 1000001 is not known',
    });
    const sent = readB2mml(openEnvelope(asked[0]!.text).body!.xml).message;
    expect(sent.applicationArea).toMatchObject({
      bodId: 'd-1',
      sender: { logicalId: 'esperanto', referenceId: 'ECN-2001' },
    });
    expect(sent.items).toEqual(message.items);
    expect(asked[0]!.headers.soapaction).toBe('"http://www.mesa.org/xml/B2MML/ProcessOperationsSchedule"');
  });

  test('SOAP 1.2, basic and WS-Security are sent where they are set', async () => {
    answer = ok();
    await send({ soap: '1.2', user: 'hub', password: 'p&ss' });
    expect(asked[0]!.headers['content-type']).toContain('action="http://www.mesa.org/xml/B2MML/Process');
    expect(asked[0]!.headers.authorization).toBe(`Basic ${Buffer.from('hub:p&ss').toString('base64')}`);
    await send({ authentication: 'username-token', user: 'hub', password: 'p&ss' });
    expect(asked[1]!.headers.authorization).toBeUndefined();
    const [security] = openEnvelope(asked[1]!.text).headers;
    expect(security).toMatchObject({ name: 'Security', mustUnderstand: true });
    expect(security!.xml).toContain('p&amp;ss');
  });

  test.each([
    // the MES answers                                                          code           kind
    ['rejected', 200, sealEnvelope('1.1', confirm('Rejected')), 'HUB_REJECTED', 'permanent'],
    [
      'a failure by its status code',
      200,
      sealEnvelope('1.1', confirm('Modified', 'BODFailure')),
      'HUB_REJECTED',
      'permanent',
    ],
    [
      'the failure that OAGIS knows',
      200,
      sealEnvelope('1.1', '<ConfirmBOD xmlns="urn:oagis"><BODFailure/></ConfirmBOD>'),
      'HUB_REJECTED',
      'permanent',
    ],
    ['a Client fault', 500, sealFault('1.1', 'Sender', 'order unknown'), 'HUB_REJECTED', 'permanent'],
    ['a Sender fault', 400, sealFault('1.2', 'Sender', 'order unknown'), 'HUB_REJECTED', 'permanent'],
    ['a Server fault', 500, sealFault('1.1', 'Receiver', 'null pointer'), 'HUB_FAILED', 'ambiguous'],
    [
      'a Server fault that says it did not begin',
      500,
      sealFault('1.1', 'Receiver', 'later', '<kind xmlns="urn:x">transient</kind>'),
      'HUB_BUSY',
      'transient',
    ],
    ['a fault with status 200', 200, sealFault('1.1', 'Receiver', 'null pointer'), 'HUB_FAILED', 'ambiguous'],
    ['a page instead of an envelope', 200, '<html><p>login</p></html>', 'HUB_FAILED', 'ambiguous'],
    ['500 without an envelope', 500, 'oops', 'HUB_FAILED', 'ambiguous'],
    ['503', 503, 'later', 'HUB_BUSY', 'transient'],
    ['404', 404, 'no such service', 'HUB_REJECTED', 'permanent'],
  ] as const)('%s (%i)', async (_name, status, body, code, kind) => {
    answer = { status, body };
    await expect(send()).rejects.toMatchObject({ code, kind });
  });

  test.each([
    ['an empty answer to a one-way operation', 202, ''],
    ['an answer that is no B2MML', 200, sealEnvelope('1.1', '<Ok xmlns="urn:bus"/>')],
  ])('%s is a receipt', async (_name, status, body) => {
    answer = { status, body };
    await expect(send()).resolves.toHaveProperty('answer');
  });

  test('no secret is repeated from a fault', async () => {
    answer = { status: 500, body: sealFault('1.1', 'Sender', 'wrong password: sesame42') };
    const failure = await send({ user: 'hub', password: 'sesame42' }).catch((error: Error) => error);
    expect(JSON.stringify(failure)).toContain('wrong password');
    expect(JSON.stringify(failure)).not.toContain('sesame42');
  });

  test('a record of another type is not sent', async () => {
    await expect(send({}, { ...record(), type: 'LOIPRO05' })).rejects.toMatchObject({
      code: 'HUB_TAKES_NOTHING',
    });
  });

  test('a message that would not be valid B2MML is refused before it is sent', async () => {
    const bad = order('1000001');
    delete bad.items[0]!.operationsRequest;
    await expect(send({}, record(bad))).rejects.toMatchObject({ code: 'HUB_INVALID', kind: 'permanent' });
    expect(asked).toEqual([]);
  });

  test.each([
    [{ soap: '1.3' }, 'soap'],
    [{ version: 'V0401' }, 'version'],
    [{ authentication: 'ntlm' }, 'authentication'],
  ])('the setting %j is refused', async (more, at) => {
    const wrong = more as unknown as Partial<B2mmlSoapConfig>;
    await expect(b2mmlSoap.open(config(url, wrong), options)).rejects.toMatchObject({
      code: 'HUB_BAD_PROJECT',
      at,
    });
  });
});
