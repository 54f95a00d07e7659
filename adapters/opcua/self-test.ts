import { dirname, join } from 'node:path';

/**
 * Call it before the OPC UA stack is loaded. On Node 20 the stack finds out, each time it is loaded, whether RSA PKCS#1
 * v1.5 still opens, with a key of 4096 bits that it makes for that: seconds of computing that hold up the start and the
 * end of a process, for a warning about a padding that no policy of ours uses.
 */
export function skipSelfTest(): void {
  try {
    const inside = { paths: [dirname(require.resolve('node-opcua'))] };
    const channel = dirname(require.resolve('node-opcua-secure-channel', inside));
    const trial = require(join(channel, 'verify_pcks1.js')) as Record<string, unknown>;
    trial.testRSAPKCS1V15_EncryptDecrypt = async () => {};
  } catch {
    // Another version of the stack keeps it elsewhere: then it runs.
  }
}
