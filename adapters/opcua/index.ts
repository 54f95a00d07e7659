import type { Adapter } from '../adapter';
import { skipSelfTest } from './self-test';
import type { OpcuaConfig } from './settings';
import { settings } from './settings';

/**
 * A machine with ISA-95 Job Control V2 (OPC 10031-4) over OPC UA.
 *
 * - `JobOrder`: stored, or changed while it has not begun; read back. A begun job that differs is HUB_TOO_LATE.
 * - `JobCommand`: Start, RevokeStart, Pause, Resume, Stop, Abort, Cancel or Clear; confirmed by the job's state.
 * - `ParameterWrite`: written in the node's own type and read back; the receipt tells before and after.
 * - `JobResponse`: what became of a job, whenever its state or its counters change.
 *
 * The channel is always signed and encrypted and certificates are trusted by hand, on both sides.
 */
export const opcuaJobControl: Adapter<OpcuaConfig> = {
  name: 'opcua-job-control',
  summary: 'A machine that takes job orders and parameters over OPC UA (ISA-95 Job Control V2).',
  settings,
  receives: ['JobResponse'],
  sends: ['JobOrder', 'JobCommand', 'ParameterWrite'],
  // Every send looks at the machine first, so a repeat finds its work done.
  promises: { sendIsIdempotent: true, keepsOrder: true },
  open(config, options) {
    // The OPC UA stack takes two seconds and 100 MB to load: only a hub that talks to a machine pays for it.
    skipSelfTest();
    const { connect } = require('./connection') as typeof import('./connection');
    return connect(config, options);
  },
};
