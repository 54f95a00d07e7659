/** A connection as far as transactions need it. Two sessions may stand for one connection. */
export interface Session {
  /** Begins a transaction; how durable its commit will be is the session's. */
  begin(): void;
  exec(sql: string): void;
}

interface Job {
  readonly work: () => unknown;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** So many jobs share one commit at most: no caller waits for more than these. */
const jobsPerCommit = 200;

/**
 * Gives every job its turn on a database that has one writer. Jobs that wait together share one transaction and so one
 * sync to disk; one that throws takes back its own writes only, and the others run again. A job is done when the commit
 * is. Sessions (of different durability) take turns.
 */
export class Turns {
  private readonly queues: ReadonlyMap<Session, Job[]>;
  private running: Promise<void> | undefined;

  constructor(...sessions: Session[]) {
    this.queues = new Map(sessions.map((session) => [session, []]));
  }

  take<T>(session: Session, work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((done, failed) => {
      this.queues.get(session)!.push({ work, done: done as Job['done'], failed });
      this.running ??= this.run();
    });
  }

  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    // Callers of the same moment are let in before the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    for (let busy = true; busy; ) {
      busy = false;
      for (const [session, queue] of this.queues) {
        if (queue.length === 0) continue;
        busy = true;
        await this.commit(session, queue.splice(0, jobsPerCommit));
      }
    }
    this.running = undefined;
  }

  private async commit(session: Session, jobs: Job[]): Promise<void> {
    const results: unknown[] = [];
    try {
      session.begin();
      // A savepoint for each job would cost a third of all: it is taken only when one of them has thrown.
      for (const { work } of jobs) {
        const started = work();
        results.push(started instanceof Promise ? await started : started);
      }
      session.exec('COMMIT');
    } catch (error) {
      rollback(session);
      if (jobs.length === 1 || results.length === jobs.length) for (const { failed } of jobs) failed(error);
      else await this.commitApart(session, jobs);
      return;
    }
    for (const [i, { done }] of jobs.entries()) done(results[i]);
  }

  /** Once more from the beginning: the one that throws takes back its own writes only. */
  private async commitApart(session: Session, jobs: Job[]): Promise<void> {
    const finished: Array<() => void> = [];
    try {
      session.begin();
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
