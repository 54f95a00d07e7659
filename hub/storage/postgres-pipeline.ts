import type { PoolClient } from 'pg';
import { type Answer, Batch, type Plan, type Step } from './postgres-batch';

/** A value as it goes over the wire: a Buffer in PostgreSQL's binary form, anything else as text. */
export type Value = string | number | bigint | boolean | Buffer | null | undefined;

/** Statements that a connection keeps planned; those with lists of any length get no name. */
const mostPlans = 200;
/** So many statements that nobody waits for are kept at most. */
const mostUnsent = 200;

/**
 * The statements of one connection, in order, as PostgreSQL's pipelining takes them: those that are asked for at one
 * moment, and the writes before them, go in one packet and come back in one. A write costs no waiting of its own, and a
 * packet costs more than most statements do.
 */
export class Pipeline {
  private waiting: Step[] = [];
  private underway = false;
  private scheduled = false;
  private readonly plans = new Map<string, Plan>();
  private count = 0;
  /** Why the transaction is lost, where nobody was waiting for the statement that failed. */
  private broken: unknown;

  constructor(private readonly client: PoolClient) {}

  /** What the statement answers. */
  query(text: string, values: readonly Value[] = []): Promise<Answer> {
    return new Promise((done, failed) => {
      this.waiting.push({ text, values: values.map(wireValue), asked: true, done, failed });
      this.soon();
    });
  }

  /** Goes with the next statement that is asked for. Where it fails, that one does, and all after it in the transaction. */
  send(text: string, values: readonly Value[] = []): void {
    this.waiting.push({
      text,
      values: values.map(wireValue),
      asked: false,
      done: () => {},
      failed: () => {},
    });
  }

  /** The same for one of many: waits for its answer where a lot has gathered, so that not all of it is kept in memory. */
  async write(text: string, values: readonly Value[]): Promise<void> {
    if (this.waiting.length < mostUnsent) this.send(text, values);
    else await this.query(text, values);
  }

  /** One transaction: what `work` sends last goes with the commit. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.broken = undefined;
    try {
      this.send('begin');
      const result = await work();
      const { command } = await this.query('commit');
      if (command !== 'COMMIT') throw this.broken ?? new Error('Connection terminated: no commit');
      return result;
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  /** What has not been sent is not sent any more. */
  private drop(): void {
    for (const { failed } of this.waiting.splice(0)) failed(new Error('Client has ended the transaction'));
  }

  /** When all that is to be done now has been done: others may ask for something as well. */
  private soon(): void {
    if (this.underway || this.scheduled) return;
    this.scheduled = true;
    process.nextTick(() => {
      this.scheduled = false;
      if (this.waiting.length > 0 && !this.underway) this.submit(this.waiting.splice(0));
    });
  }

  private submit(steps: readonly Step[]): void {
    this.underway = true;
    const batch = new Batch(
      steps,
      (text) => this.planOf(text),
      (error) => {
        this.underway = false;
        if (this.waiting.some(({ asked }) => asked)) this.soon();
        if (error === undefined) return undefined;
        const isAborted = (error as { code?: string }).code === '25P02';
        if (!isAborted) this.broken = error;
        return isAborted ? (this.broken ?? error) : error;
      },
      (text) => this.plans.delete(text),
    );
    this.client.query(batch);
  }

  private planOf(text: string): Plan {
    let plan = this.plans.get(text);
    if (!plan && this.plans.size < mostPlans) {
      plan = { name: `p${this.count++}`, parsed: false };
      this.plans.set(text, plan);
    }
    return plan ?? { name: '', parsed: false };
  }
}

function wireValue(value: Value): string | Buffer | null {
  if (value === null || value === undefined) return null;
  return Buffer.isBuffer(value) ? value : String(value);
}

const pipelines = new WeakMap<PoolClient, Pipeline>();

/** The one pipeline of a connection. */
export function pipelineOn(client: PoolClient): Pipeline {
  let pipeline = pipelines.get(client);
  if (!pipeline) {
    pipeline = new Pipeline(client);
    pipelines.set(client, pipeline);
  }
  return pipeline;
}

/** An answer that comes with the commit, which fails where this one does. */
export function told<T>(answer: Promise<T>, take: (answer: T) => void): void {
  answer.then(take, () => {});
}
