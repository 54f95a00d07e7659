import { setTimeout as wait } from 'node:timers/promises';
import { DataType, Variant } from 'node-opcua';
import { asHubError, HubError } from '../../model/errors';
import type { Receipt } from '../adapter';
import { callReceiver } from './calls';
import { hasFinished, type JobState, type ReceiverMethod } from './job-control';
import { findJob } from './job-list';
import type { Machine } from './machine';
import { checkShape } from './record-shape';

type Command = Exclude<ReceiverMethod, 'Store' | 'StoreAndStart' | 'Update'>;
/** `gone`: the machine no longer lists the job. */
type Place = JobState | 'gone';

/** From where a command leads on, and where it has led already: a short job may have ended by the time one looks. */
const commands: Record<Command, { readonly from: readonly Place[]; readonly done: readonly Place[] }> = {
  Start: { from: ['NotAllowedToStart'], done: ['AllowedToStart', 'Running', 'Interrupted', 'Ended'] },
  RevokeStart: { from: ['AllowedToStart'], done: ['NotAllowedToStart'] },
  Pause: { from: ['Running'], done: ['Interrupted'] },
  Resume: { from: ['Interrupted'], done: ['Running', 'Ended'] },
  Stop: { from: ['Running', 'Interrupted'], done: ['Ended'] },
  Abort: { from: ['NotAllowedToStart', 'AllowedToStart', 'Running', 'Interrupted'], done: ['Aborted'] },
  Cancel: { from: ['NotAllowedToStart', 'AllowedToStart'], done: ['gone'] },
  Clear: { from: ['Ended', 'Aborted'], done: ['gone'] },
};

const READ_AGAIN_MS = 50;

/**
 * Carries out `{jobOrderID, command}` and returns when the job's state shows it. A job that is there already counts
 * as done. Throws HUB_TOO_LATE when the job is past it, HUB_REJECTED when it is not yet there or not known.
 */
export async function sendJobCommand(machine: Machine, body: unknown, limitMs: number): Promise<Receipt> {
  checkShape(body, { jobOrderID: 'text!', command: 'text!' }, 'JobCommand');
  const { jobOrderID, command } = body as { jobOrderID: string; command: string };
  if (!Object.hasOwn(commands, command)) {
    throw new HubError('HUB_INVALID', `JobCommand: there is no command '${command}'`, {
      at: 'command',
      value: command,
      todo: `Use one of ${Object.keys(commands).join(', ')}.`,
    });
  }
  const { from, done } = commands[command as Command];
  const before = await placeOf(machine, jobOrderID);
  if (!done.includes(before)) {
    if (!from.includes(before)) throw impossible(jobOrderID, command, before);
    await order(machine, command as Command, jobOrderID);
  }
  const after = await reached(machine, jobOrderID, done, limitMs);
  return { counterpartId: jobOrderID, answer: { before, after } };
}

async function placeOf(machine: Machine, jobOrderID: string): Promise<Place> {
  return (await findJob(machine, jobOrderID))?.state ?? 'gone';
}

function impossible(jobOrderID: string, command: string, place: Place): HubError {
  const detail = { at: jobOrderID, value: place };
  if (place === 'gone')
    return new HubError('HUB_REJECTED', `${command}: the machine has no job ${jobOrderID}`, detail);
  const message = `${command}: job ${jobOrderID} is ${place}`;
  const late = hasFinished(place) || command === 'Cancel' || command === 'RevokeStart';
  return new HubError(late ? 'HUB_TOO_LATE' : 'HUB_REJECTED', message, detail);
}

/** An answer that did not come is left to the state that is read next. */
async function order(machine: Machine, command: Command, jobOrderID: string): Promise<void> {
  try {
    await callReceiver(machine, command, new Variant({ dataType: DataType.String, value: jobOrderID }));
  } catch (thrown) {
    const failure = asHubError(thrown);
    if (failure.kind !== 'ambiguous') throw failure;
    const place = await placeOf(machine, jobOrderID).catch(() => undefined);
    if (!place || !commands[command].done.includes(place)) throw failure;
  }
}

/** A machine may take its time to come to a halt, so it is looked at until it did or time is up. */
async function reached(
  machine: Machine,
  jobOrderID: string,
  done: readonly Place[],
  limitMs: number,
): Promise<Place> {
  const end = Date.now() + limitMs;
  for (;;) {
    const place = await placeOf(machine, jobOrderID).catch((thrown: unknown) => {
      throw new HubError('HUB_NO_ANSWER', `the state of job ${jobOrderID} could not be read back`, {
        cause: thrown,
      });
    });
    if (done.includes(place)) return place;
    if (Date.now() > end) {
      throw new HubError('HUB_NOT_CONFIRMED', `job ${jobOrderID} is still ${place}`, {
        at: jobOrderID,
        value: place,
      });
    }
    await wait(READ_AGAIN_MS);
  }
}
