import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../model/errors';
import type { Fault } from '../kit';

/** A request as a kit sees it. */
export interface KitRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface KitAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string as it stands. */
  readonly body?: unknown;
}

/** The HTTP side of a kit: a real server that can be put into each fault and back. */
export interface KitServer {
  readonly url: string;
  provoke(fault: Fault | 'well'): Promise<void>;
  stop(): Promise<void>;
}

/**
 * - `down`: nobody listens. `well` listens again on the same port.
 * - `busy`: 503 with Retry-After, untouched.
 * - `rejecting`: whatever `refusal` says, untouched.
 * - `silent`: the work is done and no answer is given, the worst case for a sender.
 */
export async function kitServer(options: {
  readonly port?: number;
  readonly answer: (request: KitRequest) => KitAnswer | Promise<KitAnswer>;
  readonly refusal: KitAnswer;
}): Promise<KitServer> {
  let mood: Fault | 'well' = 'well';
  let server: Server | undefined;
  let port = options.port ?? 0;

  async function serve(request: KitRequest): Promise<KitAnswer | undefined> {
    if (mood === 'busy') return overloaded(request);
    if (mood === 'rejecting') return options.refusal;
    const answer = await options.answer(request);
    return mood === 'silent' ? undefined : answer;
  }

  async function listen() {
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
      const url = new URL(request.url ?? '/', 'http://kit');
      const { method = 'GET', headers } = request;
      const asked = { method, path: url.pathname, query: url.searchParams, headers, text };
      const answer = await serve(asked).catch((error: Error) => ({ status: 500, body: error.message }));
      if (answer) send(response, answer);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  }

  async function shut() {
    const closing = server;
    server = undefined;
    if (!closing) return;
    const closed = once(closing, 'close');
    closing.close();
    closing.closeAllConnections();
    await closed;
  }

  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    async provoke(fault) {
      mood = fault;
      if (fault === 'down') await shut();
      else if (!server) await listen();
    },
    stop: shut,
  };
}

/** As careless servers do, it repeats what it was sent: no failure may pass the credentials on. */
function overloaded({ method, path, headers }: KitRequest): KitAnswer {
  const body = { error: 'Try again later.', request: { method, path, headers } };
  return { status: 503, headers: { 'retry-after': '1' }, body };
}

function send(response: ServerResponse, { status, headers, body }: KitAnswer): void {
  const text = typeof body === 'string';
  const type = text ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(status, { ...(body === undefined ? {} : { 'content-type': type }), ...headers });
  response.end(body === undefined ? undefined : text ? body : JSON.stringify(body));
}

/** Pushes to the hub's door one after another, each until the hub has confirmed it. */
export interface Outbox {
  /** Resolves with the hub's answer, rejects when the hub refuses the record for good. */
  push(contentType: string, text: string): Promise<unknown>;
  /** What the hub has not confirmed yet, oldest first. */
  waiting(): readonly string[];
  /** Gives up what waits. */
  close(): void;
}

/** An outbox of a pushing kit. `address` is the door, `${hubUrl}/intake/${system}`. */
export function outbox(address: string, retryMs = 100): Outbox {
  const stop = new AbortController();
  const waiting: string[] = [];
  let tail: Promise<unknown> = Promise.resolve();

  async function deliver(contentType: string, text: string): Promise<unknown> {
    while (!stop.signal.aborted) {
      const answer = await post(address, contentType, text, stop.signal);
      if (answer?.status === 202) return answer.body;
      if (answer && answer.status < 500 && ![408, 425, 429].includes(answer.status)) {
        throw new HubError(
          'HUB_REJECTED',
          `the hub answered ${answer.status}: ${JSON.stringify(answer.body)}`,
        );
      }
      await sleep(retryMs, undefined, { signal: stop.signal }).catch(() => {});
    }
    throw new HubError('HUB_UNREACHABLE', `the kit was stopped before ${address} took the record`);
  }

  return {
    push(contentType, text) {
      waiting.push(text);
      const pushed = tail.then(() => deliver(contentType, text)).finally(() => waiting.shift());
      tail = pushed.catch(() => {});
      return pushed;
    },
    waiting: () => [...waiting],
    close: () => stop.abort(),
  };
}

/** The hub's answer; undefined when there is none. */
async function post(address: string, contentType: string, text: string, signal: AbortSignal) {
  try {
    const headers = { 'content-type': contentType };
    const answer = await fetch(address, { method: 'POST', headers, body: text, signal });
    const body: unknown = await answer.json().catch(() => undefined);
    return { status: answer.status, body };
  } catch {
    return undefined;
  }
}
