import { HubError } from '../../model/errors';
import { closest } from './closest';
import type { CodeTable } from './codes';
import type { Direction, MappingContext, Rule, TransformUse } from './mapping';
import { isMissing } from './paths';
import { Refusal, thenReplay, transforms } from './transforms';

export type OneWay = Exclude<Direction, 'both'>;
export type Convert = (value: unknown, context: MappingContext) => unknown;

/** Runs one transform as a mapping of that direction would. Throws Refusal. */
export function runTransform(
  use: TransformUse,
  value: unknown,
  context: MappingContext,
  direction: OneWay,
): unknown {
  return compileUse(use, direction)(value, context);
}

/** The transforms of a rule, then its code table; undefined where the value passes as it stands. */
export function compileConversion(
  rule: Pick<Rule, 'as' | 'codes'>,
  direction: OneWay,
  tables: ReadonlyMap<string, CodeTable>,
): Convert | undefined {
  const steps = rule.as.map((use) => compileUse(use, direction));
  if (rule.codes !== undefined) {
    const lookup = compileLookup(rule.codes, direction, tables);
    // Rules of a mapping that writes are read from the canonical side: the code comes first, its spelling after.
    if (direction === 'out') steps.unshift(lookup);
    else steps.push(lookup);
  }
  const [only] = steps;
  if (steps.length <= 1) return only;
  return (value, context) => steps.reduce((at, step) => step(at, context), value);
}

export function takesList(rule: Pick<Rule, 'as'>): boolean {
  const [first] = rule.as;
  return first !== undefined && transforms.get(first.name)?.takes === 'list';
}

export function takesMissing(rule: Pick<Rule, 'as'>): boolean {
  const [first] = rule.as;
  return first !== undefined && transforms.get(first.name)?.takesMissing === true;
}

function compileUse(use: TransformUse, direction: OneWay): Convert {
  const transform = transforms.get(use.name);
  if (!transform) throw new HubError('HUB_BAD_MAPPING', unknownTransform(use.name), { value: use.name });
  for (const option of transform.needs ?? []) {
    if (use.with[option] === undefined) {
      throw new HubError('HUB_BAD_MAPPING', `${use.name} needs '${option}' under with`, { value: use.name });
    }
  }
  if (direction === 'out' && transform.splits) {
    const each = transform.splits.join(' and ');
    throw new HubError(
      'HUB_BAD_MAPPING',
      `${use.name} reads several fields; to write them one by one, use ${each}`,
      {
        value: use.name,
      },
    );
  }
  const run = (direction === 'out' && transform.write ? transform.write : transform.apply) as (
    input: unknown,
    options: TransformUse['with'],
    context: MappingContext,
  ) => unknown;
  if (transform.takes === 'list') return (value, context) => run(asList(value), use.with, context);
  return (value, context) => {
    if (typeof value === 'string' && value !== '') return run(value, use.with, context);
    if (isMissing(value) && !transform.takesMissing) return undefined;
    return run(asText(value, use.name), use.with, context);
  };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function asText(value: unknown, name: string): string | undefined {
  if (typeof value === 'string') return value;
  if (isMissing(value)) return undefined;
  if (typeof value === 'object') throw new Refusal(`${name} takes a single value, not ${describe(value)}`);
  return String(value);
}

const describe = (value: object | null) => (Array.isArray(value) ? 'a list' : 'an object');

function compileLookup(name: string, direction: OneWay, tables: ReadonlyMap<string, CodeTable>): Convert {
  const table = tables.get(name);
  if (!table) {
    throw new HubError('HUB_BAD_MAPPING', `there is no code table '${name}' (codes/${name}.yaml or .csv)`, {
      value: name,
    });
  }
  const entries = direction === 'in' ? table.toCanonical : table.toNative;
  if (!entries) {
    throw new HubError(
      'HUB_BAD_MAPPING',
      `the code table ${name} cannot be read backwards: ${table.oneWayBecause}`,
      {
        value: name,
      },
    );
  }
  const otherwise = direction === 'in' ? table.otherwise.in : table.otherwise.out;
  return (value) => {
    if (isMissing(value)) return undefined;
    const code = entries.get(String(value)) ?? otherwise;
    if (code === undefined) {
      throw new Refusal(
        `${name} has no entry for '${String(value)}'`,
        `Add it to codes/${table.fileName}, ${thenReplay}.`,
      );
    }
    return code;
  };
}

/** `unknown transform 'trim-zeros'; did you mean 'trim-leading-zeros'?` */
export function unknownTransform(name: string): string {
  const near = closest(name, [...transforms.keys()]);
  return `there is no transform '${name}'${near ? `; did you mean '${near}'?` : ''}`;
}
