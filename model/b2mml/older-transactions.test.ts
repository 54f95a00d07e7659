import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from '../import/transactions';
import { instanceOf } from '../testing/instances';
import { describeWithReference, xsdErrors } from '../testing/shared';
import { validateMessage } from '../validate';
import { readDocument } from './document';
import { readB2mml } from './index';
import { release, type Version } from './tables';
import { writeDocument } from './writer';

const fillings = ['minimal', 'full'] as const;

/** What instances put where any element may stand: the schema of one family does not know it. */
const foreign = /<Equipment xmlns="[^"]*"><ID>7<\/ID><\/Equipment>/g;

/** All transactions of an older release as documents. */
function documents(version: Version) {
  const known = release(version);
  return known.tables.transactions.flatMap((transaction) =>
    fillings.map((filling) => {
      const message = instanceOf(transaction, filling, 0, known);
      return { transaction, message, xml: writeDocument(message, known) };
    }),
  );
}

/** One verb of each noun: what becomes of an object does not depend on the verb. */
const isTranslated = ({ transaction: { verb } }: { transaction: Transaction }) =>
  ['Process', 'Show', 'Confirm'].includes(verb);

describe.each([
  ['V0600', 419],
  ['V0401', 235],
] as const)('%s', (version, count) => {
  const all = documents(version);

  test(`has ${count} transactions, and each goes through XML and back unchanged`, () => {
    expect(all).toHaveLength(count * fillings.length);
    for (const { transaction, message, xml } of all) {
      const read = readDocument(xml);
      const isSame = isDeepStrictEqual(read, { version, message, defects: [] });
      expect({ element: transaction.element, isSame }).toEqual({
        element: transaction.element,
        isSame: true,
      });
    }
  });

  test('what it becomes in the model fits, but for parts that the model requires and nobody can know', () => {
    for (const { transaction, xml } of all.filter(isTranslated)) {
      const { message } = readB2mml(xml);
      const rules = validateMessage(message).map(({ rule }) => rule);
      const wrong = rules.filter((rule) =>
        ['type', 'format', 'enum', 'unknown', 'exactly-one', 'transaction'].includes(rule),
      );
      expect({ element: transaction.element, wrong }).toEqual({ element: transaction.element, wrong: [] });
    }
  });
});

describeWithReference("older releases held against MESA's schemas", () => {
  test.each([
    ['V0600', 'OperationsSchedule'],
    ['V0600', 'ProductionSchedule'],
    ['V0600', 'OperationsPerformance'],
    ['V0600', 'Material'],
    ['V0600', 'Equipment'],
    ['V0401', 'ProductionSchedule'],
    ['V0401', 'ProductionPerformance'],
    ['V0401', 'Material'],
  ] as const)('%s %s', (version, family) => {
    const own = documents(version).filter(
      ({ transaction: { noun } }) =>
        noun === family ||
        (family === 'Material' && noun === 'MaterialInformation') ||
        (family === 'Equipment' && noun === 'EquipmentInformation'),
    );
    const errors = xsdErrors(
      `${version}/B2MML-${version}-${family}.xsd`,
      own.map(({ xml }) => xml.replaceAll(foreign, '')),
    );
    expect(own.length).toBeGreaterThanOrEqual(16);
    expect(errors.filter((error) => error !== null)).toEqual([]);
  });
});
