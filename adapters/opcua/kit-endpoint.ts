import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { MessageSecurityMode, nodesets, OPCUAServer, SecurityPolicy } from 'node-opcua';
import { type Identity, trust } from './certificates';
import { jobControlNamespace } from './job-control';
import type { Order } from './kit-address-space';

export interface PressSettings {
  readonly pieceMs?: number;
  readonly maxJobs?: number;
  readonly user?: string;
  readonly password?: string;
  readonly timeoutMs?: number;
  /** A parameter of which the press keeps only whole numbers, as a machine with a coarse regulator does. */
  readonly coarse?: string;
  /** NC programs in its memory. */
  readonly programs?: readonly string[];
}

// Below the ports that the system hands out by itself: a server that comes back must find its own still free.
const FIRST_PORT = 26_500;
const PORTS = 500;

/** A server that talks to no stranger: signed and encrypted, user and password, trusted certificates. */
export async function serverOn(
  port: number,
  { pki, certificateFile, applicationUri }: Identity,
  isValidUser: (user: string, password: string) => boolean,
): Promise<OPCUAServer> {
  pki.referenceCounter++;
  const server = new OPCUAServer({
    port,
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    resourcePath: '/UA/Press',
    nodeset_filename: [nodesets.standard, nodesets.isa95JobControl],
    serverCertificateManager: pki,
    userCertificateManager: pki,
    certificateFile,
    privateKeyFile: pki.privateKey,
    serverInfo: { applicationUri, productUri: 'urn:esperanto:press', applicationName: { text: 'Press' } },
    securityPolicies: [SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: false,
    userManager: { isValidUser },
  });
  await server.initialize();
  return server;
}

/** Certificates that were put into the trusted folder since the last look count from now on. */
export function trustWhatLiesThere(pki: Identity['pki']): void {
  const check = pki.checkCertificate.bind(pki) as (certificate: Buffer) => Promise<unknown>;
  Object.defineProperty(pki, 'checkCertificate', {
    value: async (certificate: Buffer) => {
      await trust(pki);
      return check(certificate);
    },
  });
}

export function emptyOrder(server: OPCUAServer): Order {
  const space = server.engine.addressSpace!;
  const type = space.findDataType('ISA95JobOrderDataType', space.getNamespaceIndex(jobControlNamespace))!;
  return space.constructExtensionObject(type, {}) as Order;
}

/** The password is made once and kept with the press's other files, so that a hub's settings stay right. */
export function credentials(dataDir: string, { user = 'hub', password }: PressSettings) {
  const file = join(dataDir, 'password');
  if (password) return { user, password };
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return { user, password: readFileSync(file, 'utf8') };
}

export async function freePort(): Promise<number> {
  const first = Math.floor(Math.random() * PORTS);
  for (let offset = 0; offset < PORTS; offset++) {
    const port = FIRST_PORT + ((first + offset) % PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
