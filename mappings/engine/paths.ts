import { HubError } from '../../model/errors';

export type Step =
  | { readonly kind: 'key'; readonly key: string }
  /** Below 0: counted from the end. */
  | { readonly kind: 'index'; readonly index: number }
  /** The first entry of a list whose field has this text. */
  | { readonly kind: 'where'; readonly key: string; readonly value: string }
  /** Every entry of a list; only in `each`. */
  | { readonly kind: 'all' };

/** Where a path begins: at the entry at hand, the whole record, an outer entry, the joined entry, the context. */
export type Scope = 'entry' | 'root' | 'parent' | 'joined' | 'context';

export interface Path {
  readonly text: string;
  readonly scope: Scope;
  /** How many entries outwards, for `^.`. */
  readonly up: number;
  readonly steps: readonly Step[];
}

/** `E1AFKOL.E1AFFLL[0].VORNR`, `E1MAKTM[SPRAS_ISO=EN].MAKTX`, `$.id`, `^.id`, `#.id`, `@zone`, `.` */
export function parsePath(text: string): Path {
  if (text.startsWith('@')) {
    return { text, scope: 'context', up: 0, steps: [{ kind: 'key', key: text.slice(1) }] };
  }
  if (text === '.') return { text, scope: 'entry', up: 0, steps: [] };
  const [, prefix, rest] = /^(\$|#|\^(?:\.\^)*)(?:\.(.*))?$/s.exec(text) ?? [];
  if (prefix === undefined) return { text, scope: 'entry', up: 0, steps: parseSteps(text, text) };
  const steps = rest === undefined ? [] : parseSteps(rest, text);
  if (prefix === '$') return { text, scope: 'root', up: 0, steps };
  if (prefix === '#') return { text, scope: 'joined', up: 0, steps };
  return { text, scope: 'parent', up: prefix.split('.').length, steps };
}

const token = /\[(-?\d+)\]|\[(\*)\]|\['([^']+)'\]|\[([^\]=\s]+)=(?:'([^']*)'|([^\]]*))\]|([^.[\]\s]+)/y;

function parseSteps(text: string, whole: string): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < text.length; ) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found) throw badPath(whole, `cannot be read from '${text.slice(at)}' on`);
    const [, index, all, quoted, key, valueQuoted, value, name] = found;
    if (index !== undefined) steps.push({ kind: 'index', index: Number(index) });
    else if (all !== undefined) steps.push({ kind: 'all' });
    else if (key !== undefined) steps.push({ kind: 'where', key, value: valueQuoted ?? value ?? '' });
    else steps.push({ kind: 'key', key: (quoted ?? name) as string });
    at = token.lastIndex;
    if (text[at] === '.') at++;
    else if (at < text.length && text[at] !== '[') throw badPath(whole, 'needs a dot between its names');
  }
  if (steps.length === 0 || text.endsWith('.')) throw badPath(whole, 'is incomplete');
  return steps;
}

function badPath(text: string, why: string): HubError {
  return new HubError('HUB_BAD_MAPPING', `the path '${text}' ${why}`, { value: text });
}

export function stepsText(steps: readonly Step[]): string {
  let text = '';
  for (const step of steps) {
    if (step.kind === 'index') text += `[${step.index}]`;
    else if (step.kind === 'all') text += '[*]';
    else if (step.kind === 'where') text += `[${step.key}=${step.value}]`;
    else text += /[.[\]\s]/.test(step.key) ? `['${step.key}']` : `${text === '' ? '' : '.'}${step.key}`;
  }
  return text;
}

/** Absent, null and empty text count as missing. */
export function isMissing(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}

type Get = (from: unknown) => unknown;
type Fields = Record<string, unknown>;

/** Names that every object or list has by inheritance: read only where the record itself holds them. */
export const isInherited = (key: string) => key in Object.prototype || key in Array.prototype;

/** The name, where the path is one plain field of the entry at hand. */
export function fieldOf({ scope, steps }: Path): string | undefined {
  const [only] = steps;
  if (scope !== 'entry' || steps.length !== 1 || only?.kind !== 'key' || isInherited(only.key))
    return undefined;
  return only.key;
}

function keyGetter(key: string): Get {
  if (isInherited(key)) {
    return (from) =>
      typeof from === 'object' && from !== null && !Array.isArray(from) && Object.hasOwn(from, key)
        ? (from as Fields)[key]
        : undefined;
  }
  return (from) => (typeof from === 'object' && from !== null ? (from as Fields)[key] : undefined);
}

function stepGetter(step: Step): Get {
  if (step.kind === 'key') return keyGetter(step.key);
  if (step.kind === 'index') {
    const { index } = step;
    return (from) => (Array.isArray(from) ? from.at(index) : undefined);
  }
  if (step.kind === 'where') {
    const get = keyGetter(step.key);
    return (from) =>
      Array.isArray(from) ? from.find((entry) => sameText(get(entry), step.value)) : undefined;
  }
  throw badPath('[*]', 'may only stand in each');
}

export function sameText(value: unknown, text: string): boolean {
  return typeof value === 'string' ? value === text : !isMissing(value) && String(value) === text;
}

/** A reader of plain steps. Every step is total: what is not there gives undefined. */
export function compileSteps(steps: readonly Step[]): Get {
  const all = steps.findIndex((step) => step.kind === 'all');
  if (all >= 0) return flattening(compileSteps(steps.slice(0, all)), compileSteps(steps.slice(all + 1)));
  const gets = steps.map(stepGetter);
  const [a, b, c] = gets;
  if (!a) return (from) => from;
  if (!b) return a;
  if (!c) return (from) => b(a(from));
  if (gets.length === 3) return (from) => c(b(a(from)));
  return (from) => {
    let at = from;
    for (const get of gets) at = get(at);
    return at;
  };
}

/** `orders[*].operations`: the inner lists of all entries, one after another. */
function flattening(outer: Get, inner: Get): Get {
  return (from) => {
    const list = outer(from);
    if (!Array.isArray(list)) return undefined;
    const found: unknown[] = [];
    for (const entry of list) {
      const value = inner(entry);
      if (Array.isArray(value)) for (const one of value) found.push(one);
      else if (!isMissing(value)) found.push(value);
    }
    return found;
  };
}
