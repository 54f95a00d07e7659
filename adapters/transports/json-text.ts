import { HubError } from '../../model/errors';

/**
 * A document's JSON value. `what` names the document in the failure.
 * Throws HUB_BAD_JSON with line and column of the first character that cannot stand where it does.
 */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = placeIn(text, offsetOfFault(text));
    throw new HubError('HUB_BAD_JSON', `${what} is not JSON: ${(cause as Error).message} (${at})`, {
      at,
      cause,
    });
  }
}

function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or end';

/**
 * Where a text stops being JSON; its length where it only ends too soon. JSON.parse tells a position for some faults
 * and none for others. Keeps its own stack: a document may be nested as deeply as its sender likes.
 */
export function offsetOfFault(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  for (let at = nextSign(text, 0); at < text.length; at = nextSign(text, at)) {
    const sign = text[at]!;
    const mayClose = expected === ', or end' || expected === 'value or ]' || expected === 'name or }';
    if (mayClose && (sign === '}' || sign === ']') && open.at(-1) === (sign === '}' ? '{' : '[')) {
      open.pop();
      expected = ', or end';
      at++;
    } else if (expected === ', or end') {
      if (sign !== ',' || open.length === 0) return at;
      expected = open.at(-1) === '{' ? 'name' : 'value';
      at++;
    } else if (expected === ':') {
      if (sign !== ':') return at;
      expected = 'value';
      at++;
    } else if (expected === 'value' || expected === 'value or ]') {
      if (sign === '{' || sign === '[') {
        open.push(sign);
        expected = sign === '{' ? 'name or }' : 'value or ]';
        at++;
      } else {
        const { end, whole } = scalar(text, at);
        if (!whole) return end;
        expected = ', or end';
        at = end;
      }
    } else {
      if (sign !== '"') return at;
      const { end, whole } = textFrom(text, at);
      if (!whole) return end;
      expected = ':';
      at = end;
    }
  }
  return text.length;
}

const blank = /[ \t\n\r]*/y;
const literal = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a text of JSON must not hold.
const special = /["\\\u0000-\u001f]/g;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function nextSign(text: string, from: number): number {
  blank.lastIndex = from;
  blank.test(text);
  return blank.lastIndex;
}

interface Scanned {
  /** Behind the scalar, or at the fault in it. */
  readonly end: number;
  readonly whole: boolean;
}

function scalar(text: string, from: number): Scanned {
  if (text[from] === '"') return textFrom(text, from);
  literal.lastIndex = from;
  return literal.test(text) ? { end: literal.lastIndex, whole: true } : { end: from, whole: false };
}

function textFrom(text: string, from: number): Scanned {
  special.lastIndex = from + 1;
  for (let found = special.exec(text); found; found = special.exec(text)) {
    if (found[0] === '"') return { end: special.lastIndex, whole: true };
    escaped.lastIndex = found.index;
    if (found[0] !== '\\' || !escaped.test(text)) return { end: found.index, whole: false };
    special.lastIndex = escaped.lastIndex;
  }
  return { end: text.length, whole: false };
}
