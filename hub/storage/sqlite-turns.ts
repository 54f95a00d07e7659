import { Leases } from './leases';
import type { Answer, Call, Calls, Committed, Failure, Message, Rows, Step, Steps } from './sqlite-calls';
import { type Database, preparedOn } from './sqlite-file';
import { intakeOn, lanesOn } from './sqlite-statements';

/** Where messages come from, and answers go. */
export interface Inbox {
  /** The next message; waits for it for so many ms. Undefined: there is none by then. */
  next(waitMs: number): Message | undefined;
  answer(answer: Answer): void;
  committed(committed: Committed): void;
  /** Transactions are about to come. */
  wanted(): boolean;
  /** Nobody is answered meanwhile. */
  committing(is: boolean): void;
}

type CallsMessage = Extract<Message, readonly ['calls', ...unknown[]]>;
type Result = Committed['calls'][number];

/** Transactions that were announced come at once, unless the hub's thread is busy. */
const announcedMs = 5;

/** Something in the transactions has failed: they run again, apart. */
class Lost extends Error {}

/**
 * Carries out what is asked, turn by turn: what waits together shares one transaction. Where a part throws, all of it runs again, and that part takes back its own writes only. Everything is
 * answered after the commit, but for what a transaction reads.
 */
export class Turns {
  private readonly leases: Leases;
  private readonly calls: Calls;
  private readonly steps: Steps;
  private readonly statements: Statements;
  /** What came between the steps of transactions, or before its turn. */
  private later: Message[] = [];

  constructor(
    private readonly db: Database,
    leaseMs: number,
    private readonly inbox: Inbox,
  ) {
    this.leases = new Leases(leaseMs);
    const [intake, lanes] = [intakeOn(db), lanesOn(db, this.leases)];
    this.calls = { ...lanes, accept: intake.accept };
    this.steps = { ...lanes, append: intake.append };
    this.statements = new Statements(db);
  }

  /** Until `close` comes. */
  serve(): void {
    for (;;) {
      const messages = this.together(this.next(Number.POSITIVE_INFINITY)!);
      if (messages === 'close') return;
      this.turn(messages);
    }
  }

  private next(waitMs: number): Message | undefined {
    return this.later.shift() ?? this.inbox.next(waitMs);
  }

  /** What is there by now. Transactions end it: their steps are not read before their turn. */
  private together(first: Message): Message[] | 'close' {
    if (first[0] === 'close') return 'close';
    const messages = [first];
    while (messages.at(-1)![0] === 'calls') {
      const more = this.next(0);
      if (!more) break;
      if (more[0] === 'close') {
        this.later.unshift(more);
        break;
      }
      messages.push(more);
    }
    return messages;
  }

  private turn(messages: Message[]): void {
    const calls: Result[] = [];
    let told: unknown[] | undefined;
    const durable = messages.some((message) => message[0] === 'transactions' || message[1] === true);
    const writes = durable || messages.some((message) => message[0] === 'calls' && message[2].some(isWrite));
    const left = [...messages];
    let begun = false;
    try {
      if (writes) this.begin();
      begun = true;
      for (let message = left.shift(); message; message = left.shift() ?? this.announced(durable && !told)) {
        if (message[0] === 'transactions') {
          told = [];
          this.transactions(message[1], told);
        } else if (message[0] === 'calls') {
          if (!messages.includes(message)) messages.push(message);
          calls.push({ answers: message[2].map((call) => this.call(call)) });
        }
      }
      if (writes) this.commit();
      this.leases.keep();
    } catch (error) {
      this.rollback();
      const session = left.find((message) => message[0] === 'transactions');
      // Those whose turn has not come have it next: what belongs to them comes only then.
      if (session && begun) this.later.unshift(session);
      else if (session) this.refuse(session[1], error);
      const concerned = told || (session && !begun);
      this.apart(messages.filter(isCalls), durable, concerned ? failureOf(error) : undefined);
      return;
    }
    this.inbox.committed({ durable, calls, ...(told ? { told } : {}) });
  }

  /** Nothing of what the transactions ask for is carried out. */
  private refuse(apart: boolean, cause: unknown): void {
    try {
      this.transactions(apart, [], cause);
    } catch {
      // It is the cause.
    }
  }

  /** Transactions that are about to come share the commit. */
  private announced(waits: boolean): Message | undefined {
    const message = waits && this.inbox.wanted() ? this.next(announcedMs) : undefined;
    if (message?.[0] !== 'close') return message;
    this.later.unshift(message);
    return undefined;
  }

  /** Each call takes back its own writes only. `cause`: why the transactions beside them have to run again. */
  private apart(messages: readonly CallsMessage[], durable: boolean, cause: Failure | undefined): void {
    const again = cause && ({ again: true, cause } as const);
    try {
      this.begin();
      const calls = messages.map((message) => this.eachApart(message[2]));
      this.commit();
      this.leases.keep();
      this.inbox.committed({ durable, calls, ...again });
    } catch (error) {
      this.rollback();
      const failure = failureOf(error);
      const calls = messages.map(([, , { length }]) => ({
        answers: [],
        failures: new Map(Array.from({ length }, (_, place) => [place, failure])),
      }));
      this.inbox.committed({ durable: false, calls, ...again });
    }
  }

