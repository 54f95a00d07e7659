import type { ChangeRow, Store } from '../storage/store';
import { openRows } from './set';

/** Tells who listens of every change that has become different. */
export interface ChangeFeed {
  /** Calls `listener` with the id of a change each time it differs; returns how to stop. */
  listen(listener: (changeId: string) => void): () => void;
  close(): void;
}

/** Of changes that are settled, so many of the last are looked at: a finished change hardly ever moves again. */
const RECENT = 50;

/**
 * Looks into the store while somebody listens, so that every process of a hub tells what any of them did.
 * What changes twice between two looks is told once.
 */
export function changeFeed(store: Pick<Store, 'listChanges'>, everyMs = 300): ChangeFeed {
  const listeners = new Set<(changeId: string) => void>();
  let seen: Map<string, string> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const rows = [...(await openRows(store)), ...(await store.listChanges({ limit: RECENT, bodies: false }))];
    // What ends as one of many open ones may be too old to be among the last.
    const present = new Map(rows.map((row) => [row.id, stampOf(row)]));
    for (const [id, stamp] of present) {
      if (seen === undefined || seen.get(id) === stamp) continue;
      for (const listener of listeners) listener(id);
    }
    for (const id of seen?.keys() ?? []) {
      if (!present.has(id)) for (const listener of listeners) listener(id);
    }
    seen = present;
  }
  function next(): void {
    timer = setTimeout(() => {
      // A look that failed is taken again: the store says for itself when it is away.
      look()
        .catch(() => {})
        .then(() => {
          if (listeners.size > 0) next();
        });
    }, everyMs).unref();
  }
  function rest(): void {
    clearTimeout(timer);
    seen = undefined;
  }
  return {
    listen(listener) {
      listeners.add(listener);
      if (listeners.size === 1) {
        look()
          .catch(() => {})
          .then(next);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) rest();
      };
    },
    close() {
      listeners.clear();
      rest();
    },
  };
}

const stampOf = ({ updatedAt, state }: ChangeRow): string => `${updatedAt} ${state}`;
