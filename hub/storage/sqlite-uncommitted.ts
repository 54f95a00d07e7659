import { byText } from './by-text';

/** Written by calls as well, which share a commit with transactions: what was read elsewhere might be older. */
const ofCalls = new Set(['inbox', 'record', 'record_body', 'lane', 'outbox', 'receipt']);

interface Tables {
  readonly written: readonly string[];
  readonly read: readonly string[];
}

/** So many statements are kept taken apart. */
const mostTexts = 1000;

/**
 * What the transactions of one turn have written. As long as nothing of it is in what a question reads, the answer is what
 * was committed last, and need not wait for the thread that writes.
 */
export class Uncommitted {
  private turn = 0;
  /** Tables of which any row may be different. */
  private readonly tables = new Set<string>();
  /** Rows that alone are different, by table. */
  private readonly rows = new Map<string, Set<string>>();
  private readonly tablesOf = byText(
    mostTexts,
    (text): Tables => ({ written: named(text, written), read: named(text, read) }),
  );

  /** `row`: the one that it is about. */
  wrote(turn: number, text: string, row?: string): void {
    this.since(turn);
    for (const table of this.tablesOf(text).written)
      if (row === undefined) this.tables.add(table);
      else this.rows.set(table, (this.rows.get(table) ?? new Set()).add(row));
  }

  touches(turn: number, text: string, row?: string): boolean {
    this.since(turn);
    return this.tablesOf(text).read.some((table) => {
      if (ofCalls.has(table) || this.tables.has(table)) return true;
      const rows = this.rows.get(table);
      return rows !== undefined && (row === undefined || rows.has(row));
    });
  }

  private since(turn: number): void {
    if (turn === this.turn) return;
    this.turn = turn;
    this.tables.clear();
    this.rows.clear();
  }
}

const written = /\b(?:insert(?:\s+or\s+\w+)?\s+into|update|delete\s+from)\s+"?(\w+)/gi;
const read = /\b(?:from|join)\s+"?(\w+)/gi;

const named = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, table]) => table!.toLowerCase())),
];
