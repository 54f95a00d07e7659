import fc from 'fast-check';
import { HubError } from '../errors';
import { IssueList } from '../explain';
import type { CanonicalObject, Message } from '../message';
import { checkRules } from '../rule-checks';
import { instanceOf } from '../testing/instances';
import { definition, order } from '../testing/messages';
import { issueLimit, transactionOf, validateMessage, validateObject } from '../validate';
import { canonicalXml } from './canonical-xml';
import { readB2mml, writeB2mml } from './index';
import { isWritable } from './markup';
import { type ChildEntry, modelVersion, release, type TextKind } from './tables';

const known = release(modelVersion);

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter(isWritable);

const texts: Readonly<Record<TextKind, fc.Arbitrary<string | boolean>>> = {
  string: text,
  decimal: fc
    .tuple(fc.constantFrom('', '-', '+'), fc.nat(), fc.nat(999))
    .map(([sign, whole, part]) => `${sign}${whole}.${part}`),
  'date-time': fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  duration: fc.nat(100_000).map((seconds) => `PT${seconds}S`),
  boolean: fc.boolean(),
};

/** Any object of a type: required members always, others now and then, to a depth. */
function objects(type: string, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const { children, exactlyOne } = known.shape(type);
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  const required: string[] = [];
  for (const entry of children) {
    if (
      entry.slot !== undefined ||
      entry.run !== undefined ||
      exactlyOne.some((names) => names.slice(1).includes(entry.property))
    )
      continue;
    const isNeeded = entry.required === true || exactlyOne.some(([first]) => first === entry.property);
    if (!isNeeded && entry.type !== undefined && depth === 0) continue;
    if (isNeeded) required.push(entry.property);
    const value = anyValue(entry, depth);
    members[entry.property] = entry.many ? fc.array(value, { minLength: 1, maxLength: 2 }) : value;
  }
  return fc.record(members, { requiredKeys: required, noNullPrototype: true });
}

function anyValue(entry: ChildEntry, depth: number): fc.Arbitrary<unknown> {
  if (entry.type !== undefined) return objects(entry.type, Math.max(0, depth - 1));
  const value =
    entry.values === undefined
      ? texts[entry.text ?? 'string']
      : fc.constantFrom(...known.values(entry.values));
  return entry.nillable ? fc.option(value, { nil: null, freq: 10 }) : value;
}

test.each([
  'OperationsSchedule',
  'OperationsPerformance',
  'OperationsDefinition',
  'OperationsCapability',
  'MaterialDefinition',
  'Equipment',
  'WorkSchedule',
])('any %s goes through XML and back unchanged', (noun) => {
  const transaction = transactionOf('Process', noun)!;
  const base = instanceOf(transaction, 'minimal');
  fc.assert(
    fc.property(fc.array(objects(transaction.itemType, 2), { minLength: 1, maxLength: 2 }), (items) => {
      const message: Message = { ...base, items: items as CanonicalObject[] };
      const xml = writeB2mml(message, { validate: false });
      const read = readB2mml(xml);
      expect(read.message).toEqual(message);
      expect(read.defects).toEqual([]);
      // Rules above the schema may find something in what chance has made; the schema does not.
      const rules = new Set(validateMessage(read.message).map(({ rule }) => rule));
      for (const rule of ['type', 'format', 'enum', 'required', 'unknown']) expect(rules).not.toContain(rule);
    }),
    { numRuns: 40 },
  );
});

test('what validation refuses and what it takes is the same before and after XML', () => {
  const paths = fc.constantFrom('startTime', 'priority', 'requestState', 'operationsDefinitionId', 'version');
  fc.assert(
    fc.property(paths, text, (property, value) => {
      const message = order() as Message;
      const [request] = message.items[0]!.operationsRequest as Record<string, unknown>[];
      request![property] = value;
      const before = validateMessage(message).map(({ rule, path }) => `${rule} ${path}`);
      const after = validateMessage(
        readB2mml(writeB2mml(message, { validate: false }), { tolerant: before.length > 0 }).message,
      );
      // An empty date or state is dropped by the tolerant reader.
      if (value.trim() !== '') expect(after.map(({ rule, path }) => `${rule} ${path}`)).toEqual(before);
    }),
    { numRuns: 100 },
  );
});

test('a quick look while validating misses no broken rule', () => {
  const times = fc.constantFrom(
    '2026-01-01T00:00:00Z',
    '2026-01-02T00:00:00Z',
    '2026-01-01T12:00:00',
    'soon',
  );
  const values = fc.record({
    valueString: fc.constantFrom('1', ' 1', '1e5', '', 'x', '-1'),
    dataType: fc.constantFrom('decimal', 'integer', 'double', 'string', 'nonNegativeInteger'),
  });
  const parts: fc.Arbitrary<Record<string, unknown>> = fc.record({ id: fc.constantFrom('A', 'B', 'C') });
  const equipment = fc.record({
    id: fc.constantFrom('A', 'B', 'C'),
    effectiveStartDate: times,
    effectiveEndDate: times,
    equipmentProperty: fc.array(
      fc.record({ id: fc.constant('1'), value: fc.array(values, { minLength: 1 }) }),
    ),
    equipmentChild: fc.array(parts, { maxLength: 2 }),
  });
  fc.assert(
    fc.property(equipment, (object) => {
      const broken = new IssueList(issueLimit);
      checkRules('Equipment', [object], '', { whole: true }, broken);
      expect(validateObject('Equipment', object)).toEqual(expect.arrayContaining(broken.issues));
    }),
    { numRuns: 200 },
  );
});

test('a document that was damaged is read, or refused with a reason', () => {
  const xml = writeB2mml(order() as Message);
  const damage = fc.tuple(
    fc.nat(xml.length),
    fc.nat(30),
    fc.oneof(text, fc.constantFrom('<', '>', '&', '"', '</', '<!--', ']]>', '<![CDATA[')),
  );
  fc.assert(
    fc.property(damage, fc.boolean(), ([at, length, inserted], tolerant) => {
      try {
        readB2mml(xml.slice(0, at) + inserted + xml.slice(at + length), { tolerant });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HubError);
      }
    }),
    { numRuns: 500 },
  );
});

test('two documents are the same in canonical form whatever their prefixes, comments and white space', () => {
  const message: Message = {
    ...(order() as Message),
    noun: 'OperationsDefinition',
    items: [definition() as CanonicalObject],
  };
  const xml = writeB2mml(message);
  const prefixed = xml
    .replace(/<(\/?)([A-Za-z])/g, '<$1b:$2')
    .replace('xmlns=', 'xmlns:b=')
    .replaceAll('\n', '\n  <!-- a comment -->  ')
    .replace(/^<\?xml.*?\?>/, '');
  expect(canonicalXml(prefixed)).toBe(canonicalXml(xml));
  expect(canonicalXml(xml.replace('PV-100', 'PV-101'))).not.toBe(canonicalXml(xml));
});
