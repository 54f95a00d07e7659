import { HubError } from '../../model/errors';
import { type Path, parsePath, type Step, sameText } from './paths';
import type { Tree } from './run';
import { Refusal } from './transforms';

export type Put = (out: Tree, value: unknown) => void;

/** Names through which a written field could reach what all objects share. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** A path that may be set: names, indexes and selectors, from the object at hand. */
export function parseTarget(text: string): Path {
  const path = parsePath(text);
  const bad = (why: string) =>
    new HubError('HUB_BAD_MAPPING', `'${text}' cannot be set: ${why}`, { value: text });
  if (path.scope !== 'entry') throw bad('a target begins at the object at hand');
  if (path.steps[0]?.kind !== 'key') throw bad('a target begins with a name');
  for (const step of path.steps) {
    if (step.kind === 'all') throw bad('use each to make a list');
    if (step.kind !== 'index' && forbidden.has(step.key)) throw bad(`the name '${step.key}' is not allowed`);
  }
  return path;
}

/** Sets the value, making the objects and lists on the way. */
export function compilePut(path: Path): Put {
  const { steps } = path;
  const [only] = steps;
  if (steps.length === 1 && only?.kind === 'key') {
    const { key } = only;
    return (out, value) => {
      out[key] = value;
    };
  }
  if (steps.length === 2 && only?.kind === 'key' && steps[1]?.kind === 'index' && steps[1].index === 0) {
    const { key } = only;
    return (out, value) => {
      const there = out[key];
      if (Array.isArray(there)) there[0] = value;
      else out[key] = [value];
    };
  }
  const reach = compileReach(steps);
  const last = steps.at(-1) as Step;
  if (last.kind === 'where')
    throw new HubError('HUB_BAD_MAPPING', `'${path.text}' needs a field after its selector`);
  const key = last.kind === 'index' ? last.index : (last as { key: string }).key;
  return (out, value) => {
    (reach(out) as Record<string | number, unknown>)[key] = value;
  };
}

/** Adds the entries to the list at the path: several rules may fill one list. */
export function compileAppend(path: Path): (out: Tree, entries: unknown[]) => void {
  const listOf = compileReach([...path.steps, { kind: 'index', index: 0 }]);
  const [only] = path.steps;
  if (path.steps.length === 1 && only?.kind === 'key') {
    const { key } = only;
    return (out, entries) => {
      const there = out[key];
      if (Array.isArray(there)) for (const entry of entries) there.push(entry);
      else out[key] = entries;
    };
  }
  return (out, entries) => {
    const there = listOf(out) as unknown[];
    for (const entry of entries) there.push(entry);
  };
}

export function lengthAt(out: Tree, key: string): number {
  const there = out[key];
  return Array.isArray(there) ? there.length : 0;
}

/** Goes to the object or list that holds the last step. */
function compileReach(steps: readonly Step[]): (out: Tree) => unknown {
  const parts = steps.slice(0, -1).map((step, at) => ({ step, makesList: steps[at + 1]?.kind !== 'key' }));
  return (out) => {
    let at: unknown = out;
    for (const { step, makesList } of parts) at = child(at, step, makesList);
    return at;
  };
}

function child(at: unknown, step: Step, makesList: boolean): unknown {
  if (step.kind === 'where') {
    const list = at as Tree[];
    const found = list.find((entry) => sameText(entry[step.key], step.value));
    if (found) return found;
    const made = { [step.key]: step.value };
    list.push(made);
    return made;
  }
  const key = step.kind === 'index' ? indexIn(at as unknown[], step.index) : (step as { key: string }).key;
  const holder = at as Record<string | number, unknown>;
  const there = holder[key];
  if (typeof there === 'object' && there !== null) return there;
  const made = makesList ? [] : {};
  holder[key] = made;
  return made;
}

/** An index below 0 counts from the end; in an empty list it is the first entry. */
const indexIn = (list: unknown[], index: number) => (index < 0 ? Math.max(0, list.length + index) : index);

/** No record of people's making is nested deeper; a hostile one must not exhaust the stack. */
const deepest = 200;

/**
 * A copy that shares nothing with its source, so that neither the record nor a constant can be changed through the
 * output. Throws Refusal for what is nested too deep.
 */
export function copyOf(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) throw new Refusal(`is nested deeper than ${deepest} levels`);
  if (Array.isArray(value)) return Array.from(value, (entry) => copyOf(entry, depth + 1));
  const copy: Tree = {};
  for (const [key, field] of Object.entries(value)) {
    if (key === '__proto__') continue;
    copy[key] = copyOf(field, depth + 1);
  }
  return copy;
}

/** Removes the holes that optional rules leave in lists set by index. */
export function closeHoles(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    let kept = 0;
    for (let at = 0; at < value.length; at++) if (value[at] !== undefined) value[kept++] = value[at];
    value.length = kept;
    for (const entry of value) closeHoles(entry);
    return;
  }
  for (const key in value) closeHoles((value as Tree)[key]);
}
