import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClientAsync } from 'soap';
import { writeB2mml } from '../../model/b2mml';
import { asHubError, HubError } from '../../model/errors';
import type { Message } from '../../model/message';
import { openEnvelope, readFault } from '../transports/soap-envelope';
import { type Verdict, verdictOf } from './answer';

/** Transactions on their way to the hub, in order, each repeated until the hub has answered it. */
export interface SoapOutbox {
  /** Resolves with what the hub said, rejects when it refuses the transaction for good. */
  push(message: Message): Promise<Verdict>;
  /** What the hub has not confirmed yet, oldest first. */
  waiting(): readonly Message[];
  /** What the hub refused, with its reason. */
  refused(): readonly { readonly message: Message; readonly reason: string }[];
  close(): void;
}

const RETRY_MS = 100;
const ANSWER_MS = 10_000;

/**
 * Reads the hub's WSDL and calls it with the `soap` package's client, as an MES would: neither knows the hub's code.
 * `endpoint` is the hub's SOAP address of this system.
 */
export function soapOutbox(endpoint: string): SoapOutbox {
  const stop = new AbortController();
  const waiting: Message[] = [];
  const refused: Array<{ message: Message; reason: string }> = [];
  let tail: Promise<unknown> = Promise.resolve();
  let client: Promise<Client> | undefined;

  const connected = () => {
    client ??= createClientAsync(`${endpoint}?wsdl`, { disableCache: true, wsdl_options: { proxy: false } });
    // A hub that is away now may be there next time.
    client.catch(() => {
      client = undefined;
    });
    return client;
  };

  async function once(message: Message): Promise<Verdict> {
    const name = `${message.verb}${message.noun}`;
    const operation = (await connected())[`${name}Async`];
    if (!operation) throw new HubError('HUB_REJECTED', `the hub's WSDL has no ${name}`, { value: name });
    const options = { signal: stop.signal, timeout: ANSWER_MS, proxy: false };
    try {
      const [, answer] = await operation({ _xml: withoutProlog(writeB2mml(message)) }, options);
      return verdictOf(openEnvelope(answer).body);
    } catch (thrown) {
      throw refusalIn(thrown) ?? thrown;
    }
  }

  async function deliver(message: Message): Promise<Verdict> {
    while (!stop.signal.aborted) {
      const verdict = await once(message).catch(refusedForGood);
      if (verdict?.taken) return verdict;
      if (verdict) {
        refused.push({ message, reason: verdict.said });
        throw new HubError('HUB_REJECTED', `the hub refused: ${verdict.said}`);
      }
      await sleep(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
    throw new HubError('HUB_UNREACHABLE', `the kit was stopped before ${endpoint} took the transaction`);
  }

  return {
    push(message) {
      waiting.push(message);
      const pushed = tail.then(() => deliver(message)).finally(() => waiting.shift());
      tail = pushed.catch(() => {});
      return pushed;
    },
    waiting: () => [...waiting],
    refused: () => [...refused],
    close: () => stop.abort(),
  };
}

/** A Client fault will not get better; everything else is worth another try. */
function refusedForGood(thrown: unknown): Verdict | undefined {
  const { code, message } = asHubError(thrown);
  return code === 'HUB_REJECTED' || code === 'HUB_INVALID' ? { taken: false, said: message } : undefined;
}

function refusalIn(thrown: unknown): HubError | undefined {
  const { body } = thrown as { body?: unknown };
  if (typeof body !== 'string' || !body.includes('Fault')) return undefined;
  const part = openEnvelope(body).body;
  const fault = part && readFault(part);
  if (!fault || !/^(Client|Sender)/.test(fault.code)) return undefined;
  return new HubError('HUB_REJECTED', `${fault.reason} ${fault.detail ?? ''}`.trim());
}

const withoutProlog = (xml: string) => xml.replace(/^\uFEFF?<\?xml[^?]*\?>\s*/, '');
