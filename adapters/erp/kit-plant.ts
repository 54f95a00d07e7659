import { Decimal } from 'decimal.js';

/** What a kit's order is made of when nothing else is said: the product and the lines of the example plant. */
export const plant = {
  number: '1000',
  zone: 'Europe/Berlin',
  product: 'PV-100',
  unit: 'PCE',
  revision: 'A',
  operations: [
    { number: '0010', description: 'Press seals', workCentre: 'PRESS-01' },
    { number: '0020', description: 'Assemble and torque', workCentre: 'ASSY-01' },
  ],
  /** Quantities for one product. */
  components: [
    { item: '0010', material: 'BODY-50', quantity: '1', unit: 'PCE', operation: '0010' },
    { item: '0020', material: 'SEAL-EPDM', quantity: '2', unit: 'PCE', operation: '0010' },
    { item: '0030', material: 'SCREW-M8', quantity: '8', unit: 'PCE', operation: '0020' },
    { item: '0040', material: 'LUBE-01', quantity: '0.015', unit: 'KGM', operation: '0020' },
  ],
} as const;

export interface Operation {
  readonly number: string;
  readonly description: string;
  readonly workCentre: string;
}

export interface Component {
  readonly item: string;
  readonly material: string;
  /** For the whole order. */
  readonly quantity: string;
  /** ISO code, as IDocs carry it. */
  readonly unit: string;
  readonly operation: string;
}

/** What `emit('order', …)` takes. Only the number is needed. */
export interface OrderData {
  readonly number: string;
  readonly quantity?: string;
  readonly material?: string;
  readonly unit?: string;
  /** Revision level of the product, when the order was exploded. */
  readonly revision?: string;
  /** Local time of the plant, e.g. `2026-03-02T06:00:00`. */
  readonly start?: string;
  readonly end?: string;
  /** System statuses, e.g. `['I0002']` for released. */
  readonly status?: readonly string[];
  readonly operations?: readonly Operation[];
  readonly components?: readonly Component[];
}

/** What `emit('material', …)` takes. */
export interface MaterialData {
  readonly number: string;
  readonly description?: string;
  /** `FERT` finished, `HALB` semi-finished, `ROH` raw. */
  readonly type?: string;
  readonly unit?: string;
  /** Further texts by ISO language, e.g. `{DE: 'Prozessventil'}`. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** What `emit('work-centre', …)` takes. */
export interface WorkCentreData {
  readonly number: string;
  readonly description?: string;
  readonly objectId?: string;
}

/** SAP's three codes of one unit: external (by language), ISO, internal. */
export function unitCodes(iso: string): [external: string, iso: string, internal: string] {
  const known: Readonly<Record<string, [string, string]>> = {
    PCE: ['PC', 'ST'],
    KGM: ['KG', 'KG'],
    CMT: ['CM', 'CM'],
    MIN: ['MIN', 'MIN'],
  };
  const [external, internal] = known[iso] ?? [iso, iso];
  return [external, iso, internal];
}

/** Three decimals, as SAP's quantity fields have. */
export const quantityText = (quantity: Decimal.Value): string => new Decimal(quantity).toFixed(3);

/** Numbers are stored with leading zeros, everything else as it stands. */
export const padded = (key: string, length: number): string =>
  /^\d+$/.test(key) ? key.padStart(length, '0') : key;
