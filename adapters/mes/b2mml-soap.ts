import { readB2mml, writeB2mml } from '../../model/b2mml';
import { HubError } from '../../model/errors';
import type { Message } from '../../model/message';
import type { Adapter, Connection, NativeRecord, Outgoing, RawRecord, Receipt } from '../adapter';
import { parseSettings } from '../settings';
import { type SoapClient, soapClient } from '../transports/soap';
import { verdictOf } from './answer';

export interface B2mmlSoapConfig {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly authentication: 'basic' | 'username-token';
  readonly timeoutMs: number;
  readonly soap: '1.1' | '1.2';
  readonly version: 'V0600' | 'V0701';
  readonly logicalId: string;
  readonly actionPrefix: string;
}

const NAME = 'the MES';

/**
 * An MES that speaks B2MML over SOAP. Its words are B2MML, so the body of its one record type `B2MML` is a part 5
 * transaction in its JSON form. BODID carries the delivery's id: a system that keeps the BODIDs it has seen takes each
 * transaction once, however often it is sent.
 */
export const b2mmlSoap: Adapter<B2mmlSoapConfig> = {
  name: 'b2mml-soap',
  summary: 'An MES or another system that exchanges B2MML transactions over SOAP, both ways.',
  settings: {
    url: { type: 'string', description: 'The SOAP endpoint of the system (not its WSDL).' },
    user: { type: 'string', optional: true, description: 'User name, where the endpoint asks for one.' },
    password: { type: 'string', optional: true, secret: true, description: 'Password of that user.' },
    authentication: {
      type: 'string',
      default: 'basic',
      description: 'Where user and password go: basic (HTTP) or username-token (WS-Security).',
    },
    timeoutMs: {
      type: 'number',
      default: 15_000,
      description: 'Longest wait for one answer, in milliseconds.',
    },
    soap: { type: 'string', default: '1.1', description: 'SOAP version: 1.1 or 1.2.' },
    version: { type: 'string', default: 'V0701', description: 'B2MML version to send: V0701 or V0600.' },
    logicalId: {
      type: 'string',
      default: 'esperanto',
      description: 'Sender/LogicalID of transactions that name no sender.',
    },
    actionPrefix: {
      type: 'string',
      default: 'http://www.mesa.org/xml/B2MML/',
      description: "What the system's WSDL puts before the transaction's name in its SOAPAction.",
    },
  },
  receives: ['B2MML'],
  sends: ['B2MML'],
  promises: { sendIsIdempotent: true, keepsOrder: true },
  read,
  async open(given) {
    const config = parseSettings<B2mmlSoapConfig>(b2mmlSoap, { ...given }, NAME);
    for (const [name, words] of Object.entries(choices)) {
      const value = config[name as keyof typeof choices] as string;
      if (!words.includes(value)) throw unknownChoice(name, value, words);
    }
    return connect(config, clientFor(config));
  },
};

/** Settings that take one of a few words. */
const choices: Readonly<Record<'authentication' | 'soap' | 'version', readonly string[]>> = {
  authentication: ['basic', 'username-token'],
  soap: ['1.1', '1.2'],
  version: ['V0701', 'V0600'],
};

const unknownChoice = (name: string, value: string, words: readonly string[]) =>
  new HubError('HUB_BAD_PROJECT', `${NAME}: ${name} is none of ${words.join(', ')}`, { at: name, value });

/** One transaction is one record: what a sender put into one message is one event. */
function read({ text }: RawRecord): NativeRecord[] {
  const { message, defects } = readB2mml(text, { tolerant: true });
  const id = message.applicationArea.bodId;
  return [{ type: 'B2MML', key: keyOf(message), ...(id ? { id } : {}), body: message, defects }];
}

/** The order that a transaction is about, else its first object, so that all about one order stays in order. */
export function keyOf({ noun, items }: Message): string {
  const first = (items[0] ?? {}) as AboutOrder;
  const order =
    noun === 'OperationsSchedule'
      ? first.operationsRequest?.[0]?.id
      : (first.operationsScheduleId ?? first.operationsResponse?.[0]?.operationsRequestId?.[0]);
  return order ?? first.id ?? noun;
}

/** Where B2MML's schedules and performances name their order. */
interface AboutOrder {
  readonly id?: string;
  readonly operationsRequest?: readonly { readonly id?: string }[];
  readonly operationsScheduleId?: string;
  readonly operationsResponse?: readonly { readonly operationsRequestId?: readonly string[] }[];
}

function clientFor({ url, user, password, authentication, timeoutMs, soap }: B2mmlSoapConfig) {
  return soapClient({
    name: NAME,
    url,
    timeoutMs,
    version: soap,
    authentication,
    ...(user === undefined ? {} : { user, password: password ?? '' }),
  });
}

function connect(config: B2mmlSoapConfig, client: SoapClient): Connection {
  const { version, actionPrefix, logicalId } = config;
  return {
    async send(record) {
      if (record.type !== 'B2MML') {
        throw new HubError('HUB_TAKES_NOTHING', `${NAME} takes B2MML, not ${record.type}`, {
          value: record.type,
        });
      }
      const message = addressed(record, logicalId);
      const name = `${message.verb}${message.noun}`;
      const body = writeB2mml(message, { version });
      return receiptOf(await client.call({ action: actionPrefix + name, body }), name, record.key);
    },
    check: () => client.check(),
    close: async () => client.close(),
  };
}

function addressed({ id, body }: Outgoing, logicalId: string): Message {
  // An object that came alone gets an envelope: without one there is no place for BODID.
  const { bare: _, ...message } = body as Message;
  const { applicationArea } = message;
  return {
    ...message,
    applicationArea: { ...applicationArea, sender: { logicalId, ...applicationArea.sender }, bodId: id },
  };
}

function receiptOf(answer: Awaited<ReturnType<SoapClient['call']>>, name: string, key: string): Receipt {
  const { taken, said, id } = verdictOf(answer);
  if (!taken)
    throw new HubError('HUB_REJECTED', `${NAME} refused ${name} ${key}: ${said}`, { at: name, value: key });
  return { ...(id ? { counterpartId: id } : {}), answer: said };
}
