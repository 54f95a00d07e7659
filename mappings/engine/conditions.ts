import { HubError } from '../../model/errors';
import { isMissing, type Path, parsePath, sameText } from './paths';
import type { Frame, Reader, Run } from './run';
import { compileReader } from './run';

export type Guard = (frame: Frame, run: Run) => boolean;

/** `PATH exists|missing`, `PATH = VALUE`, `PATH != VALUE`, `PATH in VALUE,VALUE | @name`, `PATH not in …`. */
export interface Condition {
  readonly text: string;
  readonly path: Path;
  readonly test: 'exists' | 'missing' | '=' | '!=' | 'in' | 'not in';
  /** A text, several texts, or a path (`@name`, `$.x`, `^.x`, `#.x`). */
  readonly against: readonly string[] | Path;
}

const unary = /^(\S+)\s+(exists|missing)$/;
const binary = /^(\S+?)\s*(!=|=|\s+not\s+in\s+|\s+in\s+)\s*(.*)$/s;

export function parseCondition(text: string): Condition {
  const one = unary.exec(text.trim());
  if (one) {
    const [, path = '', test] = one;
    return { text, path: parsePath(path), test: test as 'exists' | 'missing', against: [] };
  }
  const two = splitBinary(text.trim());
  if (!two) {
    throw new HubError(
      'HUB_BAD_MAPPING',
      `the condition '${text}' cannot be read: use PATH exists, PATH missing, PATH = VALUE, PATH != VALUE or PATH in A,B`,
      { value: text },
    );
  }
  const { path, test, right } = two;
  if (/^(@|\$\.|\^\.|#\.)/.test(right))
    return { text, path: parsePath(path), test, against: parsePath(right) };
  const texts = test === 'in' || test === 'not in' ? right.split(',').map(unquoted) : [unquoted(right)];
  return { text, path: parsePath(path), test, against: texts };
}

/** The path may hold a selector with its own `=`, so brackets are skipped while looking for the test. */
function splitBinary(
  text: string,
): { path: string; test: '=' | '!=' | 'in' | 'not in'; right: string } | undefined {
  let end = 0;
  for (let depth = 0; end < text.length; end++) {
    const letter = text[end];
    if (letter === '[') depth++;
    else if (letter === ']') depth--;
    else if (depth === 0 && /[\s=!]/.test(letter as string)) break;
  }
  const found = binary.exec(`_${text.slice(end)}`);
  if (!found || end === 0) return undefined;
  const [, , test = '', right = ''] = found;
  if (right.trim() === '') return undefined;
  const word = test.trim().replace(/\s+/, ' ') as '=' | '!=' | 'in' | 'not in';
  return { path: text.slice(0, end), test: word, right: right.trim() };
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^(['"]).*\1$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}

export function compileConditions(conditions: readonly Condition[]): Guard | undefined {
  const guards = conditions.map(compileCondition);
  const [first, second] = guards;
  if (!first || !second) return first;
  return (frame, run) => guards.every((guard) => guard(frame, run));
}

function compileCondition({ path, test, against }: Condition): Guard {
  const read = compileReader(path);
  if (test === 'exists') return (frame, run) => !isMissing(read(frame, run));
  if (test === 'missing') return (frame, run) => isMissing(read(frame, run));
  const holds = comparison(read, against);
  return test === '!=' || test === 'not in' ? (frame, run) => !holds(frame, run) : holds;
}

function comparison(read: Reader, against: readonly string[] | Path): Guard {
  if ('steps' in against) {
    const other = compileReader(against);
    return (frame, run) => isOneOf(read(frame, run), other(frame, run));
  }
  const [only = ''] = against;
  if (against.length === 1) return (frame, run) => sameText(read(frame, run), only);
  const texts = new Set(against);
  return (frame, run) => {
    const value = read(frame, run);
    return !isMissing(value) && texts.has(String(value));
  };
}

/** Equal as text, or among the entries where the other side is a list. */
function isOneOf(value: unknown, other: unknown): boolean {
  if (isMissing(value) || isMissing(other)) return false;
  if (Array.isArray(other)) return other.some((one) => sameText(value, String(one)));
  return sameText(value, String(other));
}
