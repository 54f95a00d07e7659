import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { keepAliveConnections } from './connections';

let server: Server;
let taken: number;
beforeEach(async () => {
  taken = 0;
  server = createServer((_request, response) => {
    taken++;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

function post(patienceMs: number): Promise<'answered' | Error> {
  const connections = keepAliveConnections(patienceMs);
  const { port } = server.address() as { port: number };
  return new Promise<'answered' | Error>((resolve) => {
    const sent = request({ port, host: '127.0.0.1', method: 'POST', agent: connections.http }, (answer) => {
      answer.resume().once('end', () => resolve('answered'));
    });
    sent.once('error', resolve);
    sent.end('what is to be booked');
  }).finally(connections.close);
}

test('what waits for a connection is sent when it is made in time', async () => {
  expect([await post(10_000), taken]).toEqual(['answered', 1]);
});

test('it is never sent when the connection comes too late, as in a process that was frozen meanwhile', async () => {
  expect([await post(-1), taken]).toEqual([expect.objectContaining({ message: 'connected too late' }), 0]);
});
