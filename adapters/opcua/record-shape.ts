import { HubError, type Issue } from '../../model/errors';

/**
 * The shape of a record: field → kind. A `!` makes it required, a one-entry list means a list of such objects.
 * Fields that are not named are refused: the OPC UA stack would drop them without a word.
 */
export interface Shape {
  readonly [field: string]: Kind | readonly [Shape] | readonly [Shape, '!'];
}
type Plain = 'text' | 'texts' | 'integer' | 'boolean' | 'instant' | 'decimal' | 'value';
type Kind = Plain | `${Plain}!`;

const zoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const decimal = /^-?\d+(\.\d+)?$/;

const tests: Record<Plain, { is: (value: unknown) => boolean; words: string }> = {
  text: { is: (value) => typeof value === 'string', words: 'a text' },
  texts: {
    is: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== ''),
    words: 'a list of texts',
  },
  integer: { is: (value) => Number.isSafeInteger(value), words: 'a whole number' },
  boolean: { is: (value) => typeof value === 'boolean', words: 'true or false' },
  instant: {
    is: (value) => typeof value === 'string' && zoned.test(value) && !Number.isNaN(Date.parse(value)),
    words: 'a time with its zone, as in 2025-03-01T08:00:00Z',
  },
  decimal: {
    is: (value) => typeof value === 'string' && decimal.test(value),
    words: 'a decimal number as text',
  },
  value: {
    is: (value) => ['string', 'number', 'boolean'].includes(typeof value),
    words: 'a text, a number, true or false',
  },
};

/** Throws HUB_INVALID with every defect at once. */
export function checkShape(record: unknown, shape: Shape, name: string): void {
  const issues = defects(record, shape, '');
  if (issues.length === 0) return;
  const [first] = issues as [Issue];
  throw new HubError('HUB_INVALID', `${name}: ${first.path || 'the record'} ${first.message}`, {
    at: first.path,
    value: first.value,
    issues,
  });
}

function defects(record: unknown, shape: Shape, path: string): Issue[] {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return [{ rule: 'shape', path, message: 'must be an object', value: record }];
  }
  const fields = record as Record<string, unknown>;
  const unknown = Object.keys(fields)
    .filter((field) => !Object.hasOwn(shape, field))
    .map((field) => ({
      rule: 'unknown-field',
      path: path + field,
      message: `is no field of it; there are ${Object.keys(shape).join(', ')}`,
      value: fields[field],
    }));
  const known = Object.entries(shape).flatMap(([field, kind]) =>
    defectsOf(fields[field], kind, path + field),
  );
  return [...unknown, ...known];
}

function defectsOf(value: unknown, kind: Shape[string], path: string): Issue[] {
  const required = typeof kind === 'string' ? kind.endsWith('!') : kind[1] === '!';
  if (value === undefined || value === null || value === '') {
    return required ? [{ rule: 'missing', path, message: 'is missing', value }] : [];
  }
  if (typeof kind !== 'string') {
    if (!Array.isArray(value)) return [{ rule: 'shape', path, message: 'must be a list', value }];
    return value.flatMap((entry, index) => defects(entry, kind[0], `${path}[${index}].`));
  }
  const { is, words } = tests[kind.replace('!', '') as Plain];
  return is(value) ? [] : [{ rule: 'kind', path, message: `must be ${words}`, value }];
}
