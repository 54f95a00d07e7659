import type { FieldDef, Submittable } from 'pg';
import { types } from 'pg';

// biome-ignore lint/suspicious/noExplicitAny: columns are as the statement names them.
export type Columns = any;

export interface Answer {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: Columns[];
}

export interface Step {
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
export interface Plan {
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

/** A plan whose table has other columns by now, and one that the server does not know any more. */
const outdated = new Set(['0A000', '26000']);

/** One packet of statements and what comes back: all of them, or the error that ended them. */
export class Batch implements Submittable {
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
