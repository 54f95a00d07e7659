import type { FieldDef, PoolClient, Submittable } from 'pg';
import { types } from 'pg';

// biome-ignore lint/suspicious/noExplicitAny: columns are as the statement names them.
export type Columns = any;

/** A value as it goes over the wire: a Buffer in PostgreSQL's binary form, anything else as text. */
export type Value = string | number | bigint | boolean | Buffer | null | undefined;

export interface Answer {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: Columns[];
}

interface Step {
  readonly text: string;
  readonly values: ReadonlyArray<string | Buffer | null>;
  /** Somebody waits for the answer. */
  readonly asked: boolean;
  readonly done: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
}

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** A statement as a connection knows it. */
interface Plan {
  readonly name: string;
  parsed: boolean;
  /** Known after the first answer: then the server need not describe them again. */
  columns?: readonly Column[];
}

/** The part of a connection of pg that speaks the extended protocol. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { name: string; text: string; types: [] }): void;
  bind(values: { statement: string; values: ReadonlyArray<string | Buffer | null> }): void;
  describe(what: { type: 'P' }): void;
  execute(): void;
  sync(): void;
}

/** Statements that a connection keeps planned; those with lists of any length get no name. */
const mostPlans = 200;
/** What nobody waits for is sent at the latest when there is so much of it. */
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
    if (this.waiting.length >= mostUnsent) this.soon();
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
        if (this.waiting.some(({ asked }) => asked) || this.waiting.length >= mostUnsent) this.soon();
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

/** A plan whose table has other columns by now, and one that the server does not know any more. */
const outdated = new Set(['0A000', '26000']);

/** One packet of statements and what comes back: all of them, or the error that ended them. */
class Batch implements Submittable {
  private readonly plans: Plan[] = [];
  private readonly answers: Answer[] = [];
  /** Places of the statements that this connection had not parsed before. */
  private readonly fresh = new Map<string, number>();
  private columns: readonly Column[] = [];
  private rows: Columns[] = [];

  constructor(
    private readonly steps: readonly Step[],
    private readonly planOf: (text: string) => Plan,
    /** Told before anybody hears of it; says what they are to hear. */
    private readonly over: (error?: unknown) => unknown,
    private readonly forget: (text: string) => void,
  ) {}

  submit(connection: unknown): void {
    const wire = connection as Wire;
    wire.stream.cork();
    for (const [place, { text, values }] of this.steps.entries()) {
      const plan = this.planOf(text);
      const { name } = plan;
      this.plans.push(plan);
      if (!plan.parsed) {
        wire.parse({ name, text, types: [] });
        this.fresh.set(text, place);
        plan.parsed = name !== '';
      }
      wire.bind({ statement: name, values });
      if (!plan.columns) wire.describe({ type: 'P' });
      wire.execute();
    }
    wire.sync();
    wire.stream.uncork();
    this.columns = this.plans[0]?.columns ?? [];
  }

  handleRowDescription({ fields }: { fields: FieldDef[] }): void {
    this.columns = fields.map(columnOf);
  }

  handleDataRow({ fields }: { fields: ReadonlyArray<string | null> }): void {
    const row: Columns = {};
    for (const [i, { name, parse }] of this.columns.entries()) {
      const field = fields[i];
      row[name] = field === null || field === undefined ? null : parse(field);
    }
    this.rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const [command = '', ...counts] = text.split(' ');
    this.plans[this.answers.length]!.columns = this.columns;
    this.answers.push({ command, rowCount: Number(counts.at(-1) ?? 0) || 0, rows: this.rows });
    this.rows = [];
    this.columns = this.plans[this.answers.length]?.columns ?? [];
  }

  handleReadyForQuery(): void {
    this.over();
    for (const [i, { done }] of this.steps.entries()) done(this.answers[i]!);
  }

  /** The server passes over the rest: what was to be parsed there, or here, gets another name the next time. */
  handleError(error: unknown): void {
    const failed = this.answers.length;
    for (const [text, place] of this.fresh) if (place >= failed) this.forget(text);
    if (outdated.has(String((error as { code?: string }).code))) this.forget(this.steps[failed]!.text);
    const told = this.over(error);
    for (const step of this.steps) step.failed(told);
  }
}

function columnOf({ name, dataTypeID }: FieldDef): Column {
  return {
    name,
    parse: dataTypeID === types.builtins.INT8 ? Number : types.getTypeParser(dataTypeID, 'text'),
  };
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
