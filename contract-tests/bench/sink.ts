/** The receiver of the benches, in a process of its own: acknowledges every job, and tells how many it has had, when, and which was the last. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** Lot number → epoch ms. */
let arrivals: Record<string, number> = {};
let count = 0;
let last = '';

const server = createServer(async (request, response) => {
  const body = request.method === 'POST' ? await text(request) : '';
  const tell = tells[request.url ?? ''];
  if (request.url === '/jobs') {
    count++;
    last = body;
    arrivals[/"id":"(\d+)"/.exec(body)![1]!] = Date.now();
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tell?.() ?? {}));
});

const tells: Readonly<Record<string, () => unknown>> = {
  '/count': () => ({ count }),
  '/last': () => JSON.parse(last),
  '/arrivals': taken,
};

function taken(): typeof arrivals {
  const all = arrivals;
  arrivals = {};
  count = 0;
  return all;
}

// Until all others have had their round a way is silent for much longer than the usual five seconds.
server.keepAliveTimeout = 1_200_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.stdin.once('end', () => process.exit()).resume();
