import type { Message } from '../message';
import { readCatalogue } from '../schemas';
import { describeWithReference, xsdErrors } from '../testing/shared';
import { isPartial, validateMessage } from '../validate';
import { readB2mml, writeB2mml } from './index';
import { modelVersion, release } from './tables';

const applicationArea = { creationDateTime: '2026-01-01T00:00:00Z' };

/** What the standard requires in these is a time, a state or an attribute, for which nothing empty can stand. */
const unfillable = new Set([
  'ErrorMessage',
  'TransactionProfile',
  'WorkMasterCapability',
  'WorkRecord',
  'WorkflowSpecificationConnectionType',
  'BatchProductionRecord',
]);

/** A message of each transaction that need not carry whole objects, with next to nothing in it. */
const all = readCatalogue()
  .transactions.filter(({ verb }) => isPartial(verb))
  .map(({ verb, noun, itemType, hasReleaseId }): [string, Message] => [
    `${verb}${noun}`,
    {
      verb,
      noun,
      ...(hasReleaseId ? { releaseId: 'V0701' } : {}),
      applicationArea,
      items: [release(modelVersion).shape(itemType).properties.has('id') ? { id: '7' } : {}],
    } as Message,
  ]);

const messages = all.filter(([, { noun }]) => !unfillable.has(noun));

/** Entries of a calendar need nothing in them, so an empty one is told from none by nobody. */
const entryIsEmpty = 'WorkCalendarDefinition';

test.each(all.filter(([, { noun }]) => unfillable.has(noun)))(
  '%s must say what the standard requires of it',
  (_, message) => {
    expect(() => writeB2mml(message)).toThrow(/is required in B2MML V0701/);
  },
);

test('what asks, changes or takes back comes back with what it names, and nothing more', () => {
  for (const [element, message] of messages.filter(([, { noun }]) => noun !== entryIsEmpty)) {
    expect(validateMessage(message)).toEqual([]);
    expect({ element, message: readB2mml(writeB2mml(message)).message }).toEqual({ element, message });
  }
});

test('further in, too: a change of one time names the request and the time', () => {
  const change: Message = {
    verb: 'Change',
    noun: 'OperationsSchedule',
    releaseId: 'V0701',
    applicationArea,
    items: [
      {
        id: '1000001',
        operationsRequest: [
          { id: '1000001', segmentRequirement: [{ id: '0010', latestEndTime: '2026-01-01T00:00:00Z' }] },
        ],
      },
    ],
  };
  const xml = writeB2mml(change);
  expect(xml).toMatch(/<ProcessSegmentID\/>/);
  expect(readB2mml(xml).message).toEqual(change);
});

describeWithReference("held against MESA's schemas", () => {
  test(`${messages.length} transactions with little in them are valid`, () => {
    const errors = xsdErrors(
      'V0701/AllSchemas.xsd',
      messages.map(([, message]) => writeB2mml(message)),
    );
    const wrong = messages.flatMap(([element], index) =>
      errors[index] === null ? [] : [[element, errors[index]]],
    );
    expect(wrong).toEqual([]);
  });
});
