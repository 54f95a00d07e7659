/**
 * PostgreSQL compiled to WebAssembly behind a TCP port, for tests of the dialect where no server is installed. A program
 * of its own: prints its port, ends with its standard input. One session, nothing reaches a disk: never for real data.
 */
import { createServer, type Socket } from 'node:net';
import { PGlite } from '@electric-sql/pglite';

const sslRequest = 80877103;
const authenticated = Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 0]); // AuthenticationOk
const ready = Buffer.from([90, 0, 0, 0, 5, 73]); // ReadyForQuery, idle
const terminate = 88;

/** Takes whole messages off the stream: the first ones have a length only, later ones a type before it. */
async function serve(db: PGlite, socket: Socket): Promise<void> {
  let started = false;
  let rest = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const head = started ? 1 : 0;
      if (rest.length < head + 4) break;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) break;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (!started && message.readInt32BE(4) === sslRequest) {
        socket.write('N');
      } else if (!started) {
        started = true;
        // The next connection gets the session of the last one, but not what it had prepared.
        await db.exec('discard all');
        socket.write(Buffer.concat([authenticated, ready]));
      } else if (message[0] !== terminate) {
        socket.write(await db.execProtocolRaw(message));
      }
    }
  }
}

async function main(): Promise<void> {
  const db = await PGlite.create();
  const server = createServer({ noDelay: true }, (socket) => {
    serve(db, socket).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address && typeof address === 'object') console.log(address.port);
  });
  process.stdin.on('end', () => process.exit(0)).resume();
}

void main();
