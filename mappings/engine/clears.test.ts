import { mergeByIdentity } from '../../model/merge';
import type { CanonicalObject, Message } from '../../model/message';
import { validateMessage } from '../../model/validate';
import { loadMappings } from '.';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder({});

/** A mapping of changes to materials: `/` says nothing, an empty field clears. */
function mapping(direction = 'both') {
  folder.write(
    'erp/material.map.yaml',
    `version: "1"
direction: ${direction}
native: erp/Material
empty: ["/"]
records: [Material]
message: { verb: Change, noun: MaterialDefinition }
key: id
rules:
  - { set: id, from: No, as: trim-leading-zeros }
  - { set: "description[0]", from: Text, as: trim, clears: true }
  - { set: version, from: Version, clears: true }
  - { set: effectiveEndDate, from: Until, as: local-date-time, clears: true }
`,
  );
  return loadMappings([folder.path()]).get('erp/material');
}

function read(body: object): Message {
  const outcome = mapping().read(body, { zone: 'Europe/Berlin', now: '2026-01-01T00:00:00Z' });
  if ('issues' in outcome) throw new Error(JSON.stringify(outcome.issues));
  return outcome.message;
}

const known: CanonicalObject = {
  id: '7',
  description: ['Seal'],
  _description: [{ languageId: 'en' }],
  version: 'A',
  effectiveEndDate: '2030-01-01T00:00:00Z',
};
const merged = (body: object) => mergeByIdentity(known, read(body).items[0]);

test('a value takes the place of the one before, through mapping, validation and merge', () => {
  const message = read({ No: '007', Text: 'Valve', Version: 'B' });
  expect(validateMessage(message)).toEqual([]);
  expect(mergeByIdentity(known, message.items[0])).toEqual({
    id: '7',
    description: ['Valve'],
    version: 'B',
    effectiveEndDate: known.effectiveEndDate,
  });
});

test('a field that is there and empty clears the member, and its list', () => {
  const message = read({ No: '007', Text: '', Version: null });
  expect(message.items).toEqual([{ id: '7', description: null, version: null }]);
  expect(validateMessage(message)).toEqual([]);
  expect(mergeByIdentity(known, message.items[0])).toEqual({
    id: '7',
    effectiveEndDate: known.effectiveEndDate,
  });
});

test('what is not sent, or is what the sender writes for nothing, stays as it was', () => {
  expect(merged({ No: '007', Text: '/', Until: '/' })).toEqual(known);
  expect(merged({ No: '007' })).toEqual(known);
});

test('null where no Change is stays an issue', () => {
  const message = { ...read({ No: '007', Version: '' }), verb: 'Sync' as const };
  expect(validateMessage(message)).toMatchObject([{ path: 'items[0].version', rule: 'type' }]);
});

test('on the way back a cleared member empties its field', () => {
  const item = { id: '7', description: null, version: null };
  expect(mapping().write(item, { zone: 'Europe/Berlin' })).toMatchObject({
    records: [{ body: { No: '7', Text: '', Version: '' } }],
  });
});

test.each([
  'set: id, from: [A, B], clears: true',
  'set: "@bodId", from: A, clears: true',
  'set: id, value: A, clears: true',
])('%s is no rule', (rule) => {
  folder.write(
    'erp/wrong.map.yaml',
    `version: "1"\ndirection: in\nrecords: [W]\nmessage: { verb: Change, noun: MaterialDefinition }\nrules:\n  - { ${rule} }\n`,
  );
  expect(() => loadMappings([folder.path()])).toThrow(/clears goes with one field/);
});
