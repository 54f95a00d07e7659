import { close, closeSync, fsync, fsyncSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import {
  type Answer,
  type Call,
  type Calls,
  type Committed,
  type Failure,
  type Message,
  place,
  type Rows,
  type Step,
  type Steps,
  type ThreadData,
} from './sqlite-calls';

interface Caller {
  readonly done: (answer: never) => void;
  readonly failed: (error: unknown) => void;
}

interface Transaction extends Caller {
  readonly work: () => Promise<unknown>;
  result?: unknown;
  /** What to do with what it is told, step by step. */
  told: Array<(answer: never) => void>;
  /** It has run before, and something in it or beside it has failed. */
  isRepeated?: true;
  /** It alone was under way, and this is why it has failed. */
  failure?: unknown;
}

/** What was committed, and whose transactions were. */
interface Unsynced {
  readonly committed: Committed;
  readonly transactions: readonly Transaction[];
}

/** So many calls go at once: what they cost there overlaps with what the next ones cost here. */
const callsTogether = 32;
/** So many share one commit at most: this thread does nothing else meanwhile. */
const transactionsTogether = 50;
/** So many steps that nobody waits for are kept here at most. */
const stepsTogether = 200;
/** ms. A thread that is silent for longer is gone. */
const patience = 600_000;

/** Something that nobody waited for has failed: the transaction hears of it when it runs again. */
class Lost extends Error {}

/**
 * The hub's end of the thread that has the database. Calls of the same moment go there together. The work of transactions
 * runs here, one after another, while the thread carries out what they write; many share a commit.
 */
export class Link {
  private calls: Call[] = [];
  private durable = false;
  private callers: Caller[] = [];
  /** Of each message with calls that has not been answered. */
  private readonly sent: Caller[][] = [];
  private waiting: Transaction[] = [];
  /** Commits that nobody has heard of yet, in their order. */
  private readonly unsynced: Unsynced[] = [];
  private isSyncing = false;
  /** Transactions that run, or whose commit is awaited. */
  private underway: Transaction[] | undefined;
  /** The one that runs now. */
  private current: Transaction | undefined;
  private steps: Step[] = [];
  private readonly outgoing: Message[] = [];
  private turns = 0;
  private isScheduled = false;
  private gone: Error | undefined;
  private isClosing = false;
  private onLost: (cause: Error) => void = () => {};
  /** Resolves when the thread is gone, or the disk has refused what was committed: nothing can be kept any more. */
  readonly lost = new Promise<Error>((resolve) => {
    this.onLost = resolve;
  });
  private onIdle = () => {};

  private constructor(
    private readonly worker: Worker,
    private readonly port: MessagePort,
    private readonly answers: MessagePort,
    private readonly shared: Int32Array,
    /** The log of the file. */
    private readonly log: number,
  ) {
    port.on('message', (committed: Committed) => this.onCommitted(committed));
    worker.on('error', (error) => this.end(error));
    worker.on('exit', () =>
      this.end(new Error('Connection terminated: the thread of the database has ended')),
    );
    this.hold();
  }

  /** Fails where the file cannot be opened. */
  static async open(file: string, leaseMs: number): Promise<Link> {
    const [here, answers] = [new MessageChannel(), new MessageChannel()];
    const shared = new Int32Array(new SharedArrayBuffer(4 * Object.keys(place).length));
    const workerData: ThreadData = { file, leaseMs, port: here.port2, answers: answers.port2, shared };
    const worker = new Worker(join(__dirname, 'sqlite-thread.js'), {
      workerData,
      transferList: [here.port2, answers.port2],
      name: 'sqlite',
    });
    await new Promise((resolve, reject) => {
      here.port1.once('message', resolve);
      worker.once('error', reject);
    });
    // There by now; that it is there must outlast a power cut as well.
    const log = openSync(`${file}-wal`, 'r+');
    syncFolder(dirname(file));
    return new Link(worker, here.port1, answers.port1, shared, log);
  }

  /** Of the transactions that run: what those of earlier turns have written is committed. */
  get turn(): number {
    return this.turns;
  }

  /** `durable`: also through a power cut. */
  call<K extends keyof Calls>(
    durable: boolean,
    ...call: readonly [K, ...Parameters<Calls[K]>]
  ): Promise<ReturnType<Calls[K]>> {
    return new Promise((done, failed) => {
      if (this.gone) return failed(this.gone);
      this.calls.push(call as unknown as Call);
      this.callers.push({ done, failed });
      this.durable ||= durable;
      if (this.calls.length >= callsTogether && !this.current) this.flush();
      else this.soon();
    });
  }

  /** Durable. `work` may run again. */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((done, failed) => {
      if (this.gone) return failed(this.gone);
      this.waiting.push({ work, done, failed, told: [] });
      this.soon();
    });
  }

  /**
   * Within a transaction: waits for the rows, and this thread with it. They come within the time that the statement takes,
   * after what has been sent before.
   */
  ask(text: string, values: readonly unknown[]): Rows {
    return this.answerTo([...this.take(), ['statement', text, values]])!;
  }

  /** Within a transaction: goes with the next question. Where it fails, the transaction runs again and hears of it. */
  send(text: string, values: readonly unknown[]): void {
    this.add(['statement', text, values]);
  }

  /** The same for a step whose answer is `told` after the commit. */
  step<K extends keyof Steps>(
    step: readonly [K, ...Parameters<Steps[K]>],
    told: (answer: ReturnType<Steps[K]>) => void = () => {},
  ): void {
    this.add(step as unknown as Step);
    this.current!.told.push(told);
  }

  async close(): Promise<void> {
    while (!this.isIdle())
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    this.isClosing = true;
    if (this.gone) await this.worker.terminate();
    else {
      const exited = new Promise((resolve) => this.worker.once('exit', resolve));
      this.worker.ref();
      this.post(['close']);
      await exited;
    }
    await new Promise((resolve) => close(this.log, resolve));
  }

  private isIdle(): boolean {
    const { callers, sent, waiting, unsynced, underway } = this;
    return callers.length + sent.length + waiting.length + unsynced.length === 0 && !underway;
  }

  /** A process may end while nothing is asked. */
  private hold(): void {
    if (this.isIdle()) {
      this.port.unref();
      this.worker.unref();
      this.onIdle();
    } else this.port.ref();
  }

  /** Once callers of the same moment, and those that the last commit has let go on, are let in. */
  private soon(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.port.ref();
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
      void this.run();
    });
  }

  private flush(): void {
    if (this.calls.length === 0 || this.gone) return;
    this.sent.push(this.callers);
    this.post(['calls', this.durable, this.calls]);
    this.calls = [];
    this.callers = [];
    this.durable = false;
  }

  /** Runs transactions that wait. While a commit is under way they wait for its end: else this thread would. */
  private async run(): Promise<void> {
    const [first] = this.waiting;
    if (!first || this.underway || this.gone) return;
    Atomics.store(this.shared, place.wanted, 1);
    if (Atomics.load(this.shared, place.committing) === 1) return;
    const apart = first.isRepeated === true;
    const other = this.waiting.findIndex(({ isRepeated = false }) => isRepeated !== apart);
    const some = this.waiting.splice(0, Math.min(other < 0 ? Infinity : other, transactionsTogether));
    this.underway = some;
    this.turns++;
    this.outgoing.push(['transactions', apart]);
    let kept = true;
    for (const one of some) {
      this.current = one;
      one.told = [];
      if (apart) await this.runApart(one);
      else kept = await this.runTogether(one, some.length === 1);
      if (!kept) break;
      // The thread has what it can do while the next one runs here.
      if (one !== some.at(-1)) this.post();
    }
    this.current = undefined;
    Atomics.store(this.shared, place.wanted, 0);
    this.post(['over', kept]);
  }

  /** False: it has failed, and with it all of its turn. */
  private async runTogether(one: Transaction, alone: boolean): Promise<boolean> {
    try {
      one.result = await one.work();
      if (this.steps.length > 0) this.outgoing.push(['steps', this.take()]);
      return true;
    } catch (error) {
      this.take();
      if (alone && !(error instanceof Lost)) one.failure = error;
      return false;
    }
  }

  private async runApart(one: Transaction): Promise<void> {
    this.outgoing.push(['begin']);
    try {
      one.result = await one.work();
      this.answerTo(this.take());
      this.outgoing.push(['end', true]);
    } catch (error) {
      this.take();
      this.outgoing.push(['end', false]);
      this.underway = this.underway?.filter((other) => other !== one);
      one.failed(error);
    }
  }

  private take(): Step[] {
    const { steps } = this;
    this.steps = [];
    return steps;
  }

  private add(step: Step): void {
    if (!this.current) throw new Error('this transaction is over');
    this.steps.push(step);
    if (this.steps.length < stepsTogether) return;
    // What is apart hears of its own failures only when it waits for them.
    if (this.current.isRepeated) this.answerTo(this.take());
    else this.post(['steps', this.take()]);
  }

  private answerTo(steps: readonly Step[]): Rows | undefined {
    if (!this.current) throw new Error('this transaction is over');
    const seen = Atomics.load(this.shared, place.answered);
    this.post(['ask', steps]);
    const answer = this.answer(seen);
    if ('failure' in answer) throw errorOf(answer.failure);
    if ('lost' in answer) throw new Lost('an earlier statement has failed');
    return answer.rows;
  }

  private answer(seen: number): Answer {
    for (;;) {
      const got = receiveMessageOnPort(this.answers) as { message: Answer } | undefined;
      if (got) return got.message;
      if (Atomics.wait(this.shared, place.answered, seen, patience) === 'timed-out') {
        this.end(new Error('Connection terminated: the thread of the database does not answer'));
        throw this.gone;
      }
    }
  }

  private onCommitted(committed: Committed): void {
    // Whoever waited for it has been told already that it is not known.
    if (this.gone) return;
    const { told, again, cause } = committed;
    const transactions = (told || again ? this.underway : undefined) ?? [];
    if (told || again) this.underway = undefined;
    if (again) this.repeat(transactions, cause!);
    this.unsynced.push({ committed, transactions: told ? transactions : [] });
    this.sync();
    if (this.waiting.length > 0) this.soon();
  }

  /** Tells what needs no sync, and syncs once for all the rest that is there; what comes meanwhile shares the next one. */
  private sync(): void {
    if (this.isSyncing) return;
    const durable = this.unsynced.findIndex(({ committed }) => committed.durable);
    this.tellFirst(durable < 0 ? this.unsynced.length : durable);
    const { length } = this.unsynced;
    if (length === 0) return;
    this.isSyncing = true;
    fsync(this.log, (error) => {
      this.isSyncing = false;
      if (this.gone) return;
      // What the disk refused once may never get there, whatever it says the next time.
      if (error) return this.end(error);
      this.tellFirst(length);
      this.sync();
    });
  }

  private tellFirst(count: number): void {
    for (const { committed, transactions } of this.unsynced.splice(0, count)) {
      for (const { answers, failures } of committed.calls)
        for (const [i, { done, failed }] of this.sent.shift()!.entries()) {
          const failure = failures?.get(i);
          if (failure) failed(errorOf(failure));
          else done(answers[i] as never);
        }
      if (committed.told) this.tell(transactions, committed.told);
    }
    this.hold();
  }

  private tell(transactions: readonly Transaction[], told: readonly unknown[]): void {
    let next = 0;
    for (const one of transactions) {
      for (const take of one.told) take(told[next++] as never);
      one.done(one.result as never);
    }
  }

  /** Once more, each for itself: the one that fails takes back its own writes only. */
  private repeat(transactions: readonly Transaction[], cause: Failure): void {
    const others: Transaction[] = [];
    for (const one of transactions)
      if ('failure' in one) one.failed(one.failure);
      else if (one.isRepeated) one.failed(errorOf(cause));
      else others.push(Object.assign(one, { isRepeated: true as const }));
    this.waiting.unshift(...others);
  }

  /** With what has been put there before: a message costs more than most of what is in it. */
  private post(...messages: readonly Message[]): void {
    this.port.postMessage([...this.outgoing.splice(0), ...messages]);
    Atomics.add(this.shared, place.posted, 1);
    Atomics.notify(this.shared, place.posted);
  }

  /** The thread is gone: nothing can be kept any more, and nobody waits for it. */
  private end(cause: Error): void {
    if (this.gone) return;
    this.gone = cause;
    if (!this.isClosing) this.onLost(cause);
    const callers = [
      ...this.sent.splice(0).flat(),
      ...this.unsynced.splice(0).flatMap(({ transactions }) => transactions),
      ...this.callers,
      ...this.waiting,
      ...(this.underway ?? []),
    ];
    this.callers = [];
    this.waiting = [];
    this.underway = undefined;
    for (const { failed } of callers) failed(cause);
    this.hold();
  }
}

function errorOf({ message, ...codes }: Failure): Error {
  return Object.assign(new Error(message), codes);
}

function syncFolder(folder: string): void {
  // Windows opens no folders, and needs it for nothing.
  if (process.platform === 'win32') return;
  const opened = openSync(folder, 'r');
  fsyncSync(opened);
  closeSync(opened);
}
