import { HubError } from '../../model/errors';
import { allowances } from './allowance';
import { keepReceipts, noteAttempt } from './attempts';
import { type Engine, type IncomingRecord, longestPauseMs, type ReceiptRow, rowsPerRead } from './engine';
import { contentHash, newId, sortedJson } from './id';
import { operatorWork } from './operator';
import { openPostgres } from './postgres';
import { pruner } from './prune';
import { readsOver } from './reads';
import { recentOver } from './recent';
import { json } from './rows';
import { openSqlite } from './sqlite';
import type { Claim, LaneStore, NewRecord, Outcome, Store, StoreOptions, Tx, Wake } from './store';
import { txOver } from './tx';

/**
 * Opens the hub's memory: PostgreSQL where `databaseUrl` is given, else the SQLite file in `dataDir`. Throws
 * HUB_DIRECTORY_IN_USE when another process has that file, HUB_STORE when the database cannot be used.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const leaseMs = options.leaseMs ?? 30_000;
  const engine = await failing(() =>
    options.databaseUrl
      ? openPostgres({ connectionString: options.databaseUrl }, leaseMs)
      : openSqlite(options.dataDir, leaseMs),
  );
  return storeOver(engine, leaseMs, options.intakeLimitBytes);
}

/** The port over an engine: what both databases have in common. */
export function storeOver(engine: Engine, leaseMs: number, intakeLimitBytes = 64 * 1024 * 1024): Store {
  let ready: (lanes: Wake[]) => void = () => {};
  const wake = (lanes: Wake[]) => {
    if (lanes.length) ready(lanes);
  };
  /** Claims that ended with a transaction: their lane has nothing more, and may be somebody else's by now. */
  const over = new WeakSet<Claim>();
  const transaction = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const { result, wakes, written, ended } = await failing(() =>
      engine.transaction(async (engineTx) => {
        const { tx, flush, written, ended } = txOver(engineTx, engine.concurrent);
        const result = await work(tx);
        return { result, wakes: await flush(), written, ended };
      }),
    );
    for (const one of written) recent.keepVersion(one);
    for (const claim of ended) over.add(claim);
    wake(wakes);
    return result;
  };
  const recent = recentOver(readsOver(engine.db));
  const { reads } = recent;
  const accept = intake(engine, intakeLimitBytes, (taken, wakes) => {
    for (const incoming of taken) recent.keepRecord(incoming);
    wake(wakes);
  });
  const self = newId();
  const allowance = allowances(engine);
  const prune = pruner(engine);
  return {
    ...reads,
    recordOf: recent.recordOf,
    ...laneStore(engine, over),
    ...operatorWork(transaction),
    leaseMs,
    accept,
    transaction,
    onReady(listener, room) {
      ready = listener;
      if (room) engine.begins?.(room);
    },
    prune: (policy) => failing(() => prune(policy)),
    allowance: (dest, perSecond) => failing(() => allowance(dest, perSecond)),
    lead: (name, forMs) => failing(() => engine.lead(name, self, forMs)),
    lost: lostOf(engine),
    async check() {
      await transaction((tx) => tx.lock('check'));
    },
    close: () => engine.close(),
  };
}

async function lostOf({ lost }: Engine): Promise<HubError> {
  if (lost === undefined) return new Promise(() => {});
  const cause = await lost;
  return new HubError('HUB_STORE', `the database takes nothing any more: ${cause.message}`, {
    cause,
    todo: 'Look after the disk of the data directory, then start the hub again: all that was confirmed is there.',
  });
}

/** Whatever the database throws becomes HUB_STORE; what the hub throws stays as it is. */
export function failing<T>(work: () => Promise<T>): Promise<T> {
  return work().catch(refused);
}

function refused(error: unknown): never {
  if (error instanceof HubError || !isDatabaseError(error)) throw error;
  throw new HubError('HUB_STORE', `the database refused: ${error.message}`, { cause: error });
}

/** What pg says without a code when a connection cannot be had or breaks. */
const connectionLost =
  /^(Connection terminated|timeout exceeded when trying to connect|Client |Cannot use a pool)/;

/** Errors of the drivers carry a code (SQLSTATE, ERR_SQLITE_…, that of a socket). A mistake in the hub's code does not. */
function isDatabaseError(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return false;
  return typeof (error as { code?: unknown }).code === 'string' || connectionLost.test(error.message);
}