  private eachApart(calls: readonly Call[]): Result {
    const failures = new Map<number, Failure>();
    const answers = calls.map((call, place) => {
      const mark = this.savepoint();
      try {
        const answer = this.call(call);
        this.release();
        return answer;
      } catch (error) {
        this.backTo(mark);
        failures.set(place, failureOf(error));
        return undefined;
      }
    });
    return { answers, failures };
  }

  private call([name, ...args]: Call): unknown {
    return (this.calls[name] as (...args: readonly unknown[]) => unknown)(...args);
  }

  /** Carries out transactions until they are over. What they are told gets into `told`, in their order. */
  private transactions(apart: boolean, told: unknown[], refused?: unknown): void {
    let lost = refused;
    const start = { leases: 0, told: 0 };
    for (;;) {
      const message = this.inbox.next(Number.POSITIVE_INFINITY)!;
      if (message[0] === 'over') {
        if (lost !== undefined) throw lost;
        if (!message[1]) throw new Lost('a transaction has failed');
        return;
      }
      if (message[0] === 'calls' || message[0] === 'close') {
        this.later.push(message);
        continue;
      }
      const isAsked = message[0] === 'ask';
      try {
        if (lost !== undefined) throw lost;
        const rows = this.carryOut(message, told, start);
        if (isAsked) this.inbox.answer(rows ? { rows } : {});
      } catch (error) {
        if (isAsked) this.inbox.answer(apart ? { failure: failureOf(error) } : { lost: true });
        // A full disk may have ended the transaction: whatever came next would be kept by itself.
        if (!apart || !isAsked || !this.db.isTransaction) lost ??= error;
      }
    }
  }

  private carryOut(message: Message, told: unknown[], start: { leases: number; told: number }) {
    switch (message[0]) {
      case 'begin':
        start.leases = this.savepoint();
        start.told = told.length;
        return undefined;
      case 'end':
        if (message[1]) this.release();
        else {
          this.backTo(start.leases);
          told.length = start.told;
        }
        return undefined;
      case 'steps':
      case 'ask':
        return this.take(message[1], told, message[0] === 'ask');
      default:
        return undefined;
    }
  }

  private take(steps: readonly Step[], told: unknown[], asked: boolean): Rows | undefined {
    for (const [i, step] of steps.entries()) {
      if (step[0] !== 'statement') {
        const [name, ...args] = step;
        told.push((this.steps[name] as (...args: readonly unknown[]) => unknown)(...args));
      } else if (asked && i === steps.length - 1) return this.statements.ask(step[1], step[2]);
      else this.statements.run(step[1], step[2]);
    }
    return undefined;
  }

  private begin(): void {
    this.db.exec('BEGIN IMMEDIATE');
  }

  private commit(): void {
    this.inbox.committing(true);
    try {
      this.db.exec('COMMIT');
    } finally {
      this.inbox.committing(false);
    }
  }

  private rollback(): void {
    this.leases.back();
    try {
      this.db.exec('ROLLBACK');
    } catch {
      // The failure itself may have ended the transaction.
    }
  }

  /** Taken only where something has failed before: a savepoint for each call would cost a third of all. */
  private savepoint(): number {
    this.db.exec('SAVEPOINT own');
    return this.leases.mark();
  }

  private release(): void {
    this.db.exec('RELEASE own');
  }

  private backTo(mark: number): void {
    this.leases.back(mark);
    this.db.exec('ROLLBACK TO own');
    this.db.exec('RELEASE own');
  }
}

const isCalls = (message: Message): message is CallsMessage => message[0] === 'calls';

/** A claim is in memory only. */
const isWrite = ([name]: Call) => name !== 'claim' && name !== 'due';

function failureOf(error: unknown): Failure {
  const { message, code, errcode } = error as Failure;
  return { message, ...(code === undefined ? {} : { code }), ...(errcode === undefined ? {} : { errcode }) };
}

interface Prepared {
  /** Of its rows; none where it only writes. */
  readonly columns: readonly string[];
  get(...values: readonly unknown[]): unknown;
  all(...values: readonly unknown[]): unknown[][];
  run(...values: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
}

/** The statements of transactions. */
class Statements {
  private readonly of: (text: string) => Prepared;

  constructor(db: Database) {
    this.of = preparedOn(db, (statement) => {
      statement.setReturnArrays(true);
      return {
        columns: statement.columns().map(({ name }) => name),
        get: (...values) => statement.get(...(values as [])),
        all: (...values) => statement.all(...(values as [])) as unknown as unknown[][],
        run: (...values) => statement.run(...(values as [])),
      };
    });
  }

  run(text: string, values: readonly unknown[]): void {
    this.of(text).get(...values);
  }

  ask(text: string, values: readonly unknown[]): Rows {
    const statement = this.of(text);
    const { columns } = statement;
    if (columns.length > 0)
      return { columns, rows: statement.all(...values), changes: 0, lastInsertRowid: 0 };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { columns, rows: [], changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
  }
}
