import { X509Certificate } from 'node:crypto';
import {
  type ClientSession,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  UserTokenType,
} from 'node-opcua';
import { HubError } from '../../model/errors';
import { type Identity, publish, thumbprint, trust } from './certificates';
import type { OpcuaConfig } from './settings';

const CONNECT_LIMIT_MS = 20_000;
const CLOSE_LIMIT_MS = 3_000;
const SESSION_TIMEOUT_MS = 60_000;

/** One session with the machine. It ends once and is never repaired: what comes after is a new one. */
export interface Session {
  readonly client: ClientSession;
  /** Aborts, with the reason, when the channel or the session is gone. */
  readonly ended: AbortSignal;
  /** The answer, or HUB_UNREACHABLE after the time that one answer may take: the stack itself never waits less than 5 s. */
  answer<T>(request: Promise<T>): Promise<T>;
  /** Declares it gone, e.g. because it does not answer. */
  end(reason: string): void;
  close(): Promise<void>;
}

/**
 * Connects and logs in, or throws HUB_UNREACHABLE, HUB_UNTRUSTED or HUB_UNAUTHORIZED.
 * The channel is always signed and encrypted; there is no way to ask for less.
 */
export async function openSession(
  settings: OpcuaConfig,
  identity: Identity,
  closing: AbortSignal,
): Promise<Session> {
  await trust(identity.pki, settings.trustedCertificates);
  if (settings.publishCertificateTo) await publish(identity, settings.publishCertificateTo);
  const client = clientFor(settings, identity);
  const ending = new AbortController();
  const end = (reason: string) => ending.abort(reason);
  client.on('connection_lost', () => end('the connection was lost'));
  client.on('close', () => end('the connection was closed'));
  try {
    const session = await within(logIn(client, settings), CONNECT_LIMIT_MS, 'no connection', closing);
    session.on('session_closed', () => end('the machine closed the session'));
    return {
      client: session,
      ended: AbortSignal.any([ending.signal, closing]),
      answer: (request) => within(request, settings.timeoutMs, 'no answer'),
      end,
      close: () => disconnect(client),
    };
  } catch (thrown) {
    await disconnect(client);
    throw connectFailure(thrown, settings, identity);
  }
}

function clientFor(settings: OpcuaConfig, identity: Identity): OPCUAClient {
  return OPCUAClient.create({
    applicationName: 'Esperanto',
    applicationUri: identity.applicationUri,
    clientCertificateManager: identity.pki,
    certificateFile: identity.certificateFile,
    privateKeyFile: identity.pki.privateKey,
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
    endpointMustExist: false,
    requestedSessionTimeout: SESSION_TIMEOUT_MS,
    defaultTransactionTimeout: settings.timeoutMs,
    // No repair by the stack: while repairing it would queue a command and send it whenever the link is back.
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 1000 },
    keepSessionAlive: false,
  });
}

async function logIn(client: OPCUAClient, settings: OpcuaConfig): Promise<ClientSession> {
  await client.connect(settings.endpointUrl);
  checkThumbprint(client, settings.serverThumbprint);
  return client.createSession({
    type: UserTokenType.UserName,
    userName: settings.user,
    password: settings.password,
  });
}

/** Before the log-in, so that a wrong machine never gets the password. */
function checkThumbprint(client: OPCUAClient, expected: string | undefined): void {
  if (expected === undefined) return;
  const presented =
    client.serverCertificate && thumbprint(new X509Certificate(client.serverCertificate as Buffer));
  if (presented === expected.replaceAll(/[:\s]/g, '').toLowerCase()) return;
  throw new HubError(
    'HUB_UNTRUSTED',
    'the machine presents another certificate than serverThumbprint names',
    {
      at: 'serverThumbprint',
      value: presented,
    },
  );
}

function connectFailure(thrown: unknown, { endpointUrl }: OpcuaConfig, identity: Identity): HubError {
  if (thrown instanceof HubError) return thrown;
  const text = firstLine(thrown);
  if (/BadUserAccessDenied|BadIdentityToken/.test(text)) {
    return new HubError('HUB_UNAUTHORIZED', `the machine at ${endpointUrl} does not take user and password`, {
      at: endpointUrl,
    });
  }
  if (/BadSecurityChecksFailed|rejected by server/.test(text)) {
    return new HubError(
      'HUB_UNTRUSTED',
      `the machine at ${endpointUrl} does not trust the hub's certificate`,
      {
        at: endpointUrl,
        value: thumbprint(identity.certificate),
        todo: `On the machine, trust the certificate in ${identity.certificateFile}; the hub tries again by itself.`,
      },
    );
  }
  if (/BadCertificate/.test(text)) {
    return new HubError(
      'HUB_UNTRUSTED',
      `the hub does not trust the certificate of ${endpointUrl} (${text})`,
      {
        at: endpointUrl,
        todo: `Compare the thumbprint of the certificate in ${identity.pki.rejectedFolder}, then move it to ${identity.pki.trustedFolder}; the hub tries again by itself.`,
      },
    );
  }
  return new HubError('HUB_UNREACHABLE', `the machine at ${endpointUrl} cannot be reached: ${text}`, {
    at: endpointUrl,
  });
}

/** Closing may hang when the other side is gone: it gets its time and no more. */
async function disconnect(client: OPCUAClient): Promise<void> {
  await within(client.disconnect(), CLOSE_LIMIT_MS, 'not closed in time').catch(() => {});
}

/** The work's outcome, or HUB_UNREACHABLE when time is up or the signal aborts before; the work itself goes on unseen. */
export function within<T>(work: Promise<T>, limitMs: number, what: string, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const fail = (why: string) => {
      settle();
      reject(new HubError('HUB_UNREACHABLE', `${what}${why}`));
    };
    const timer = setTimeout(() => fail(` after ${limitMs} ms`), limitMs);
    const onAbort = () => fail(`: ${signal?.reason}`);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(settle);
  });
}

/** What the stack says, without its pages of advice. */
export function firstLine(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return (
    message
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'no reason given'
  );
}