function intake(
  engine: Engine,
  limitBytes: number,
  onTaken: (fresh: IncomingRecord[], lanes: Wake[]) => void,
): Store['accept'] {
  let waiting = 0;
  return async (records) => {
    const incoming = records.map(incomingOf);
    const bytes = incoming.reduce((n, r) => n + (r.raw?.length ?? 0) + (r.body?.length ?? 0), 0);
    if (waiting > 0 && waiting + bytes > limitBytes)
      throw new HubError('HUB_OVERLOADED', `${waiting} bytes wait to be stored; the limit is ${limitBytes}`);
    waiting += bytes;
    try {
      const { accepted, wakes } = await failing(() => engine.accept(incoming));
      onTaken(
        incoming.filter((_, i) => !accepted[i]!.duplicate),
        wakes,
      );
      return accepted;
    } finally {
      waiting -= bytes;
    }
  };
}

function incomingOf(record: NewRecord): IncomingRecord {
  const now = Date.now();
  // PostgreSQL keeps no NUL in text; it is valid in no format that systems send.
  const raw = record.raw?.replaceAll('\0', '\uFFFD') ?? null;
  const body = bodyOf(record);
  const own = record.idempotencyKey;
  return {
    id: newId(),
    mark: own === undefined ? `=${record.type}/${record.key}` : `#${own}`,
    hash: own === undefined ? contentHash(raw ?? sortedJson(record.body) ?? '') : '',
    until: record.dedupeWindowMs === undefined ? Number.MAX_SAFE_INTEGER : now + record.dedupeWindowMs,
    receivedAt: new Date(now).toISOString(),
    raw,
    body,
    record,
  };
}

/** A text of one line is kept as it came; one that was laid out for people would only take more room. */
function bodyOf({ body, bodyText }: NewRecord): string | null {
  return bodyText === undefined || /[\n\0]/.test(bodyText) ? json(body) : bodyText;
}

function laneStore(engine: Engine, over: WeakSet<Claim>): LaneStore {
  const headAfter = (outcomes: readonly Outcome[]) => outcomes.at(-1)?.row.seq ?? 0;
  return {
    claim: (lane, limit = rowsPerRead) => failing(() => engine.claim(lane, limit)),
    async ack(claim, outcomes, release = false) {
      const [head, receipts] = [headAfter(outcomes), receiptsOf(outcomes)];
      if (over.has(claim)) {
        if (receipts.length > 0)
          await failing(() => engine.transaction(({ db }) => keepReceipts(db, receipts)));
        return [];
      }
      return failing(() => engine.settle({ claim, head, receipts, release }));
    },
    async fail(claim, outcomes, error, delayMs, tried) {
      const retry = { delayMs: Math.min(delayMs, longestPauseMs), error: JSON.stringify(error) };
      const left = await failing(() =>
        engine.settle({
          claim,
          head: headAfter(outcomes),
          receipts: receiptsOf(outcomes),
          retry,
          release: true,
        }),
      );
      // Told for people: should the hub end before it, the lane still knows its last failure.
      if (left && tried)
        await failing(() =>
          engine.transaction(({ db }) => noteAttempt(db, tried.row.id, { tries: tried.tries, error })),
        );
      return left !== undefined;
    },
    park(claim, outcomes, row, error, policy, attempts, request) {
      const text = JSON.stringify(error);
      const failed = receiptOf({ row, state: 'delivered', attempts, receipt: { request } });
      const receipt = { ...failed, state: 'parked', error: text };
      const issues = issuesOf(error);
      return failing(() =>
        engine.settle({
          claim,
          head: policy === 'block' ? headAfter(outcomes) : row.seq,
          receipts: [...receiptsOf(outcomes), receipt],
          release: false,
          ...(policy === 'block' ? { block: { error: text } } : {}),
          ...(claim.dest.startsWith('in:')
            ? { parked: { record: row.id, issues: JSON.stringify(issues) } }
            : {}),
        }),
      );
    },
    due: ({ limit, overdueMs = 0, dest }) =>
      failing(() => engine.due({ limit, overdueMs, ...(dest === undefined ? {} : { dest }) })),
    hurry: (dest) => failing(() => engine.hurry(dest)),
  };
}

/** What is wrong, one by one; an error that names no issues is one itself. */
function issuesOf(error: unknown): readonly unknown[] {
  const { issues, code, at, message, value, todo } = error as Partial<HubError>;
  if (issues?.length) return issues;
  return [{ rule: code, path: at ?? '', message, value, todo }];
}

function receiptsOf(outcomes: readonly Outcome[]): ReceiptRow[] {
  const now = new Date().toISOString();
  return outcomes.map((outcome) => receiptOf(outcome, now));
}

function receiptOf(
  { row, state, receipt = {}, attempts }: Outcome,
  finishedAt = new Date().toISOString(),
): ReceiptRow {
  return {
    deliveryId: row.id,
    state,
    attempts,
    counterpartId: receipt.counterpartId ?? null,
    request: receipt.requestText ?? json(receipt.request),
    answer: json(receipt.answer),
    error: null,
    finishedAt,
  };
}
