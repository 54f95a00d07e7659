import { compileSteps } from '../paths';
import type { Node } from './syntax';
import { field, isNumber, isTrue, Sequence, unwrapped } from './values';

/** Variables by name, of one evaluation and the blocks inside. */
export interface Environment {
  /** Made when something is bound. */
  values?: Map<string, unknown>;
  readonly outer?: Environment;
  /** What the surroundings of the expression give. */
  readonly given?: (name: string) => unknown;
}

export type Evaluate = (input: unknown, environment: Environment) => unknown;

type Filter = (value: unknown, environment: Environment) => unknown;

interface PathStep {
  readonly evaluate: Evaluate;
  readonly filters: readonly Filter[];
}

/** The steps of a path, one after another over all that was found so far. */
export function compilePath(steps: readonly Node[], compile: (node: Node) => Evaluate): Evaluate {
  const [first] = steps;
  const compiled = steps.map((step): PathStep => {
    const { stages = [], ...plain } = step;
    return {
      evaluate: compile(plain),
      filters: stages.map((stage) => compileFilter(stage.expr as Node, compile)),
    };
  });
  const general: Evaluate = (input, environment) => {
    let found: readonly unknown[] = Array.isArray(input) && first?.type !== 'variable' ? input : [input];
    for (const [n, step] of compiled.entries()) {
      found = take(step, found, environment, n === compiled.length - 1);
      if (found.length === 0) break;
    }
    return unwrapped(found);
  };
  return plainFields(steps, compile, general) ?? general;
}

/** Names, perhaps after a variable: where no list is on the way, the path is nothing but a few look-ups. */
function plainFields(
  steps: readonly Node[],
  compile: (node: Node) => Evaluate,
  general: Evaluate,
): Evaluate | undefined {
  const [first, ...others] = steps;
  if (!first || steps.some(({ stages, predicate }) => stages || predicate)) return undefined;
  const start = first.type === 'variable' ? compile(first) : undefined;
  const names = start ? others : steps;
  if (names.some(({ type }) => type !== 'name')) return undefined;
  const gets = names.map(({ value }) => compileSteps([{ kind: 'key', key: String(value) }]));
  return (input, environment) => {
    let at = start ? start(input, environment) : input;
    for (const get of gets) {
      if (Array.isArray(at)) return general(input, environment);
      at = get(at);
    }
    // A list at the end of a path from a variable may be that of a sequence.
    return start && Array.isArray(at) ? general(input, environment) : at;
  };
}

function take(
  { evaluate, filters }: PathStep,
  inputs: readonly unknown[],
  environment: Environment,
  isLast: boolean,
): readonly unknown[] {
  const results: unknown[] = [];
  for (const input of inputs) {
    let value = evaluate(input, environment);
    for (const filter of filters) value = filter(value, environment);
    if (value !== undefined) results.push(value);
  }
  const [only] = results;
  if (isLast && results.length === 1 && Array.isArray(only) && !(only instanceof Sequence)) return only;
  const flat = new Sequence();
  for (const result of results) {
    if (Array.isArray(result)) for (const entry of result) flat.push(entry);
    else flat.push(result);
  }
  return flat;
}

/** `[0]` and `[-1]` choose by place; anything else keeps the entries for which it is true, or whose place it gives. */
export function compileFilter(predicate: Node, compile: (node: Node) => Evaluate): Filter {
  if (predicate.type === 'number') {
    const index = Math.floor(predicate.value as number);
    return (value) => {
      const found = listOf(value).at(index);
      if (Array.isArray(found)) return found;
      return found === undefined ? new Sequence() : sequenceOf(found);
    };
  }
  const test = compile(predicate);
  return (value, environment) => {
    const kept = new Sequence();
    const entries = listOf(value);
    entries.forEach((entry, index) => {
      const result = test(entry, environment);
      for (let times = timesChosen(result, index, entries.length); times > 0; times--) kept.push(entry);
    });
    return kept;
  };
}

function timesChosen(result: unknown, index: number, length: number): number {
  const places = isNumber(result) ? [result] : result;
  if (Array.isArray(places) && places.every((place) => isNumber(place))) {
    const chosen = places.map((place) => Math.floor(place as number));
    return chosen.filter((place) => (place < 0 ? length + place : place) === index).length;
  }
  return isTrue(result) ? 1 : 0;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function sequenceOf(value: unknown): Sequence {
  const sequence = new Sequence();
  sequence.push(value);
  return sequence;
}

export const compileName =
  (name: string): Evaluate =>
  (input) =>
    unwrapped(field(input, name));
