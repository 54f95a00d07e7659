import { idOf, type Odoo, type Row } from './odoo-rpc';

/** What is read of a model, and of the models it refers to. */
export interface Model {
  readonly name: string;
  /** Those that the version at hand does not have are left out. */
  readonly fields: readonly string[];
  /** One2many fields: their rows take the place of the ids, in order of sequence. */
  readonly many?: Readonly<Record<string, Model>>;
  /** Many2one fields: the row is put beside the field, under the name given here. */
  readonly one?: Readonly<Record<string, { readonly of: string; readonly model: Model }>>;
}

const product: Model = { name: 'product.product', fields: ['default_code', 'name'] };
const template: Model = { name: 'product.template', fields: ['default_code', 'name'] };
const workcenter: Model = { name: 'mrp.workcenter', fields: ['code', 'name'] };
const withProduct = { product: { of: 'product_id', model: product } };
const withWorkcenter = { workcenter: { of: 'workcenter_id', model: workcenter } };
const unit = ['product_uom_id', 'uom_id'];
// The second pair is that of versions up to 16.
const dates = ['date_start', 'date_finished', 'date_planned_start', 'date_planned_finished'];

const line: Model = {
  name: 'mrp.bom.line',
  fields: ['product_id', 'product_qty', ...unit, 'operation_id', 'sequence', 'write_date'],
  one: withProduct,
};
const move: Model = {
  name: 'stock.move',
  fields: [
    ...['product_id', 'product_uom_qty', 'product_uom', 'uom_id', 'state'],
    ...['bom_line_id', 'operation_id', 'workorder_id', 'write_date'],
  ],
  one: withProduct,
};

export const bom: Model = {
  name: 'mrp.bom',
  fields: [
    ...['code', 'type', 'active', 'product_tmpl_id', 'product_id', 'product_qty', ...unit],
    ...['company_id', 'write_date', 'bom_line_ids', 'byproduct_ids', 'operation_ids'],
  ],
  one: { ...withProduct, product_tmpl: { of: 'product_tmpl_id', model: template } },
  many: {
    bom_line_ids: line,
    byproduct_ids: { ...line, name: 'mrp.bom.byproduct' },
    operation_ids: {
      name: 'mrp.routing.workcenter',
      fields: ['name', 'sequence', 'workcenter_id', 'time_cycle_manual', 'note', 'write_date'],
      one: withWorkcenter,
    },
  },
};

export const production: Model = {
  name: 'mrp.production',
  fields: [
    ...['name', 'state', 'product_id', 'product_qty', ...unit, 'bom_id', 'origin', 'priority', ...dates],
    ...['date_deadline', 'qty_producing', 'is_outdated_bom', 'company_id', 'write_date'],
    ...['move_raw_ids', 'move_byproduct_ids', 'workorder_ids'],
  ],
  one: withProduct,
  many: {
    move_raw_ids: move,
    move_byproduct_ids: move,
    workorder_ids: {
      name: 'mrp.workorder',
      fields: [
        ...['name', 'state', 'operation_id', 'workcenter_id', 'sequence', 'duration_expected', ...dates],
        ...['qty_produced', 'write_date'],
      ],
      one: withWorkcenter,
    },
  },
};

/** Reads rows of models with what they refer to: one call a model, however many rows. */
export function modelReader(odoo: Odoo) {
  const known = new Map<string, Promise<string[]>>();

  /** The fields that this version has. Asking for another one would be refused. */
  function fieldsOf({ name, fields }: Model): Promise<string[]> {
    const asked =
      known.get(name) ??
      odoo
        .call(name, 'fields_get', [fields], { attributes: ['type'] })
        .then((found) => fields.filter((field) => Object.hasOwn(found as object, field)))
        .catch((error: unknown) => {
          known.delete(name);
          throw error;
        });
    known.set(name, asked);
    return asked;
  }

  async function rowsOf(
    model: Model,
    ids: readonly number[],
    signal: AbortSignal,
  ): Promise<Map<number, Row>> {
    const distinct = [...new Set(ids)];
    if (distinct.length === 0) return new Map();
    const fields = await fieldsOf(model);
    const rows = (await odoo.call(model.name, 'read', [distinct], { fields }, signal)) as Row[];
    return new Map((await along(model, rows, signal)).map((row) => [row.id, row]));
  }

  /** The rows with what they refer to in its place. */
  async function along({ many = {}, one = {} }: Model, rows: readonly Row[], signal: AbortSignal) {
    const full = rows.map((row) => ({ ...row }));
    for (const [field, model] of Object.entries(many)) {
      const found = await rowsOf(
        model,
        full.flatMap((row) => (row[field] as number[]) || []),
        signal,
      );
      for (const row of full) row[field] = inSequence((row[field] as number[]) || [], found);
    }
    for (const [name, { of, model }] of Object.entries(one)) {
      const found = await rowsOf(
        model,
        full.flatMap((row) => idOf(row[of]) ?? []),
        signal,
      );
      for (const row of full) {
        const related = found.get(idOf(row[of]) ?? -1);
        if (related) row[name] = related;
      }
    }
    return full;
  }

  return {
    /** All rows that pass, in order of their ids, so that pages do not shift while they are read. */
    async search(model: Model, domain: readonly unknown[], pageSize: number, signal: AbortSignal) {
      const fields = await fieldsOf(model);
      const rows: Row[] = [];
      for (;;) {
        const keywords = { fields, order: 'id asc', limit: pageSize, offset: rows.length };
        const page = (await odoo.call(model.name, 'search_read', [domain], keywords, signal)) as Row[];
        rows.push(...page);
        if (page.length < pageSize) return along(model, rows, signal);
      }
    },
  };
}

const inSequence = (ids: readonly number[], rows: ReadonlyMap<number, Row>): Row[] =>
  ids
    .flatMap((id) => rows.get(id) ?? [])
    .sort((a, b) => Number(a.sequence || 0) - Number(b.sequence || 0) || a.id - b.id);

/** `field >= since` for the model and everything that it owns: a changed line does not always touch its head. */
export function changedSince({ many = {} }: Model, since: string): unknown[] {
  const fields = ['write_date', ...Object.keys(many).map((field) => `${field}.write_date`)];
  return [...fields.slice(1).map(() => '|'), ...fields.map((field) => [field, '>=', since])];
}

/** The latest `write_date` of a row and everything that it owns. */
export function lastWritten(row: Row): string {
  const own = Object.values(row).flatMap((value) => (Array.isArray(value) ? (value as Row[]) : []));
  const dates = [row, ...own].map((one) => String(one?.write_date || ''));
  return dates.sort().at(-1) ?? '';
}
