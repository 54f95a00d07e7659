import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { debuglog } from 'node:util';
import { setDebugLogger, setErrorLogger, setWarningLogger } from 'node-opcua';
import { asHubError, HubError } from '../../model/errors';
import type { Connection, OpenOptions, Outgoing, Receipt } from '../adapter';
import { openIdentity } from './certificates';
import { openJournal } from './job-journal';
import { superviseLink } from './link';
import type { Machine } from './machine';
import { receiveResponses } from './receive-responses';
import { sendJobCommand } from './send-job-command';
import { sendJobOrder } from './send-job-order';
import { sendParameters } from './send-parameters';
import { checkEndpoint, type OpcuaConfig } from './settings';

/** Returns at once with a connection that is still connecting: a machine that is off must not keep the hub from starting. */
export async function connect(settings: OpcuaConfig, { dataDir, log }: OpenOptions): Promise<Connection> {
  quieten();
  checkEndpoint(settings);
  await mkdir(dataDir, { recursive: true });
  const identity = await openIdentity(join(dataDir, 'pki'), 'esperanto');
  const journal = openJournal(dataDir, settings.counters);
  const link = superviseLink(settings, identity, log);
  let closed: Promise<void> | undefined;
  return {
    receive: (accept, signal) => receiveResponses(link, journal, accept, signal, log),
    async send(record) {
      const machine = await link.machine();
      try {
        return await deliver(machine, record, settings);
      } catch (thrown) {
        throw asHubError(thrown);
      }
    },
    async check() {
      await link.machine();
    },
    close() {
      closed ??= link.close().then(() => identity.pki.dispose());
      return closed;
    },
  };
}

function deliver(machine: Machine, record: Outgoing, settings: OpcuaConfig): Promise<Receipt> {
  switch (record.type) {
    case 'JobOrder':
      return sendJobOrder(machine, record.body);
    case 'JobCommand':
      return sendJobCommand(machine, record.body, settings.timeoutMs);
    case 'ParameterWrite':
      return sendParameters(machine, record.body, settings);
    default:
      throw new HubError('HUB_TAKES_NOTHING', `a machine takes no ${record.type}`, { at: record.type });
  }
}

/** The stack prints to standard output, which belongs to the command. With NODE_DEBUG=opcua it goes to standard error. */
export function quieten(): void {
  const debug = debuglog('opcua');
  const print = (...words: unknown[]) => debug('%s', words.join(' '));
  setDebugLogger(print);
  setWarningLogger(print);
  setErrorLogger(print);
}
