import { loadValidator } from './generated/validators';
import { suspicion } from './rule-probe';
import type { Schema } from './schema-document';
import { readSchemas } from './schemas';

export interface Verdict {
  /** It fits its schema. */
  readonly fits: boolean;
  /** A rule above the schema is broken, or may be: the rules must be gone through. */
  readonly mayBreakRules: boolean;
}

type Check = (value: unknown) => boolean;

const checks = new Map<string, Check>();

/** Whether a value fits a definition of the model. Its family is loaded when it is first asked for. */
export function checkOf(definition: string): Check {
  const known = checks.get(definition) ?? loadValidator(definition);
  checks.set(definition, known);
  return known;
}

/** Holds a value against a check, and sees whether rules above the schema must be gone through. */
export function verdictOf(check: Check, value: unknown): Verdict {
  suspicion.isRaised = false;
  return { fits: check(value), mayBreakRules: suspicion.isRaised };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

let loaded: Readonly<Record<string, Schema>> | undefined;

/** The model's definitions by name, with references as `#/$defs/NAME`: read once something has to be explained. */
export function definitions(): Readonly<Record<string, Schema>> {
  loaded ??= Object.assign({}, ...readSchemas().map(({ $defs }) => lean($defs))) as Record<string, Schema>;
  return loaded;
}

/** Without what only people and the codec read; references into one document. */
function lean($defs: Record<string, Schema>): Record<string, Schema> {
  const text = JSON.stringify($defs, (key, value: unknown) => {
    if (key === 'x-b2mml' || (key === 'description' && typeof value === 'string')) return undefined;
    return key === '$ref' ? String(value).replace(/^.*#/, '#') : value;
  });
  return JSON.parse(text) as Record<string, Schema>;
}
