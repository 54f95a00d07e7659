/** Fields in which SAP's services say when an entity was changed last. */
const changeFields = ['LastChangeDateTime', 'ChangedDateTime'];

/**
 * Milliseconds of `20260301183000`, `/Date(1492098664000)/` and `/Date(1492098664000+0000)/`; undefined for what is none.
 * The digits of an order name no zone and are read as UTC: a cursor compares them only with each other.
 */
export function changedAt(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const date = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/.exec(value);
  if (date) return Number(date[1]);
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?$/.exec(value) ?? [];
  if (!year || year === '0000') return undefined;
  return Date.UTC(+year, +month! - 1, +day!, +hour!, +minute!, +second!);
}

/** The newest change in an entity and in all that was read with it; 0 where nothing says one. */
export function lastChange(entity: unknown): number {
  if (Array.isArray(entity)) return entity.reduce((newest, one) => Math.max(newest, lastChange(one)), 0);
  if (typeof entity !== 'object' || entity === null) return 0;
  return Object.entries(entity).reduce(
    (newest, [field, value]) =>
      Math.max(newest, changeFields.includes(field) ? (changedAt(value) ?? 0) : lastChange(value)),
    0,
  );
}

/** An instant as `$filter` takes it. */
export function timeLiteral(at: number, as: 'digits' | 'time'): string {
  const iso = new Date(at).toISOString();
  return as === 'time' ? `datetimeoffset'${iso}'` : `'${iso.slice(0, 19).replace(/[-T:]/g, '')}'`;
}
