import Ajv2020, { type ErrorObject } from 'ajv/dist/2020';
import type { Issue } from '../model/errors';
import { closest } from './closest';

// As with all settings, a text from the environment becomes what is declared.
const ajv = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  coerceTypes: true,
  strict: true,
  useDefaults: true,
  verbose: true,
});

/** An object setting held to its schema: a copy with defaults filled in, and what does not fit. */
export function fitted(
  given: object,
  schema: object,
  what: string,
  name: string,
): { value: object; issues: Issue[] } {
  const value = structuredClone(given);
  const fits = ajv.compile(schema);
  // A wrong name of a property is told with the property itself.
  const errors = fits(value) ? [] : (fits.errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames');
  return { value, issues: errors.map((error) => issueOf(error, what, name)) };
}

function issueOf(error: ErrorObject, what: string, name: string): Issue {
  const steps = error.instancePath.split('/').slice(1).map(unescaped);
  const path = [name, ...steps].join('.');
  const place = steps.length === 0 ? what : `${what}: ${steps.join('.')}`;
  const { properties = {}, description } = error.parentSchema as {
    properties?: object;
    description?: string;
  };
  if (error.keyword === 'additionalProperties') {
    const extra = String(error.params.additionalProperty);
    const close = closest(extra, Object.keys(properties));
    const hint = close ? `; did you mean '${close}'?` : '';
    return {
      rule: 'setting-unknown',
      path: `${path}.${extra}`,
      message: `${place} has no '${extra}'${hint}`,
    };
  }
  if (error.keyword === 'required') {
    const { missingProperty } = error.params as { missingProperty: string };
    const missing = (properties as Record<string, { description?: string }>)[missingProperty];
    const message = `${place} needs '${missingProperty}'${missing?.description ? `: ${missing.description}` : ''}`;
    return { rule: 'setting-missing', path, message };
  }
  const allowed = error.keyword === 'enum' ? `: ${(error.params.allowedValues as unknown[]).join(', ')}` : '';
  // A pattern says nothing to people; its description does.
  const reason =
    error.keyword === 'pattern' ? `cannot be ${JSON.stringify(error.data)}` : `${error.message}${allowed}`;
  const message = `${place} ${reason}${description ? `: ${description}` : ''}`;
  return { rule: 'setting-type', path, message, value: error.data };
}

const unescaped = (step: string) => step.replaceAll('~1', '/').replaceAll('~0', '~');
