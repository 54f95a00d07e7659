import { readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { checkProject } from './check-project';
import { makeProject } from './init';
import { esperanto, folder } from './testing';

const place = folder();
const dir = place.path('my-plant');
makeProject(dir, { zone: 'Europe/Berlin' });

const hub = 'hub.yaml';
const mapping = 'mappings/shop/order.map.yaml';
const codes = 'codes/shop-state.yaml';
const schema = 'mappings/shop/native/Order.schema.json';

/** What check finds with one text of the new project in the place of another. */
function foundWith(file: string, from: string, to: string): string[] {
  const before = readFileSync(`${dir}/${file}`, 'utf8');
  if (!before.includes(from)) throw new Error(`${file} does not hold ${from}`);
  place.write(`my-plant/${file}`, before.replace(from, to));
  try {
    return checkProject(dir).map((issue) => `${relative(dir, issue.file)}:${issue.line} ${issue.code}`);
  } finally {
    place.write(`my-plant/${file}`, before);
  }
}

test('a new project has nothing to find', () => {
  expect(checkProject(dir)).toEqual([]);
});

// kind of fault, file, what stands there, the fault, findings
test.each<[string, string, string, string, string[]]>([
  [
    'an unknown source',
    mapping,
    'from: due',
    'from: duo',
    [`${mapping}:13 unknown-source`, `${mapping}:29 unread`],
  ],
  ['an unknown target', mapping, 'set: endTime', 'set: finishTime', [`${mapping}:13 unknown-target`]],
  [
    'a required target that is never set',
    mapping,
    '          - { set: processSegmentId, from: no }\n',
    '',
    [`${mapping}:18 never-set`],
  ],
  [
    'a target that is set twice',
    mapping,
    '      - { set: requestState,',
    '      - { set: id, from: product }\n      - { set: requestState,',
    [`${mapping}:12 set-twice`],
  ],
  [
    'a constant outside the enumeration',
    mapping,
    'from: state, codes: shop-state',
    'value: Started',
    [`${mapping}:12 not-allowed`, `${mapping}:29 unread`],
  ],
  ['a code outside the enumeration', codes, 'REL: Released', 'REL: Freed', [`${mapping}:12 not-allowed`]],
  ['a native code that nobody has explained', codes, 'DONE: Completed\n', '', [`${mapping}:12 code-missing`]],
  ['an unknown transform', mapping, 'as: local-date-time', 'as: local-time', [`${mapping}:13 bad-mapping`]],
  [
    'an unknown code table',
    mapping,
    'codes: shop-state',
    'codes: shop-status',
    [`${mapping}:12 bad-mapping`],
  ],
  ['an unknown word', mapping, 'optional: true', 'optionel: true', [`${mapping}:13 bad-mapping`]],
  [
    'a value of the wrong type',
    mapping,
    'from: seconds, as: seconds-duration',
    'from: seconds',
    [`${mapping}:20 wrong-type`],
  ],
  [
    'a native field that is neither read nor left out',
    schema,
    '"clerk": {',
    '"colour": { "type": "string" }, "clerk": {',
    [`${mapping}:29 unread`],
  ],
  [
    'a native field that is left out and read',
    mapping,
    'unused:\n',
    'unused:\n  due: Nobody needs it.\n',
    [`${mapping}:30 unused-but-read`],
  ],
  [
    'a native schema that is not there',
    mapping,
    'native: shop/Order',
    'native: shop/Orders',
    [`${mapping}:4 no-native-schema`],
  ],
  [
    'a noun that the model does not have',
    mapping,
    'noun: OperationsSchedule',
    'noun: Order',
    [`${hub}:28 never-enters`, `${mapping}:6 unknown-noun`],
  ],
  [
    'a table of codes that is none',
    codes,
    'NEW: Waiting',
    'NEW: [Waiting]',
    [`${codes}:1 bad-mapping`, `${mapping}:12 bad-mapping`],
  ],
  [
    'a mapping that is not there',
    hub,
    'Order: shop/order',
    'Order: shop/orders',
    [`${hub}:16 unknown-mapping`, `${hub}:28 never-enters`],
  ],
  ['an unknown adapter', hub, 'adapter: http-json', 'adapter: http-jsn', [`${hub}:11 unknown-adapter`]],
  [
    'an unknown setting',
    hub,
    `url: \${MES_URL`,
    `uri: \${MES_URL`,
    [`${hub}:22 settings`, `${hub}:22 settings`],
  ],
  ['an unknown system', hub, 'system: mes, map', 'system: mess, map', [`${hub}:30 unknown-system`]],
  [
    'a flow to a system that does not take the noun',
    hub,
    'system: mes, map: b2mml/transaction }',
    'system: mes, map: frepple/resource-availability }',
    [`${hub}:30 noun-not-taken`, `${hub}:30 record-not-taken`],
  ],
  [
    'a flow that nothing enters',
    hub,
    'OperationsSchedule, from: [shop]',
    'Person, from: [shop]',
    [`${hub}:28 never-enters`],
  ],
  [
    'a secret in clear',
    hub,
    `      url: \${MES_URL`,
    `      password: abc\n      url: \${MES_URL`,
    [`${hub}:22 secret-in-clear`],
  ],
  [
    'a secret in clear as the default of a variable',
    hub,
    `      url: \${MES_URL`,
    `      password: \${MES_PASSWORD:-abc}\n      url: \${MES_URL`,
    [`${hub}:22 secret-in-clear`],
  ],
  [
    'a password in an address',
    hub,
    'http://127.0.0.1',
    'http://me:abc@127.0.0.1',
    [`${hub}:22 secret-in-clear`],
  ],
  [
    'a key in the query of an address',
    hub,
    '8104/soap',
    '8104/soap?apikey=abc',
    [`${hub}:22 secret-in-clear`],
  ],
  ['an unknown time zone', hub, 'Europe/Berlin', 'Europe/Bonn', [`${hub}:5 time-zone`]],
])('finds %s, with file and line', (_, file, from, to, expected) => {
  expect(foundWith(file, from, to).sort()).toEqual([...expected].sort());
});

test('finds a mapping without cases', () => {
  const cases = 'mappings/shop/order.cases.yaml';
  const before = readFileSync(`${dir}/${cases}`, 'utf8');
  rmSync(`${dir}/${cases}`);
  expect(checkProject(dir)).toMatchObject([{ code: 'no-cases', file: `${dir}/${mapping}`, line: 1 }]);
  place.write(`my-plant/${cases}`, before);
});

describe('a variable of the environment that is not set', () => {
  const before = readFileSync(`${dir}/${hub}`, 'utf8');
  beforeAll(() => {
    const needing = before.replace(
      `\${MES_URL:-http://127.0.0.1:8104/soap}`,
      `\${MES_URL}\n      password: \${MES_PASSWORD}`,
    );
    place.write(`my-plant/${hub}`, needing);
  });
  afterAll(() => place.write(`my-plant/${hub}`, before));

  const check = (args: string[], env: object) =>
    esperanto(['check', dir, ...args], { env: { MES_URL: undefined, MES_PASSWORD: undefined, ...env } });

  test('is no fault of the files: a checkout without secrets is in order, and what is needed is named', () => {
    const { code, json } = check(['--json'], {});
    expect([code, json().ok, json().issues]).toEqual([0, true, []]);
    expect(json().unset).toMatchObject([{ line: 22 }, { line: 23 }]);
    expect(check([], {}).out).toMatch(
      /^Everything is in order\.\nNeeded where the hub runs(?:.|\n)*hub\.yaml:23: .*MES_PASSWORD is not set\n$/,
    );
  });

  test('is one with --env, for the machine that the hub is to run on', () => {
    const { code, json } = check(['--env', '--json'], { MES_URL: 'http://mes.example' });
    expect([code, json().unset]).toEqual([1, []]);
    expect(json().issues).toMatchObject([{ code: 'environment', line: 23 }]);
    expect(check(['--env'], { MES_URL: 'http://mes.example', MES_PASSWORD: 'x' }).code).toBe(0);
  });
});
