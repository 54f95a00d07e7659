/** A connection as far as transactions need it. */
export interface Session {
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
 * sync to disk; each is a savepoint of its own, so that one that throws takes back its own writes only. A job is done
 * when the commit is. Two sessions (with different durability) take turns, because SQLite would let the second one block
 * the whole process.
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
    const finished: Array<() => void> = [];
    try {
      session.exec('BEGIN IMMEDIATE');
      for (const job of jobs) finished.push(await this.savepoint(session, job));
      session.exec('COMMIT');
    } catch (error) {
      try {
        session.exec('ROLLBACK');
      } catch {
        // The failure itself may have ended the transaction.
      }
      for (const job of jobs) job.failed(error);
      return;
    }
    for (const tell of finished) tell();
  }

  private async savepoint(session: Session, job: Job): Promise<() => void> {
    session.exec('SAVEPOINT job');
    try {
      const started = job.work();
      const result = started instanceof Promise ? await started : started;
      session.exec('RELEASE job');
      return () => job.done(result);
    } catch (error) {
      session.exec('ROLLBACK TO job');
      session.exec('RELEASE job');
      return () => job.failed(error);
    }
  }
}
