import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../errors';
import { readCatalogue } from '../schemas';
import { instanceOf } from '../testing/instances';
import { describeWithReference, referenceDirectory, xsdErrors } from '../testing/shared';
import { isPartial } from '../validate';
import { readB2mml, writeB2mml } from './index';

/** The minimum of each transaction, as B2MML V0600 or as the reason why not. */
const written = readCatalogue().transactions.map((transaction) => {
  const message = instanceOf(transaction, 'minimal');
  try {
    return { transaction, message, xml: writeB2mml(message, { version: 'V0600' }) };
  } catch (thrown) {
    if (!(thrown instanceof HubError)) throw thrown;
    return { transaction, message, refused: thrown.message };
  }
});
const documents = written.flatMap(({ message, xml }) => (xml === undefined ? [] : [{ message, xml }]));

test('the minimum of 326 of 519 transactions has a place in V0600, and comes back the same', () => {
  expect(documents).toHaveLength(326);
  // What need not be whole is not completed again with identifiers that the older release does without.
  for (const { message, xml } of documents.filter(({ message: { verb } }) => !isPartial(verb)))
    expect(readB2mml(xml).message.items).toEqual(message.items);
});

test('the others are refused: the noun is newer, or something of it is', () => {
  const reasons = written.flatMap(({ refused }) => (refused === undefined ? [] : [refused]));
  const known = /B2MML V0600 has no|has no place in B2MML V0600|is required in B2MML V0600/;
  expect(reasons.filter((reason) => !known.test(reason))).toEqual([]);
});

describeWithReference("held against MESA's schemas of V0600", () => {
  test('every document is valid', () => {
    const folder = join(referenceDirectory, 'xsd', 'V0600');
    const files = readdirSync(folder)
      .filter((file) => /^(B2MML|BatchML)-/.test(file) && !file.includes('Extensions'))
      .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
    const byFile = new Map<string, string[]>();
    for (const { xml } of documents) {
      const declaration = new RegExp(`element\\s+name\\s*=\\s*"${/<(\w+) xmlns/.exec(xml)?.[1]}"`);
      const file = files.find(({ text }) => declaration.test(text))?.file ?? '';
      byFile.set(file, [...(byFile.get(file) ?? []), xml]);
    }
    const errors = [...byFile].flatMap(([file, texts]) => xsdErrors(`V0600/${file}`, texts));
    expect(errors).toHaveLength(documents.length);
    expect(errors.filter((error) => error !== null)).toEqual([]);
  }, 60_000);
});
