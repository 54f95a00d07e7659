import { type LaneEntry, rowsPerRead } from './engine';
import { newId } from './id';
import { columns } from './postgres-arrays';
import { type Pipeline, told } from './postgres-pipeline';
import * as statements from './postgres-statements';
import { value } from './rows';
import type { Row, Wake } from './store';

/** Whether lanes are claimed with the rows that they get, where they had nothing to do. */
export interface Beginning {
  readonly leaseMs: number;
  /** With so many lanes of a receiver this process could begin at once. */
  readonly room: (dest: string) => number;
}

/** What one lane gets. */
interface Group {
  readonly entries: LaneEntry[];
  readonly begins: boolean;
}

/**
 * Puts entries at the end of their lanes. The lanes to wake are in `wakes` after the commit, and with them their claims
 * where this process can begin at once: then nothing need be asked for any more.
 */
export function appendAll(
  pipeline: Pipeline,
  entries: readonly LaneEntry[],
  wakes: Wake[],
  { leaseMs, room }: Beginning,
): void {
  if (entries.length === 0) return;
  const groups = groupsOf(entries, room);
  const owner = newId();
  const asked = performance.now();
  const lanes = columns(groups, ['text', 'text', 'int4', 'int4', 'int4'], ({ entries: own, begins }) => [
    ...[own[0]!.dest, own[0]!.key, own.length, lastUrgent(own), begins ? 1 : 0],
  ]);
  const rows = columns(
    groups.flatMap(({ entries: own }, g) => own.map((entry, i) => ({ entry, nr: g + 1, place: i + 1 }))),
    ['int4', 'int4', 'text', 'text', 'text', 'int4', 'text'],
    ({ entry, nr, place }) => [
      ...[nr, place, entry.id, entry.messageId ?? null, entry.payload, entry.urgent ? 1 : 0, entry.at],
    ],
  );
  const answer = pipeline.query(statements.append, [...lanes, owner, leaseMs, ...rows]);
  told(answer, ({ rows: found }) => {
    for (const { nr, lane, before, begun } of found) {
      const { entries: own } = groups[nr - 1]!;
      const { dest, key } = own[0]!;
      const wake = { lane, dest, urgent: own.some(({ urgent }) => urgent) };
      if (begun === 0) wakes.push(wake);
      else {
        const rows = own.map((entry, i) => rowOf(entry, lane, before + i + 1));
        const claim = { lane, dest, key, owner, leaseMs, attempt: 0, limit: rowsPerRead, rows };
        wakes.push({ ...wake, begun: { claim, asked } });
      }
    }
  });
}

/** The entries of each lane, in their order. A lane begins only with all that it has to do. */
function groupsOf(entries: readonly LaneEntry[], room: Beginning['room']): Group[] {
  const groups = new Map<string, LaneEntry[]>();
  for (const entry of entries) {
    const name = `${entry.dest}\0${entry.key}`;
    const known = groups.get(name);
    if (known) known.push(entry);
    else groups.set(name, [entry]);
  }
  const left = new Map<string, number>();
  return [...groups.values()].map((own) => {
    const { dest } = own[0]!;
    const free = left.get(dest) ?? room(dest);
    left.set(dest, free - 1);
    return { entries: own, begins: free >= 1 && own.length <= rowsPerRead };
  });
}

const lastUrgent = (entries: readonly LaneEntry[]): number =>
  entries.findLastIndex(({ urgent }) => urgent) + 1;

/** As it is read from the table. */
function rowOf({ id, messageId, payload, urgent, at }: LaneEntry, lane: number, seq: number): Row {
  return {
    ...{ lane, seq, id, at, urgent: urgent ?? false },
    ...(messageId === undefined ? {} : { messageId }),
    payload: value(payload),
  };
}
