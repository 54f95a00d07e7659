/** A connection as far as transactions need it. */
export interface Session {
  /** Begins a transaction whose commit waits for the disk, or does not. */
  begin(durable: boolean): void;
  exec(sql: string): void;
}

interface Job {
  readonly durable: boolean;
  readonly work: () => unknown;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** So many jobs share one commit at most: no caller waits for more than these. */
const jobsPerCommit = 400;

/**
 * Gives every job its turn on a database that has one writer. Jobs that wait together share one transaction, which waits
 * for the disk if one of them asks for that; one that throws takes back its own writes only, and the others run again. A
 * job is done when the commit is.
 */
export class Turns {
  private readonly waiting: Job[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly session: Session) {}

  /** Kept when it resolves. `durable`: also through a power cut. */
  take<T>(durable: boolean, work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((done, failed) => {
      this.waiting.push({ durable, work, done: done as Job['done'], failed });
      this.running ??= this.run();
    });
  }

  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    do {
      // Callers of the same moment, and those that the last commit has let go on, are let in.
      await new Promise((resolve) => setImmediate(resolve));
      await this.commit(this.waiting.splice(0, jobsPerCommit));
    } while (this.waiting.length > 0);
    this.running = undefined;
  }

  private async commit(jobs: Job[]): Promise<void> {
    const { session } = this;
    const results: unknown[] = [];
    try {
      session.begin(isDurable(jobs));
      // A savepoint for each job would cost a third of all: it is taken only when one of them has thrown.
      for (const { work } of jobs) {
        const started = work();
        results.push(started instanceof Promise ? await started : started);
      }
      session.exec('COMMIT');
    } catch (error) {
      rollback(session);
      if (jobs.length === 1 || results.length === jobs.length) for (const { failed } of jobs) failed(error);
      else await this.commitApart(jobs);
      return;
    }
    for (const [i, { done }] of jobs.entries()) done(results[i]);
  }

  /** Once more from the beginning: the one that throws takes back its own writes only. */
  private async commitApart(jobs: Job[]): Promise<void> {
    const { session } = this;
    const finished: Array<() => void> = [];
    try {
      session.begin(isDurable(jobs));
      for (const job of jobs) finished.push(await savepoint(session, job));
      session.exec('COMMIT');
    } catch (error) {
      rollback(session);
      for (const { failed } of jobs) failed(error);
      return;
    }
    for (const tell of finished) tell();
  }
}

const isDurable = (jobs: readonly Job[]) => jobs.some(({ durable }) => durable);

async function savepoint(session: Session, { work, done, failed }: Job): Promise<() => void> {
  session.exec('SAVEPOINT job');
  try {
    const result = await work();
    session.exec('RELEASE job');
    return () => done(result);
  } catch (error) {
    session.exec('ROLLBACK TO job');
    session.exec('RELEASE job');
    return () => failed(error);
  }
}

function rollback(session: Session): void {
  try {
    session.exec('ROLLBACK');
  } catch {
    // The failure itself may have ended the transaction.
  }
}
