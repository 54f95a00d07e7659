import type { Kit } from '../kit';
import { skipSelfTest } from './self-test';

/**
 * A press as an OPC UA server with ISA-95 Job Control V2, user and password, signed and encrypted only.
 *
 * Events: `produce {jobOrderID, pieces}`, `finished {jobOrderID, pieces}` (a job entered at the press), `trust
 * {certificate}` (PEM), `set {ID, value}` (somebody turns a knob), `lose-answer {}` (the next method works but its answer is lost).
 * Holds: `jobs`, `parameters`, `responses`, `writes` (values that a client wrote).
 * Options: `pieceMs`, `maxJobs`, `user`, `password`, `timeoutMs`, `coarse` (a parameter that keeps whole numbers only),
 * `programs` (NC programs in its memory: others cannot be chosen).
 *
 * Trust: `config` carries the press's certificate for the hub (`trustedCertificates`) and the folder whose certificates
 * the press trusts (`publishCertificateTo`); without a shared disk, `trust` does what that folder does.
 */
export const opcuaKit: Kit = {
  faults: ['down', 'busy', 'rejecting', 'silent'],
  samples: {
    event: (key) => ({ event: 'finished', data: { jobOrderID: key, pieces: 1 } }),
    record: (key) => ({
      type: 'JobOrder',
      key,
      body: {
        jobOrderID: key,
        description: 'Press seals',
        parameters: [{ ID: 'PressForce', value: '12.5', type: 'Double', unit: 'kN' }],
        materialRequirements: [
          { MaterialDefinitionID: 'PV-100', quantity: '4', unit: 'PCE', use: 'Produced' },
        ],
        start: true,
      },
    }),
  },
  start(options = {}) {
    skipSelfTest();
    const { startPress } = require('./kit-server') as typeof import('./kit-server');
    return startPress(options);
  },
};
