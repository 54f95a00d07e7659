import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipSelfTest } from './self-test';

skipSelfTest();
const { openIdentity } = require('./certificates') as typeof import('./certificates');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'esperanto-pki-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const keyFile = () => join(folder, 'own', 'private', 'private_key.pem');

test.each([
  ['an empty key', ''],
  ['the beginning of a key', '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQE'],
])(
  '%s and a lock, left behind by a process that was killed, do not keep the next one away',
  async (_, left) => {
    mkdirSync(join(folder, 'own', 'private'), { recursive: true });
    writeFileSync(keyFile(), left);
    mkdirSync(join(folder, 'mutex.lock'));
    const { certificate, pki } = await openIdentity(folder, 'esperanto');
    expect(certificate.subject).toContain('esperanto');
    expect(readFileSync(keyFile(), 'utf8')).toContain('END');
    await pki.dispose();
  },
  30_000,
);

test('a key that has a certificate is kept, and told of where it is spoilt', async () => {
  const first = await openIdentity(folder, 'esperanto');
  await first.pki.dispose();
  const again = await openIdentity(folder, 'esperanto');
  expect(again.certificate.fingerprint).toBe(first.certificate.fingerprint);
  await again.pki.dispose();
  writeFileSync(keyFile(), 'spoilt');
  await expect(openIdentity(folder, 'esperanto')).rejects.toThrow();
  expect(readFileSync(keyFile(), 'utf8')).toBe('spoilt');
}, 30_000);
