import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import Fastify from 'fastify';
import type { Counterpart, Fault, Kit, KitOptions } from '../adapters/kit';
import { asHubError, HubError } from '../model/errors';

/**
 * A kit in a process of its own, steered over HTTP: `GET /config`, `GET /holds?what=`, `POST /emit {event, data}`,
 * `POST /provoke {fault}`. The counterpart's own protocol is untouched by this; it stays on its own port.
 */
export async function serveKit(
  kit: Kit,
  options: KitOptions,
  controlPort = 0,
): Promise<{ control: string; counterpart: Counterpart; stop(): Promise<void> }> {
  const counterpart = await kit.start(options);
  const app = Fastify({ bodyLimit: 64 * 1024 * 1024 });
  app.setErrorHandler((error, _request, reply) => reply.code(500).send(asHubError(error).toJSON()));
  app.get('/config', () => counterpart.config);
  app.get<{ Querystring: { what?: string } }>(
    '/holds',
    (request) => counterpart.holds?.(request.query.what) ?? [],
  );
  app.post<{ Body: { event: string; data: unknown } }>('/emit', async ({ body }) => {
    if (!counterpart.emit) throw new HubError('HUB_WRONG_USE', 'this kit has no events');
    return { result: await counterpart.emit(body.event, body.data) };
  });
  app.post<{ Body: { fault: Fault | 'well' } }>('/provoke', async ({ body }) => {
    await counterpart.provoke(body.fault);
    return {};
  });
  await app.listen({ host: '127.0.0.1', port: controlPort });
  const { port } = app.server.address() as AddressInfo;
  return {
    control: `http://127.0.0.1:${port}`,
    counterpart,
    async stop() {
      await app.close();
      await counterpart.stop();
    },
  };
}

/** A kit that runs in another process, seen from the one that started it. */
export interface RemoteKit extends Required<Omit<Counterpart, 'provoke'>> {
  readonly name: string;
  readonly control: string;
  provoke(fault: Fault | 'well'): Promise<void>;
}

/** Starts `esperanto kit NAME` and waits until it listens. The process ends with the one that started it. */
export async function startKitProcess(name: string, options: KitOptions): Promise<RemoteKit> {
  const main = require.resolve('./main');
  const child = spawn(
    process.execPath,
    [main, 'kit', name, '--json', '--with-parent', '--options', JSON.stringify(options)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const { control, config } = await firstLine(child, name);
  return {
    name,
    control,
    config,
    emit: async (event, data) =>
      (await call<{ result: unknown }>(control, 'POST', '/emit', { event, data })).result,
    holds: (what) =>
      call(control, 'GET', `/holds${what === undefined ? '' : `?what=${encodeURIComponent(what)}`}`),
    provoke: async (fault) => void (await call(control, 'POST', '/provoke', { fault })),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function firstLine(
  child: ChildProcess,
  name: string,
): Promise<{ control: string; config: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout! });
    lines.once('line', (line) => {
      lines.close();
      child.stdout!.resume();
      resolve(JSON.parse(line) as { control: string; config: Record<string, unknown> });
    });
    child.once('exit', (code) =>
      reject(new HubError('HUB_BUG', `the kit ${name} ended with ${code} before it listened`)),
    );
  });
}

async function call<T>(control: string, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(control + path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const json = (await answer.json()) as T & { message?: string };
  if (!answer.ok)
    throw new HubError('HUB_BUG', `the kit answered ${answer.status}: ${json.message ?? ''}`, {
      value: json,
    });
  return json;
}
