import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { HubError } from '../../model/errors';
import { packageRoot } from '../../model/paths';
import { declaredBy, parseSettings } from '../settings';
import { httpJson } from '.';

const parse = (values: Record<string, unknown>) => parseSettings(httpJson, values, 'hub.yaml');
const orders = { records: { Order: { key: 'number' } } };

function told(values: Record<string, unknown>): string[] {
  try {
    parse(values);
  } catch (error) {
    return (error as HubError).issues.map(({ message }) => message);
  }
  return [];
}

test('the settings say what the system hands over and takes', () => {
  const send = { Receipt: { path: '/receipts' }, Stock: { path: '/stock/{key}', method: 'PUT' } };
  const { receives, sends } = declaredBy(httpJson, parse({ ...orders, url: 'http://shop', send }));
  expect([receives, sends]).toEqual([['Order'], ['Receipt', 'Stock']]);
});

test.each([
  [{ path: '/x' }, false],
  [{ path: '/x', repeatable: true }, true],
  [{ path: '/x', method: 'PUT' }, true],
  [{ path: '/x', method: 'PUT', repeatable: false }, false],
])('sending %j is promised to be repeatable: %s', (spec, repeatable) => {
  const { promises } = declaredBy(httpJson, parse({ url: 'http://shop', send: { Receipt: spec } }));
  expect(promises.sendIsIdempotent).toBe(repeatable);
});

test('defaults are filled in inside, and texts from the environment become numbers', () => {
  const { poll } = parse({ ...orders, url: 'http://shop', poll: { Order: { path: '/o', everyMs: '250' } } });
  expect(poll).toEqual({ Order: { path: '/o', everyMs: 250, list: '.' } });
});

test('the settings that adapters/README.md shows are in order', () => {
  const readme = readFileSync(join(packageRoot, 'adapters/README.md'), 'utf8');
  const shown = [...readme.matchAll(/^```yaml settings\n(.*?)^```$/gms)].map(([, text]) => text!);
  expect(shown).toHaveLength(2);
  for (const text of shown) expect(told(parseYaml(text))).toEqual([]);
});

test.each([
  [{ records: { Order: {} } }, /Order needs 'key': Path of the business key/],
  [{ records: { Order: { key: 'a..b' } } }, /Order\.key cannot be "a\.\.b": Path of the business key/],
  [{ records: { Order: { kee: 'a' } } }, /Order has no 'kee'; did you mean 'key'\?/],
  [{ records: { 'a/b': { key: 'a' } } }, /cannot be "a\/b"/],
  [{ send: { Receipt: { path: '/r', method: 'GET' } } }, /method must be .*: POST, PUT, PATCH, DELETE/],
  [{ send: { Receipt: { path: 'r' } }, url: 'http://shop' }, /path cannot be "r": Where it is sent/],
  [{ send: { Receipt: { path: '/r', ok: [503] } }, url: 'http://shop' }, /must be <= 499/],
  [{}, /needs records .* or send/],
  [{ send: { Receipt: { path: '/r' } } }, /needs a url for send/],
  [{ ...orders, poll: { Order: { path: '/o' } } }, /needs a url for poll/],
  [{ ...orders, url: 'http://shop', poll: { Part: { path: '/o' } } }, /records does not say what its key is/],
  [{ records: { A: { key: 'a' }, B: { key: 'b' } } }, /nothing is ever B: A stands before it/],
])('%j is refused', (values, reason) => {
  expect(told(values)).toContainEqual(expect.stringMatching(reason));
});
