import { HubError } from '../errors';
import type { Message } from '../message';
import { order } from '../testing/messages';
import { validateMessage } from '../validate';
import { readB2mml, readB2mmlElement, writeB2mml } from './index';

const xml = writeB2mml(order() as Message);

/** The failure of reading a document. */
function failure(text: string | Uint8Array, options = {}): HubError {
  try {
    readB2mml(text, options);
  } catch (thrown) {
    if (thrown instanceof HubError) return thrown;
    throw thrown;
  }
  throw new Error('was read');
}

test('a message written and read is the same message', () => {
  expect(readB2mml(xml)).toEqual({ message: order(), version: 'V0701', defects: [], notes: [] });
});

test.each([
  ['nothing', '', 'HUB_BAD_XML'],
  ['no XML', '{"verb": "Process"}', 'HUB_BAD_XML'],
  ['an end too early', xml.slice(0, -30), 'HUB_BAD_XML'],
  ['tags that do not match', xml.replace('</Priority>', '</priority>'), 'HUB_BAD_XML'],
  ['two documents', xml + xml.replace(/<\?.*\?>/, ''), 'HUB_BAD_XML'],
  ['an entity nobody declared', xml.replace('PRESS-01', '&press;'), 'HUB_BAD_XML'],
  ['a control character', xml.replace('PRESS-01', '\u0001'), 'HUB_BAD_XML'],
  ['a prefix nobody declared', xml.replace('<Priority>', '<x:Priority>'), 'HUB_BAD_XML'],
  ['a document type', xml.replace('?>', '?><!DOCTYPE a [<!ENTITY b "c">]>'), 'HUB_XML_DTD'],
  ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', 'HUB_XML_DTD'],
  ['another kind of document', '<invoice xmlns="urn:other"/>', 'HUB_INVALID'],
  [
    'nesting without end',
    `<SyncJobList xmlns="http://www.mesa.org/xml/B2MML">${'<a>'.repeat(1_000)}`,
    'HUB_TOO_LARGE',
  ],
])('%s is refused', (_, text, code) => {
  expect(failure(text).code).toBe(code);
});

test('bytes that are not of the encoding are refused', () => {
  expect(failure(Buffer.from(xml.replace('DN50', '\u00fc'), 'latin1')).code).toBe('HUB_BAD_XML');
});

test('an encoding that nobody knows is called so', () => {
  expect(failure(Buffer.from(xml.replace('UTF-8', 'KLINGON'))).message).toMatch(
    /no encoding is called KLINGON/,
  );
});

test('a document larger than the limit is refused before it is parsed', () => {
  expect(failure(xml, { limits: { maxLength: 100 } }).code).toBe('HUB_TOO_LARGE');
});

test('what is not well-formed is refused with line and column', () => {
  expect(failure(xml.replace('</LogicalID>', '</Logical>')).at).toMatch(/^line 5, column \d+$/);
});

