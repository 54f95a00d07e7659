import type { Issue } from '../../model/errors';
import type { Parked } from '../flow/operating';
import type { Parcel } from '../flow/route';
import type { Attempt, Delivery, StoredMessage, StoredNote, StoredRecord, Trace } from '../storage/store';

/** The answers of the message browser as text for people. */

interface Failure {
  readonly code?: string;
  readonly message?: string;
  readonly todo?: string;
  readonly issues?: readonly Issue[];
}

const failure = (error: unknown): string => {
  const { code, message } = (error ?? {}) as Failure;
  return [code, message].filter((part) => part !== undefined).join(': ') || JSON.stringify(error);
};

const indented = (depth: number, text: string) =>
  text
    .split('\n')
    .map((line) => ' '.repeat(depth) + line)
    .join('\n');

const whole = (depth: number, value: unknown): string =>
  indented(depth, typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'no longer kept'));

/** In one line; a body in full is there with `--bodies`. */
function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

export function recordLine(record: StoredRecord): string {
  return `${record.id}  ${record.receivedAt}  ${record.system.padEnd(8)} ${record.type.padEnd(18)} ${record.key.padEnd(16)} ${record.state}`;
}

export function canonicalLine(message: StoredMessage): string {
  return `${message.id}  ${message.createdAt}  ${message.system.padEnd(8)} ${message.verb}${message.noun} ${message.objectKeys.join(', ')}${message.recordId === undefined ? '' : `  of record ${message.recordId}`}`;
}

export function parkedRecord(record: Parked['records'][number]): string {
  return [`record   ${recordLine(record)}, at ${record.stage}`, ...record.issues.map(reason)].join('\n');
}

/** The canonical path, the native one in the message, the mapping with its line, and what to do. */
function reason({ path, message, rule, todo }: Issue): string {
  return `    ${path}: ${message} (${rule})${todo ? `\n      to do: ${todo}` : ''}`;
}

export function parkedDelivery(delivery: Delivery): string {
  const error = delivery.error as Failure | undefined;
  return [
    `delivery ${delivery.id}  ${delivery.at}  to ${delivery.dest}, ${delivery.key}, ${delivery.attempts} tries`,
    ...(error?.issues && error.issues.length > 0
      ? error.issues.map(reason)
      : [`    ${error?.code}: ${error?.message}`, `      to do: ${error?.todo}`]),
  ].join('\n');
}

const noteLine = ({ did, by, why, at }: StoredNote) => `${did} by ${by} at ${at}: ${why}`;
const attemptLine = ({ tries, at, error }: Attempt) => `try ${tries} at ${at}: ${failure(error)}`;

/** What sets a delivery apart from those that flows make of themselves. */
function peculiarities({ payload, answer }: Delivery): string[] {
  const { replay, compensates, latest, deadline } = (payload ?? {}) as Partial<Parcel>;
  const newer = (answer as { supersededBy?: string } | undefined)?.supersededBy;
  return [
    ...(replay ? [replayLine(replay)] : []),
    ...(compensates ? [`makes good that ${compensates.failed} came to nothing`] : []),
    ...(newer === undefined ? [] : [`not sent: ${newer} is newer`]),
    ...(latest && newer === undefined ? ['only the latest counts'] : []),
    ...(deadline === undefined ? [] : [`until ${deadline}`]),
  ];
}

function replayLine({ of, job, by, why }: NonNullable<Parcel['replay']>): string {
  const what = of === undefined ? 'replay' : `replay of ${of}`;
  return job === undefined ? `${what} by ${by}: ${why}` : `${what} by job ${job}`;
}

/** One delivery with its tries, what was sent and what was answered. */
export function deliveryPage(
  delivery: Delivery & { readonly attemptLog?: readonly Attempt[] },
  bodies = false,
): string {
  const { id, dest, key, state, at, finishedAt, attempts, request, answer, error, counterpartId } = delivery;
  const end = finishedAt === undefined ? '' : ` at ${finishedAt}`;
  const lines = [
    `delivery  ${id} to ${dest}, ${key}: ${state}${end}, ${attempts} tries, made at ${at}`,
    ...peculiarities(delivery).map((text) => `    ${text}`),
    ...(delivery.notes ?? []).flatMap((note) => [
      `    ${noteLine(note)}`,
      ...(note.payload === undefined ? [] : [`      before: ${short(note.payload)}`]),
    ]),
    ...(delivery.attemptLog ?? []).map((attempt) => `    ${attemptLine(attempt)}`),
  ];
  if (request !== undefined)
    lines.push(bodies ? `    sent\n${whole(6, request)}` : `    sent     ${short(request)}`);
  if (answer !== undefined) lines.push(`    answer   ${bodies ? JSON.stringify(answer) : short(answer)}`);
  if (counterpartId !== undefined) lines.push(`    stands there as ${counterpartId}`);
  if (error !== undefined) {
    const { todo } = error as Failure;
    lines.push(`    failed   ${failure(error)}`, ...(todo === undefined ? [] : [`      to do: ${todo}`]));
  }
  return lines.join('\n');
}

export function tracePage(trace: Trace, bodies = false): string {
  const { record, messages, objects, deliveries, replays, attemptLog } = trace;
  return [
    recordLine(record),
    ...(record.mapping === undefined ? [] : [`  read by   ${record.mapping}`]),
    ...(record.replayOf === undefined ? [] : [`  repeats   ${record.replayOf}`]),
    ...replays.map((id) => `  repeated  as ${id}`),
    ...(record.notes ?? []).map((note) => `  ${noteLine(note)}`),
    ...attemptLog.map((attempt) => `  ${attemptLine(attempt)}`),
    ...record.issues.map((issue) => `  issue     ${issue.path}: ${issue.message}`),
    ...(bodies ? [`  received\n${whole(4, record.raw ?? record.body)}`] : []),
    ...messages.flatMap((message) => [
      `  message   ${message.id} ${message.verb}${message.noun} ${message.objectKeys.join(', ')}${message.mapping === undefined ? '' : ` by ${message.mapping}`}`,
      ...(bodies ? [whole(4, message.body)] : []),
    ]),
    ...objects.map((object) => `  object    ${object.noun} ${object.id}, version ${object.version}`),
    ...deliveries.map((delivery) => indented(2, deliveryPage(delivery, bodies))),
  ].join('\n');
}
