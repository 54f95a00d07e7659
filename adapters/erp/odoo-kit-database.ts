import type { Row } from './odoo-rpc';

type Leaf = [path: string, operator: string, wanted: unknown];
type Fields = Record<string, unknown>;

/** What is thrown becomes Odoo's answer: status 200, with the name of the exception. */
export class OdooError extends Error {
  constructor(
    readonly exception: string,
    message: string,
  ) {
    super(message);
  }
}

/** One2many fields of the kit's models: where their rows are, and which field of theirs points back. */
const OWNED: Readonly<Record<string, Readonly<Record<string, [model: string, back: string]>>>> = {
  'mrp.production': {
    workorder_ids: ['mrp.workorder', 'production_id'],
    move_raw_ids: ['stock.move', 'raw_material_production_id'],
    move_byproduct_ids: ['stock.move', 'byproduct_production_id'],
  },
  'mrp.bom': {
    bom_line_ids: ['mrp.bom.line', 'bom_id'],
    byproduct_ids: ['mrp.bom.byproduct', 'bom_id'],
    operation_ids: ['mrp.routing.workcenter', 'bom_id'],
  },
  'mrp.workorder': {
    time_ids: ['mrp.workcenter.productivity', 'workorder_id'],
    move_raw_ids: ['stock.move', 'workorder_id'],
  },
};

/** The kit's models in memory, with what of Odoo's ORM the adapter calls. */
export class KitDatabase {
  readonly #models = new Map<string, Map<number, Row>>();
  #nextId = 1;

  all(model: string): Row[] {
    return [...(this.#models.get(model)?.values() ?? [])].map((row) => this.#shown(model, row));
  }

  /** Adds or changes a row; `write_date` is now, in whole seconds. */
  keep(model: string, fields: Fields & { id?: number }): Row {
    const rows = this.#models.get(model) ?? new Map<number, Row>();
    this.#models.set(model, rows);
    const id = fields.id ?? this.#nextId++;
    const write_date = new Date().toISOString().slice(0, 19).replace('T', ' ');
    const row = { ...rows.get(id), ...fields, id, write_date };
    rows.set(id, row);
    return row;
  }

  find(model: string, test: (row: Row) => boolean): Row | undefined {
    return this.all(model).find(test);
  }

  read(model: string, ids: readonly number[], fields?: readonly string[]): Fields[] {
    return ids.map((id) => {
      const row = this.#models.get(model)?.get(id);
      if (row) return only(this.#shown(model, row), fields);
      const message = `Record does not exist or has been deleted.\n(Record: ${model}(${id},), User: 2)`;
      throw new OdooError('odoo.exceptions.MissingError', message);
    });
  }

  search(model: string, domain: readonly unknown[], limit = 1e6, offset = 0): number[] {
    const passes = this.#predicate(model, [...domain]);
    const found = this.all(model).filter(passes);
    return found
      .map(({ id }) => id)
      .sort((a, b) => a - b)
      .slice(offset, offset + limit);
  }

  /** Fields, and of a one2many `[0, 0, fields]` for a row that is added, `[1, id, fields]` for one that is changed. */
  write(model: string, ids: readonly number[], values: Fields): true {
    this.read(model, ids);
    for (const id of ids) {
      const own: Fields = {};
      for (const [field, value] of Object.entries(values)) {
        const [child, back] = OWNED[model]?.[field] ?? [];
        if (child === undefined || back === undefined) own[field] = value;
        else
          for (const [command, row, fields] of value as [number, number, Fields][])
            this.keep(
              child,
              command === 1 ? { ...fields, id: row } : { ...fields, [back]: [id, String(id)] },
            );
      }
      this.keep(model, { ...own, id });
    }
    return true;
  }

  #shown(model: string, row: Row): Row {
    const owned = Object.entries(OWNED[model] ?? {}).map(([field, [child, back]]) => [
      field,
      [...(this.#models.get(child)?.values() ?? [])]
        .filter((one) => (one[back] as [number] | undefined)?.[0] === row.id)
        .map(({ id }) => id),
    ]);
    return { ...row, ...Object.fromEntries(owned) };
  }

  /** Polish notation, as domains have it: `|` joins the next two, all others are joined by and. */
  #predicate(model: string, domain: unknown[]): (row: Row) => boolean {
    const next = (): ((row: Row) => boolean) => {
      const term = domain.shift();
      if (term !== '|') return (row) => this.#holds(model, row, term as Leaf);
      const [one, other] = [next(), next()];
      return (row) => one(row) || other(row);
    };
    const terms: ((row: Row) => boolean)[] = [];
    while (domain.length > 0) terms.push(next());
    return (row) => terms.every((term) => term(row));
  }

  #holds(model: string, row: Row, [path, operator, wanted]: Leaf): boolean {
    const [field = '', inner] = path.split('.');
    const [child] = OWNED[model]?.[field] ?? [];
    if (inner !== undefined && child !== undefined) {
      const rows = (row[field] as number[]).map((id) => this.#models.get(child)!.get(id)!);
      return rows.some((one) => this.#holds(child, one, [inner, operator, wanted]));
    }
    const value = Array.isArray(row[field]) ? (row[field] as unknown[])[0] : row[field];
    return operator === '>=' ? String(value) >= String(wanted) : value === wanted;
  }
}

/** Only the named fields; one that a row does not have is empty, and so false. */
function only(row: Row, fields?: readonly string[]): Fields {
  if (!fields) return row;
  return { id: row.id, ...Object.fromEntries(fields.map((field) => [field, row[field] ?? false])) };
}
