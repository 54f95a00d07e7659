import { createServerless } from 'soap';
import { readB2mml, writeB2mml } from '../../model/b2mml';
import { asHubError } from '../../model/errors';
import type { Message, Verb } from '../../model/message';
import type { KitAnswer, KitRequest } from '../transports/kit-server';
import { openEnvelope, sealFault } from '../transports/soap-envelope';
import { mesWsdl, operationNames } from './kit-wsdl';

export const DOOR = '/soap';

/** How the small MES refuses everything when it is in that mood. */
export const refusal: KitAnswer = {
  status: 500,
  headers: { 'content-type': 'text/xml; charset=utf-8' },
  body: sealFault('1.1', 'Sender', 'The order book is closed.'),
};

/**
 * The SOAP side of the small MES, served by the `soap` package: an implementation of the protocol that shares nothing
 * with the adapter. `take` throws what it refuses; it sees each BODID once, a repetition gets the first answer.
 */
export async function mesDoor(
  take: (message: Message) => void,
): Promise<(request: KitRequest) => Promise<KitAnswer>> {
  const answered = new Map<string, string>();
  /** The text of a request by its headers object, the one thing that the library hands through untouched. */
  const texts = new WeakMap<object, string>();

  const answerXml = (text: string): string => {
    const { message } = readB2mml(openEnvelope(text).body!.xml);
    const id = message.applicationArea.bodId;
    const before = id === undefined ? undefined : answered.get(id);
    if (before) return before;
    const answer = writeB2mml(
      answerTo(
        message,
        refusalOf(() => take(message)),
      ),
    ).replace(/^<\?xml[^?]*\?>\s*/, '');
    if (id !== undefined) answered.set(id, answer);
    return answer;
  };

  const operation = (_args: unknown, _done: unknown, _headers: unknown, request: { headers: object }) => ({
    _xml: answerXml(texts.get(request.headers)!),
  });
  const server = await createServerless({
    path: DOOR,
    xml: mesWsdl(DOOR),
    services: { Mes: { Execution: Object.fromEntries(operationNames.map((name) => [name, operation])) } },
  });

  return async ({ method, path, query, headers, text }) => {
    if (path !== DOOR) return { status: 404, body: 'no such service' };
    const xml = { 'content-type': 'text/xml; charset=utf-8' };
    if (method === 'GET')
      return { status: 200, headers: xml, body: query.has('wsdl') ? mesWsdl(DOOR) : 'MES' };
    texts.set(headers, text);
    const answer = await server.processRequest(text, { method, headers, url: path });
    return { status: answer.statusCode, headers: xml, body: answer.body };
  };
}

function refusalOf(take: () => void): string | undefined {
  try {
    take();
    return undefined;
  } catch (thrown) {
    return asHubError(thrown).message;
  }
}

const answerVerbs: Partial<Record<Verb, Verb>> = { Process: 'Acknowledge', Change: 'Respond' };

function answerTo(request: Message, refused: string | undefined): Message {
  const now = new Date().toISOString();
  const { applicationArea } = request;
  const changeStatus = refused ? { code: 'BODFailure', description: [refused] } : { code: 'BODSuccess' };
  const _responseExpression = { actionCode: refused ? 'Rejected' : 'Accepted' };
  const criteria = {
    originalApplicationArea: applicationArea,
    responseCriteria: [{ responseExpression: request.noun, _responseExpression, changeStatus }],
  };
  const area = {
    sender: { logicalId: 'MES' },
    creationDateTime: now,
    bodId: `re-${applicationArea.bodId ?? now}`,
  };
  const verb = answerVerbs[request.verb];
  const envelope = { applicationArea: area, criteria };
  if (verb) return { ...envelope, verb, noun: request.noun, items: request.items };
  return { ...envelope, verb: 'Confirm', noun: 'BOD', items: [{ originalApplicationArea: applicationArea }] };
}
