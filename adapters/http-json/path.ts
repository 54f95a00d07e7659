const step = String.raw`(?:[^.[\]\s']+|\['[^']+'\]|\[-?\d+\])`;

/** `number`, `lines[0].id`, `['odata.etag']`; `$.a` begins at the whole document; `.` is the entry itself. */
export const pathPattern = String.raw`^(?:\.|(?:\$\.)?${step}(?:\.?${step})*)$`;

const steps = /\['([^']+)'\]|\[(-?\d+)\]|([^.[\]]+)/g;

/** The value at a path that fits `pathPattern`; undefined where there is none. A negative index counts from the end. */
export function valueAt(path: string, entry: unknown, whole: unknown = entry): unknown {
  if (path === '.') return entry;
  const fromWhole = path.startsWith('$.');
  let value = fromWhole ? whole : entry;
  for (const [, quoted, index, name] of (fromWhole ? path.slice(2) : path).matchAll(steps)) {
    if (index !== undefined) value = Array.isArray(value) ? value.at(Number(index)) : undefined;
    else value = fieldOf(value, quoted ?? name!);
  }
  return value;
}

/** Own fields only: a document says nothing about `constructor`. */
function fieldOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** A path of an entry as people find it in the document: `orders[2].number`. */
export function placeOf(path: string, entry: string): string {
  if (path.startsWith('$.')) return path.slice(2);
  if (path === '.') return entry;
  return entry === '' ? path : path.startsWith('[') ? entry + path : `${entry}.${path}`;
}
