import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from '../import/transactions';
import { readCatalogue } from '../schemas';
import { type Filling, instanceOf, objectInstance } from '../testing/instances';
import { describeWithReference, xsdErrors } from '../testing/shared';
import { validateMessage, validateObject } from '../validate';
import { readB2mml, writeB2mml } from './index';
import { modelVersion, release } from './tables';

const { transactions, objects } = readCatalogue();

/** A choice of 52 objects is the widest: every alternative of it is tried for the nouns that hold one. */
const alternatives = (transaction: Transaction) =>
  /Event|Record|Hierarchy/.test(transaction.itemType) ? 2 : 1;

interface Written {
  readonly name: string;
  readonly xml: string;
}

/** Writes an instance, reads it again and gives what was written. */
function roundTrip(transaction: Transaction, filling: Filling, alternative: number): Written {
  const message = instanceOf(transaction, filling, alternative);
  const xml = writeB2mml(message, { validate: false });
  const read = readB2mml(xml);
  const expected = { message, version: 'V0701', defects: [], notes: [] };
  // Jest's own comparison is slow; it is wanted only to show a difference.
  if (!isDeepStrictEqual(read, expected)) expect(read).toEqual(expected);
  return { name: `${transaction.element} ${filling} ${alternative}`, xml };
}

const written: Written[] = [];

describe('every transaction of the standard goes through XML and back unchanged', () => {
  const nouns = [...new Set(transactions.map(({ noun }) => noun))];
  test.each(nouns)('%s', (noun) => {
    for (const transaction of transactions.filter((each) => each.noun === noun)) {
      written.push(roundTrip(transaction, 'minimal', 0));
      for (let alternative = 0; alternative < alternatives(transaction); alternative++) {
        written.push(roundTrip(transaction, 'full', alternative));
      }
    }
  });

  test('that is 519 transactions, 487 of them without those of BatchML', () => {
    const names = new Set(written.map(({ name }) => name.split(' ')[0]));
    const batch = objects
      .filter(({ family }) => family.startsWith('b2mml-batchml'))
      .map(({ element }) => element);
    const ofBatch = transactions.filter(({ noun }) => batch.includes(noun)).map(({ element }) => element);
    expect(names.size).toBe(519);
    expect([...names].filter((name) => !ofBatch.includes(name ?? ''))).toHaveLength(487);
  });
});

test.each(['minimal', 'full'] as const)('the %s instance of each object fits its schema', (filling) => {
  for (const { element, type } of objects) {
    // What the instance refers to is not in it.
    const issues = validateObject(element, objectInstance(type, filling)).filter(
      ({ rule }) => rule !== 'reference',
    );
    expect({ element, issues }).toEqual({ element, issues: [] });
  }
});

test('each alternative of an information object is written and read', () => {
  const record = transactions.find(({ element }) => element === 'ProcessWorkRecord')!;
  const names = release(modelVersion).shape('InformationObject').exactlyOne[0]!;
  for (const [alternative, name] of names.entries()) {
    const message = instanceOf(record, 'minimal', alternative);
    const entry = (message.items[0]!.workRecordEntry as Record<string, unknown>[])[0]!;
    if (alternative % 2 === 1) delete entry.externalReferenceId;
    entry.informationObject = objectInstance('InformationObject', 'minimal', alternative);
    expect(Object.keys(entry.informationObject as object)).toEqual([name]);
    expect(readB2mml(writeB2mml(message)).message).toEqual(message);
  }
});

test('an object alone is written and read without a transaction around it', () => {
  for (const { element, type } of objects) {
    const item = objectInstance(type, 'full');
    const applicationArea = { creationDateTime: '2026-01-01T00:00:00Z' };
    const xml = writeB2mml(
      { verb: 'Sync', noun: element, bare: true, applicationArea, items: [item] },
      { validate: false },
    );
    const { message, defects } = readB2mml(xml);
    expect({ noun: message.noun, bare: message.bare, items: message.items, defects }).toEqual({
      noun: element,
      bare: true,
      items: [item],
      defects: [],
    });
  }
});

test('a message with every member filled is valid', () => {
  const schedule = transactions.find(({ element }) => element === 'ProcessOperationsSchedule')!;
  expect(validateMessage(instanceOf(schedule, 'full'))).toEqual([]);
});

describeWithReference("held against MESA's own schemas", () => {
  test('every document is valid', () => {
    const errors = xsdErrors(
      'V0701/AllSchemas.xsd',
      written.map(({ xml }) => xml),
    );
    const invalid = written
      .map(({ name }, index) => ({ name, error: errors[index] }))
      .filter(({ error }) => error !== null);
    expect(invalid).toEqual([]);
    expect(errors.length).toBeGreaterThanOrEqual(2 * 519);
  }, 60_000);
});
