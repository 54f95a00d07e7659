import { DateTime } from 'luxon';
import type { ChangeOrder } from './change';
import type { Action, ExecutionState } from './rules';

export const standings: Record<ChangeOrder['standing'], string> = {
  untouched: 'stays as it is',
  refused: 'is not changed any more',
  'by-policy': 'is changed by the rules',
  waiting: 'WAITS FOR YOUR DECISION',
  deferred: 'is put off',
  approved: 'approved',
  extended: 'approved with additions',
  rejected: 'rejected: stays as it is',
};

export const states: Record<ExecutionState, string> = {
  'not-started': 'not begun',
  started: 'begun',
  'component-consumed': 'a component that changes is used already',
  'operation-done': 'done',
  'order-done': 'the order is done',
};

/** What the rules propose for an operation of an order that waits. */
export const proposals: Record<Action, string> = {
  none: 'nothing to be done',
  apply: 'may change without asking',
  ask: 'goes on until you decide',
  'hold+ask': 'is held until you decide',
  refuse: 'is not changed any more',
};

/** Times as the plant's clocks show them; what is no time stays as it is. */
export function clock(zone: string): (at: string, format?: string) => string {
  return (at, format = 'ccc d LLL yyyy HH:mm') => {
    const time = DateTime.fromISO(at, { zone: 'utc', locale: 'en' }).setZone(zone);
    return time.isValid ? time.toFormat(format) : at;
  };
}

export type Clock = ReturnType<typeof clock>;

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** Orders and commands of which the same is to be said are told together once they are so many. */
export const TOGETHER = 5;

/** Ids that follow one another as from … to, so that a thousand of them stay readable. */
export function named(ids: readonly string[]): string {
  const runs: string[][] = [];
  for (const id of [...ids].sort()) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run.at(-1)!, id)) run.push(id);
    else runs.push([id]);
  }
  const told = runs.flatMap((run) => (run.length > 2 ? [`${run[0]} to ${run.at(-1)}`] : run));
  const shown = told.slice(0, 20).join(', ');
  return told.length > 20 ? `${shown} and others` : shown;
}

const follows = (a: string, b: string): boolean =>
  /^\d+$/.test(a) && a.length === b.length && BigInt(b) - BigInt(a) === 1n;
