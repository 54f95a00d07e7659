import * as fc from 'fast-check';
import { offsetOfFault, parseJson } from './json-text';

test.each([
  // text                        place
  ['{"a": x}', 'line 1, column 7'],
  ['{\n  "a": 1,\n  "b": tru\n}', 'line 3, column 8'],
  ['{"a":1 "b":2}', 'line 1, column 8'],
  ['{"a":1', 'line 1, column 7'],
  ['{"a":1}}', 'line 1, column 8'],
  ['[1,]', 'line 1, column 4'],
  ["{'a':1}", 'line 1, column 2'],
  ['{"a":"x\ny"}', 'line 1, column 8'],
  ['{"a":"\\q"}', 'line 1, column 7'],
  ['{"a":01}', 'line 1, column 6'],
  ['<order/>', 'line 1, column 1'],
])('%j is refused with its place: %s', (text, at) => {
  expect(() => parseJson(text, 'the document')).toThrow(
    expect.objectContaining({ code: 'HUB_BAD_JSON', at, message: expect.stringContaining(at) }),
  );
});

test('what is JSON is its value, and has no fault', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(text, 'it')).toEqual(JSON.parse(text));
      expect(offsetOfFault(text)).toBe(text.length);
    }),
  );
});

test('one wrong sign is not told before the word that it stands in', () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', ':', '"', 'x', '1', '\\'));
  fc.assert(
    fc.property(broken, ([text, n, put]) => {
      const at = n % text.length;
      const wrong = text.slice(0, at) + put + text.slice(at + 1);
      fc.pre(!isJson(wrong));
      const word = /[\w.+\\-]*$/.exec(text.slice(0, at))![0];
      expect(offsetOfFault(wrong)).toBeGreaterThanOrEqual(at - word.length);
    }),
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('a document nested without end is refused like any other', () => {
  expect(() => parseJson('['.repeat(1_000_000), 'it')).toThrow('line 1, column 1000001');
});
