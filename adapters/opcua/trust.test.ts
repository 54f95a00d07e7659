import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, failureOf, type Hub, startBench, until } from './bench';
import { opcuaKit } from './kit';

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
}, 60_000);
afterAll(() => bench?.stop(), 60_000);

const isUp = ({ connection }: Hub) =>
  connection.check().then(
    () => true,
    () => false,
  );
const untrusted = { code: 'HUB_UNTRUSTED', kind: 'transient' };

test('a machine whose certificate nobody trusted is not talked to; dropping it into the folder is enough', async () => {
  const hub = await bench.connect('careful', { trustedCertificates: undefined });
  const failure = await failureOf(hub.connection.check());
  expect(failure).toMatchObject(untrusted);
  expect(failure.message).toContain('the hub does not trust');
  const pem = String(bench.press.config.trustedCertificates);
  writeFileSync(join(bench.folderOf('careful'), 'pki', 'trusted', 'certs', 'press.pem'), pem);
  await until(() => isUp(hub));
  await hub.close();
});

test('a machine that does not trust the hub says so; once it does, the hub connects by itself', async () => {
  const hub = await bench.connect('stranger', { publishCertificateTo: undefined });
  const failure = await failureOf(hub.connection.check());
  expect(failure).toMatchObject(untrusted);
  expect(failure.message).toContain("does not trust the hub's certificate");
  const own = join(bench.folderOf('stranger'), 'pki', 'own', 'certs', 'own.pem');
  await bench.press.emit!('trust', { certificate: readFileSync(own, 'utf8') });
  await until(() => isUp(hub));
  await hub.close();
});

test('a machine with another certificate than the one named does not get the password', async () => {
  const hub = await bench.connect('pinned', { serverThumbprint: '00'.repeat(20) });
  const failure = await failureOf(hub.connection.check());
  expect(failure).toMatchObject(untrusted);
  expect(failure.message).toContain('serverThumbprint');
  await hub.close();
});

test('the machine keeps its certificate, password and jobs when its power was cut', async () => {
  const certificate = new X509Certificate(String(bench.press.config.trustedCertificates));
  const hub = await bench.connect('steady', { serverThumbprint: certificate.fingerprint });
  await hub.send('JobOrder', { jobOrderID: 'kept', start: true, parameters: [{ ID: 'Quantity', value: 2 }] });
  await bench.press.stop();
  const again = await opcuaKit.start({
    dataDir: bench.folderOf('press'),
    port: Number(new URL(String(bench.press.config.endpointUrl)).port),
  });
  try {
    expect(again.config).toEqual(bench.press.config);
    expect(await again.holds!('jobs')).toMatchObject([{ jobOrderID: 'kept', state: 'AllowedToStart' }]);
    await until(() => isUp(hub));
  } finally {
    await hub.close();
    await again.stop();
  }
});
