import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua';
import { HubError } from '../../model/errors';

/** Who one side of a channel is, and whom it trusts. */
export interface Identity {
  readonly pki: OPCUACertificateManager;
  readonly certificateFile: string;
  readonly certificate: X509Certificate;
  /** As in the certificate: the two must agree. */
  readonly applicationUri: string;
}

const VALID_DAYS = 5 * 365;

/**
 * The store of keys and certificates in `folder` with a certificate of our own, made when there is none.
 * Nothing is trusted that nobody put there: the stack's own default would accept every stranger.
 */
export async function openIdentity(folder: string, name: string): Promise<Identity> {
  const pki = new OPCUACertificateManager({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  await freeFromTheDead(folder);
  await pki.initialize();
  const certificateFile = join(folder, 'own', 'certs', 'own.pem');
  if (!existsSync(certificateFile)) {
    await pki.createSelfSignedCertificate({
      applicationUri: `urn:${hostname()}:${name}`,
      subject: `/CN=${name}/O=Esperanto`,
      dns: [hostname(), 'localhost'],
      ip: ['127.0.0.1'],
      outputFile: `${certificateFile}.part`,
      startDate: new Date(),
      validity: VALID_DAYS,
    });
    // Killed in between, the next start must not find half a certificate.
    await rename(`${certificateFile}.part`, certificateFile);
  }
  const certificate = new X509Certificate(await readFile(certificateFile));
  const applicationUri = /URI:([^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1];
  if (!applicationUri) {
    throw new HubError('HUB_BAD_PROJECT', `${certificateFile} names no application URI`, {
      at: certificateFile,
    });
  }
  return { pki, certificateFile, certificate, applicationUri };
}

/**
 * The stack guards its store by lock folders and waits two minutes for one whose owner was killed. The folder belongs to
 * one connection of one process, so a lock found before it begins is such a leftover.
 */
async function freeFromTheDead(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const left = (await readdir(folder)).filter((name) => name.endsWith('.lock'));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
  await withoutHalfAKey(folder);
}

/** The stack writes its key where it is to stand; one that was cut off there would be of no use for ever. */
async function withoutHalfAKey(folder: string): Promise<void> {
  const keyFile = join(folder, 'own', 'private', 'private_key.pem');
  // With a certificate the key was whole: whoever has spoilt it since is to be told.
  if (!existsSync(keyFile) || existsSync(join(folder, 'own', 'certs', 'own.pem'))) return;
  try {
    createPrivateKey(await readFile(keyFile));
  } catch {
    await rm(keyFile);
  }
}

/** SHA-1 as OPC UA tools show it: 40 hexadecimal digits. */
export const thumbprint = (certificate: X509Certificate): string =>
  certificate.fingerprint.replaceAll(':', '').toLowerCase();

/**
 * Trusts what the source holds (PEM text, a file, or a folder of files) and what somebody dropped into the store's own
 * `trusted/certs`, also when it was rejected before.
 */
export async function trust(pki: OPCUACertificateManager, source?: string): Promise<void> {
  const chosen = source === undefined ? [] : await certificatesFrom(source);
  await pki.reloadCertificates();
  const dropped = await certificatesFrom(pki.trustedFolder);
  for (const certificate of [...chosen, ...dropped]) await pki.trustCertificate(certificate.raw);
}

/** Throws HUB_BAD_PROJECT for a source that cannot be read or holds no certificate. */
export async function certificatesFrom(source: string): Promise<X509Certificate[]> {
  try {
    if (source.includes('-----BEGIN')) return parse(Buffer.from(source));
    if (!(await stat(source)).isDirectory()) return parse(await readFile(source));
    const files = (await readdir(source)).filter((file) => /\.(pem|der|crt|cer)$/i.test(file));
    return (await Promise.all(files.map((file) => readFile(join(source, file))))).flatMap(parse);
  } catch (cause) {
    throw new HubError('HUB_BAD_PROJECT', `no certificate can be read from ${shown(source)}`, {
      at: 'trustedCertificates',
      cause,
      todo: 'Give PEM text, a PEM or DER file, or a folder of such files.',
    });
  }
}

const shown = (source: string) => (source.includes('-----BEGIN') ? 'the text given' : source);

function parse(content: Buffer): X509Certificate[] {
  const blocks = content
    .toString('latin1')
    .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return blocks ? blocks.map((block) => new X509Certificate(block)) : [new X509Certificate(content)];
}

/** Puts the certificate (never the key) into a folder where the other side looks for those it trusts. */
export async function publish({ certificate }: Identity, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${thumbprint(certificate)}.pem`);
  if (existsSync(file)) return;
  // A reader must never find half a certificate.
  await writeFile(`${file}.part`, certificate.toString());
  await rename(`${file}.part`, file);
}
