import type { Issue } from './errors';
import { type FormatName, formats } from './formats';
import type { Schema } from './schema-document';

/** Gathers issues up to a number, so that a message that is wrong everywhere costs no more than one that is not. */
export class IssueList {
  readonly issues: Issue[] = [];

  /** What is not `wanted` is not counted. */
  constructor(
    private readonly limit: number,
    private readonly wanted: (rule: string, path: string, value: unknown) => boolean = () => true,
  ) {}

  get isFull(): boolean {
    return this.issues.length >= this.limit;
  }

  add(rule: string, path: string, message: string, value?: unknown): void {
    if (this.isFull || !this.wanted(rule, path, value)) return;
    this.issues.push({ rule, path, message, ...(value === undefined ? {} : { value: shortened(value) }) });
  }
}

/** Values are shown, not carried: long ones are cut. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 200 ? `${value.slice(0, 200)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : value;
}

type Definitions = Readonly<Record<string, Schema>>;

/** The property below a path, as people write it: `items[0].id`. */
export function below(path: string, property: string | number): string {
  if (typeof property === 'number') return `${path}[${property}]`;
  return path === '' ? property : `${path}.${property}`;
}

const jsonType = (value: unknown) =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/**
 * Says what does not fit a schema, in the order of the value. Only the parts of JSON Schema that the model uses are
 * understood. Linear in the size of the value; a compiled validator decides, this explains.
 */
export function explain(
  schema: Schema,
  value: unknown,
  path: string,
  defs: Definitions,
  found: IssueList,
): void {
  if (found.isFull) return;
  if (schema.$ref !== undefined) {
    explain(defs[schema.$ref.replace(/^.*\//, '')] ?? {}, value, path, defs, found);
    return;
  }
  if (schema.anyOf !== undefined) {
    // Written only for "or null": what is not null is held against the first.
    if (value !== null) explain(schema.anyOf[0] ?? {}, value, path, defs, found);
    return;
  }
  const actual = jsonType(value);
  const expected = schema.type === 'integer' ? 'number' : schema.type;
  if (expected !== undefined && actual !== expected) {
    found.add('type', path, `must be ${schema.type}, is ${actual}`, value);
  } else if (actual === 'object') {
    explainObject(schema, value as Record<string, unknown>, path, defs, found);
  } else if (actual === 'array') {
    explainArray(schema, value as unknown[], path, defs, found);
  } else {
    explainScalar(schema, value, path, found);
  }
}

function explainScalar(schema: Schema, value: unknown, path: string, found: IssueList): void {
  if (schema.type === 'integer' && !Number.isInteger(value))
    found.add('type', path, 'must be a whole number', value);
  if (schema.enum !== undefined && !schema.enum.includes(value as string)) {
    found.add('enum', path, `must be one of ${schema.enum.join(', ')}`, value);
  }
  if (schema.format !== undefined && !formats[schema.format as FormatName](value as string)) {
    found.add('format', path, `is no ${schema.format.replace('xsd-', '')}`, value);
  }
}

function explainArray(
  schema: Schema,
  value: unknown[],
  path: string,
  defs: Definitions,
  found: IssueList,
): void {
  if (value.length < (schema.minItems ?? 0)) found.add('minItems', path, 'must have at least one entry');
  for (const [index, each] of value.entries()) {
    if (found.isFull) return;
    explain(schema.items ?? {}, each, below(path, index), defs, found);
  }
}

function explainObject(
  schema: Schema,
  value: Record<string, unknown>,
  path: string,
  defs: Definitions,
  found: IssueList,
): void {
  const properties = schema.properties ?? {};
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) found.add('required', below(path, name), 'is missing');
  }
  for (const rule of [schema, ...(schema.allOf ?? [])]) explainChoice(rule, value, path, found);
  for (const [name, member] of Object.entries(value)) {
    if (found.isFull) return;
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known !== undefined) explain(known, member, below(path, name), defs, found);
    else if (schema.additionalProperties === false) {
      found.add('unknown', below(path, name), unknownMessage(name, Object.keys(properties)), member);
    }
  }
}

/** Of the properties of a choice exactly one must be there. */
function explainChoice(
  { oneOf }: Schema,
  value: Record<string, unknown>,
  path: string,
  found: IssueList,
): void {
  if (oneOf === undefined) return;
  const names = oneOf.flatMap(({ required = [] }) => required);
  const present = names.filter((name) => Object.hasOwn(value, name));
  if (present.length === 1) return;
  const shown = names.length > 6 ? `${names.slice(0, 6).join(' | ')} | …` : names.join(' | ');
  const has = present.length === 0 ? 'none' : present.join(' and ');
  const message = `must have exactly one of ${shown}, has ${has}`;
  found.add('exactly-one', path, message, present.length === 0 ? undefined : present);
}

function unknownMessage(name: string, known: readonly string[]): string {
  const meant = known.find((each) => each.toLowerCase() === name.toLowerCase());
  return meant === undefined ? 'is not defined here' : `is not defined here; meant is perhaps ${meant}`;
}
