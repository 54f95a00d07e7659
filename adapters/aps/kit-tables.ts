import type { KitAnswer } from '../transports/kit-server';
import { naiveToMs, type Row } from './tables';

/** The tables that the kit has: their key, their links to other tables, what must be there, what is assumed. */
const TABLES: Record<
  string,
  { key: string[]; links: Record<string, string>; required: string[]; defaults: Row }
> = {
  location: { key: ['name'], links: {}, required: [], defaults: {} },
  item: { key: ['name'], links: {}, required: [], defaults: {} },
  calendar: { key: ['name'], links: {}, required: [], defaults: { defaultvalue: 0 } },
  resource: {
    key: ['name'],
    links: { location: 'location', available: 'calendar' },
    required: [],
    defaults: { type: 'default', maximum: 1, available: null },
  },
  operation: {
    key: ['name'],
    links: { item: 'item', location: 'location' },
    required: [],
    defaults: { type: 'fixed_time', duration: null, duration_per: null },
  },
  calendarbucket: {
    key: ['calendar', 'startdate', 'enddate', 'priority'],
    links: { calendar: 'calendar' },
    required: ['calendar'],
    defaults: { startdate: '1971-01-01T00:00:00', enddate: '2030-12-31T00:00:00', priority: 0, value: 0 },
  },
  operationmaterial: {
    key: ['operation', 'item', 'effective_start'],
    links: { operation: 'operation', item: 'item' },
    required: ['operation', 'item', 'quantity'],
    defaults: { type: 'start', effective_start: null, effective_end: null },
  },
  operationresource: {
    key: ['operation', 'resource', 'effective_start'],
    links: { operation: 'operation', resource: 'resource' },
    required: ['operation', 'resource'],
    defaults: { quantity: '1', effective_start: null, effective_end: null },
  },
  manufacturingorder: {
    key: ['reference'],
    links: { operation: 'operation' },
    required: ['operation', 'quantity'],
    defaults: { status: 'proposed', resources: [], materials: [] },
  },
};
/** Tables whose rows are known by a number. */
const NUMBERED = new Set(['calendarbucket', 'operationmaterial', 'operationresource']);
const TIMES = ['startdate', 'enddate', 'effective_start', 'effective_end'];
const STATUSES = ['proposed', 'approved', 'confirmed', 'completed', 'closed'];

/** The input tables of the kit, with frePPLe's habits: upsert by natural key, links checked, errors per row. */
export class KitTables {
  readonly #rows = new Map(Object.keys(TABLES).map((name) => [name, new Map<string, Row>()]));
  #nextId = 1;

  constructor(private readonly now: () => string) {}

  rows(table: string): Row[] {
    return [...(this.#rows.get(table)?.values() ?? [])];
  }

  knows(table: string): boolean {
    return this.#rows.has(table);
  }

  /** By primary key: the name, the reference, or the number that a calendar bucket was given. */
  find(table: string, key: string): Row | undefined {
    return this.rows(table).find((row) => String(row.id ?? row.name ?? row.reference) === key);
  }

  /** All or nothing: with one row refused, none is kept. */
  post(table: string, rows: readonly Row[]): KitAnswer {
    const complete = rows.map((row) => this.#complete(table, row));
    const errors = complete.map((row) => this.#errors(table, row));
    if (errors.some((error) => Object.keys(error).length > 0)) return { status: 400, body: errors };
    return { status: 201, body: complete.map((row) => this.#keep(table, row)) };
  }

  patch(table: string, row: Row, fields: Row): KitAnswer {
    const changed = { ...row, ...fields };
    const errors = this.#errors(table, changed);
    if (Object.keys(errors).length > 0) return { status: 400, body: errors };
    this.#rows.get(table)!.delete(keyOf(table, row));
    return { status: 200, body: this.#keep(table, changed) };
  }

  remove(table: string, row: Row): KitAnswer {
    this.#rows.get(table)!.delete(keyOf(table, row));
    return { status: 204, body: '' };
  }

  /** Rows that pass `field=`, `field__gte=` and `field__in=` filters. */
  list(table: string, query: URLSearchParams): Row[] {
    const filters = [...query].filter(([name]) => name !== 'format');
    return this.rows(table).filter((row) => filters.every(([name, wanted]) => passes(row, name, wanted)));
  }

  #complete(table: string, row: Row): Row {
    const given = { ...TABLES[table]!.defaults, ...row };
    const before = this.#rows.get(table)!.get(keyOf(table, given));
    return before ? { ...before, ...row } : given;
  }

  #keep(table: string, row: Row): Row {
    const numbered = NUMBERED.has(table) && row.id === undefined ? { id: this.#nextId++ } : {};
    const kept = { ...numbered, ...row, lastmodified: this.now() };
    this.#rows.get(table)!.set(keyOf(table, kept), kept);
    return kept;
  }

  #errors(table: string, row: Row): Record<string, string[]> {
    const { key, links, required } = TABLES[table]!;
    const errors: Record<string, string[]> = {};
    for (const field of [...key, ...required]) {
      if (row[field] === undefined || row[field] === '') errors[field] = ['This field is required.'];
    }
    for (const [field, target] of Object.entries(links)) {
      if (row[field] && !this.find(target, String(row[field]))) errors[field] = [noSuch(row[field])];
    }
    for (const field of TIMES) {
      if (row[field] && Number.isNaN(naiveToMs(String(row[field]))))
        errors[field] = ['Datetime has wrong format.'];
    }
    if (table === 'manufacturingorder') Object.assign(errors, this.#orderErrors(row));
    return errors;
  }

  #orderErrors(row: Row): Record<string, string[]> {
    const errors: Record<string, string[]> = {};
    const named = (row.resources as Array<{ resource: string }>).map(({ resource }) => resource);
    const strange = named.find((name) => !this.find('resource', name));
    if (strange !== undefined) errors.resources = [noSuch(strange)];
    if (!STATUSES.includes(String(row.status))) errors.status = [`"${row.status}" is not a valid choice.`];
    if (Number.isNaN(Number(row.quantity))) errors.quantity = ['A valid number is required.'];
    return errors;
  }
}

const noSuch = (key: unknown) => `Invalid pk "${key}" - object does not exist.`;
const keyOf = (table: string, row: Row) =>
  JSON.stringify(TABLES[table]!.key.map((field) => String(row[field])));

function passes(row: Row, name: string, wanted: string): boolean {
  const [field, test] = name.split('__') as [string, string | undefined];
  const value = String(row[field] ?? '');
  if (test === 'gte') return naiveToMs(value) >= naiveToMs(wanted);
  if (test === 'in') return wanted.split(',').includes(value);
  return value === wanted;
}
