import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

export interface Connections {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** False only when the failed request provably never left, because its connection was not made. */
  reached(thrown: unknown): boolean;
  close(): void;
}

/**
 * Agents that remember which sockets were ever connected: the line between "not sent" and "perhaps taken". One that is
 * connected after `patienceMs` only is not used: the process was frozen meanwhile, and what waits to be sent is of old.
 */
export function keepAliveConnections(patienceMs: number): Connections {
  const made = new WeakSet<object>();
  const watch = (socket: Duplex | null | undefined, event: string) => {
    const begun = performance.now();
    // Before what waits is written: this listener is the first.
    socket?.once(event, () => {
      if (performance.now() - begun > patienceMs) socket.destroy(new Error('connected too late'));
      else made.add(socket);
    });
    return socket;
  };
  class WatchedHttpAgent extends HttpAgent {
    override createConnection(...args: Parameters<HttpAgent['createConnection']>) {
      return watch(super.createConnection(...args), 'connect');
    }
  }
  class WatchedHttpsAgent extends HttpsAgent {
    override createConnection(...args: Parameters<HttpsAgent['createConnection']>) {
      return watch(super.createConnection(...args), 'secureConnect');
    }
  }
  const http = new WatchedHttpAgent({ keepAlive: true });
  const https = new WatchedHttpsAgent({ keepAlive: true });
  return {
    http,
    https,
    reached(thrown) {
      const socket = (thrown as { request?: { socket?: object | null } }).request?.socket;
      return socket ? made.has(socket) : false;
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}