test.each([
  ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
  ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text.replace('UTF-8', 'UTF-16')}`, 'utf16le')],
  [
    'UTF-16 without a byte order mark',
    (text: string) => Buffer.from(text.replace('UTF-8', 'UTF-16'), 'utf16le'),
  ],
  [
    'UTF-16 with the other byte first',
    (text: string) => Buffer.from(text.replace('UTF-8', 'UTF-16'), 'utf16le').swap16(),
  ],
  ['a declared encoding', (text: string) => Buffer.from(text.replace('UTF-8', 'ISO-8859-1'), 'latin1')],
  ['text with a byte order mark', (text: string) => `\uFEFF${text}`],
])('%s is read', (_, encode) => {
  const { message } = readB2mml(encode(xml.replace('DN50', 'D\u00fc50')));
  expect(JSON.stringify(message)).toContain('D\u00fc50');
});

test('no value is coerced', () => {
  const values = ['007', '1.10', '1e5', '0x1F', '+5', '12345678901234567890', ' padded ', 'true', 'null'];
  const message = order() as Message;
  const [request] = message.items[0]!.operationsRequest as Record<string, unknown>[];
  request!.description = values;
  const [read] = readB2mml(writeB2mml(message)).message.items[0]!.operationsRequest as Record<
    string,
    unknown
  >[];
  expect(read!.description).toEqual(values);
});

test('a document inside a SOAP envelope is found', () => {
  const body = xml.replace(/<\?.*\?>/, '');
  const soap = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><a>1</a></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
  expect(readB2mmlElement(soap).message).toEqual(order());
  expect(() => readB2mmlElement('<s:Envelope xmlns:s="urn:x"/>')).toThrow('no B2MML document');
});

describe('a document that does not fit its schema', () => {
  const path = 'items[0].operationsRequest[0]';
  const cases: [string, (text: string) => string, string][] = [
    ['a missing releaseID', (text) => text.replace(' releaseID="V0701"', ''), 'required releaseId'],
    [
      'a missing element',
      (text) => text.replace(/<ProcessSegmentID>.*?<\/ProcessSegmentID>/, ''),
      `required ${path}.segmentRequirement[0].processSegmentId`,
    ],
    [
      'an element nobody knows',
      (text) => text.replace('<Priority>', '<Colour>red</Colour><Priority>'),
      `unknown ${path}.Colour`,
    ],
    [
      'an attribute nobody knows',
      (text) => text.replace('<Priority>', '<Priority colour="red">'),
      `unknown-attribute ${path}.priority`,
    ],
    [
      'an element too late',
      (text) => text.replace('</OperationsRequest>', '<Version>1</Version></OperationsRequest>'),
      `order ${path}.version`,
    ],
    [
      'an element too often',
      (text) => text.replace('<Priority>', '<Priority>2</Priority><Priority>'),
      `repeated ${path}.priority`,
    ],
    [
      'an extension too early',
      (text) => text.replace('<Priority>', '<x:E xmlns:x="urn:x"/><Priority>'),
      `order ${path}.priority`,
    ],
    [
      'a type that is not the schema’s',
      (text) =>
        text.replace(
          '<Priority>',
          '<Priority xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Text">',
        ),
      `unknown-attribute ${path}.priority`,
    ],
    [
      'a value that is not listed',
      (text) => text.replace('>Released<', '>Open<'),
      `enum ${path}.requestState`,
    ],
    [
      'a date that is none',
      (text) => text.replace('2026-03-02T08:00:00+01:00', 'tomorrow'),
      `format ${path}.startTime`,
    ],
    ['text between elements', (text) => text.replace('<Priority>', 'x<Priority>'), `text ${path}`],
    [
      'nil where it may not be',
      (text) =>
        text.replace(
          '<Priority>1</Priority>',
          '<Priority xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>',
        ),
      `nil ${path}.priority`,
    ],
    ['no namespace', (text) => text.replace(/ xmlns="[^"]*"/, ''), 'namespace '],
  ];

  test.each(cases)('%s is refused with path and line', (_, change, expected) => {
    const { code, issues } = failure(change(xml));
    expect({ code, places: issues.map(({ rule, path: place }) => `${rule} ${place}`) }).toEqual({
      code: 'HUB_INVALID',
      places: [expected],
    });
    if (!expected.startsWith('namespace')) expect(issues[0]!.message).toMatch(/\(line \d+\)$/);
  });

  test.each(cases)('%s is read, and named, where the reader is tolerant', (_, change, expected) => {
    const { message, defects } = readB2mml(change(xml), { tolerant: true });
    expect(defects.map(({ rule, path: place }) => `${rule} ${place}`)).toEqual([expected]);
    expect(message.items[0]!.id).toBe('1000001');
  });

  test('an empty value becomes one that says nothing, and the message is valid', () => {
    const text = xml.replace(/<Value>[\s\S]*?<\/Value>/, '<Value/>').replace('2026-03-02T08:00:00+01:00', '');
    const { message, defects } = readB2mml(text, { tolerant: true });
    expect(defects.map(({ rule }) => rule)).toEqual(['format', 'required']);
    expect(validateMessage(message)).toEqual([]);
    expect(JSON.stringify(message)).toContain('"value":[{"valueString":null}]');
  });

  test('an element that has no place is not lost', () => {
    const text = xml.replace('<Priority>', '<Colour code="1">red</Colour><Priority>');
    const { message } = readB2mml(text, { tolerant: true });
    expect(JSON.stringify(message)).toContain(
      '<Colour xmlns=\\"http://www.mesa.org/xml/B2MML\\" code=\\"1\\">red</Colour>',
    );
  });
});

describe('writing', () => {
  test('a message that does not fit is refused with its path', () => {
    const message = { ...order(), noun: 'OperationsSchedules' } as Message;
    expect(() => writeB2mml(message)).toThrow(HubError);
    const other = order() as Message;
    other.items[0]!.colour = 'red';
    expect(() => writeB2mml(other)).toThrow(/items\[0\].colour/);
  });

  test('nothing that the tables do not know is left out, even unchecked', () => {
    const message = order() as Message;
    message.items[0]!.colour = 'red';
    expect(() => writeB2mml(message, { validate: false })).toThrow(/items\[0\].colour has no place/);
  });

  test('a character that XML cannot carry is refused with its path', () => {
    const message = order() as Message;
    message.items[0]!.description = ['a\u0000b'];
    expect(() => writeB2mml(message)).toThrow(/items\[0\].description\[0\] holds a character/);
  });

  test.each(['<a>', '<a/><b/>', 'text', '<!DOCTYPE a><a/>', '</JobList><JobList>'])(
    'an extension of %s is refused',
    (broken) => {
      const message = order() as Message;
      message.items[0]!.extension = [{ ns: '', name: 'a', xml: broken }];
      expect(() => writeB2mml(message)).toThrow(/one well-formed element/);
    },
  );
});
