import { HubError } from '../../model/errors';
import { escapeXml, openEnvelope, readFault, sealEnvelope, sealFault } from './soap-envelope';

const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const envelope = (body: string, header = '', declarations = '') =>
  `<s:Envelope xmlns:s="${soap11}"${declarations}>${header && `<s:Header>${header}</s:Header>`}<s:Body>${body}</s:Body></s:Envelope>`;

describe('the body is cut out so that it stands alone', () => {
  test.each([
    ['its own default namespace stays', '<a xmlns="urn:a"><b/></a>', '', '<a xmlns="urn:a"><b/></a>'],
    [
      'an inherited default namespace is declared',
      '<a><b/></a>',
      ' xmlns="urn:a"',
      '<a xmlns="urn:a"><b/></a>',
    ],
    [
      'an inherited prefix is declared where it is used',
      '<p:a x="1"/>',
      ' xmlns:p="urn:p" xmlns:q="urn:q"',
      '<p:a xmlns:p="urn:p" x="1"/>',
    ],
    [
      'a prefix inside an attribute value counts as used',
      '<a t="p:decimal"/>',
      ' xmlns:p="urn:p"',
      '<a xmlns:p="urn:p" t="p:decimal"/>',
    ],
    ['an own declaration wins', '<p:a xmlns:p="urn:own"/>', ' xmlns:p="urn:p"', '<p:a xmlns:p="urn:own"/>'],
    [
      'white space, comments, CDATA and references stay as sent',
      '<a>\r\n <!-- < --> <![CDATA[<x>]]> &amp;&#228; \u{1F527} </a>',
      '',
      '<a>\r\n <!-- < --> <![CDATA[<x>]]> &amp;&#228; \u{1F527} </a>',
    ],
  ])('%s', (_name, body, declarations, expected) => {
    expect(openEnvelope(envelope(body, '', declarations)).body?.xml).toBe(expected);
  });

  test('after a byte order mark and a prolog, too', () => {
    const text = `\uFEFF<?xml version="1.0" encoding="utf-8"?>\r\n${envelope('<a>ä</a>')}`;
    expect(openEnvelope(text).body?.xml).toBe('<a>ä</a>');
  });

  test('an empty body has no element', () => {
    expect(openEnvelope(envelope(' ')).body).toBeUndefined();
  });
});

test('headers come with whether they must be understood', () => {
  const { headers, version } = openEnvelope(
    envelope('<a/>', '<w:Action xmlns:w="urn:w" s:mustUnderstand="1">go</w:Action><x/>'),
  );
  expect(version).toBe('1.1');
  expect(headers.map(({ namespace, name, mustUnderstand }) => [namespace, name, mustUnderstand])).toEqual([
    ['urn:w', 'Action', true],
    ['', 'x', false],
  ]);
});

test.each([
  ['text that is no XML', 'order 1000001', 'HUB_BAD_XML'],
  ['an element that is not closed', `<s:Envelope xmlns:s="${soap11}"><s:Body>`, 'HUB_BAD_XML'],
  ['an undeclared prefix', '<s:Envelope/>', 'HUB_BAD_XML'],
  ['an undeclared entity', envelope('<a>&who;</a>'), 'HUB_BAD_XML'],
  ['a document type', `<!DOCTYPE a [<!ENTITY x "y">]>${envelope('<a/>')}`, 'HUB_XML_DTD'],
  ['another document', '<Order/>', 'HUB_INVALID'],
  ['two elements in the body', envelope('<a/><b/>'), 'HUB_INVALID'],
  ['nothing', '', 'HUB_BAD_XML'],
])('%s is refused', (_name, text, code) => {
  expect(() => openEnvelope(text)).toThrow(HubError);
  expect(() => openEnvelope(text)).toThrow(expect.objectContaining({ code }));
});

test.each([
  ['1.1', 'Client'],
  ['1.2', 'Sender'],
] as const)('a SOAP %s fault is read as it was written', (version, code) => {
  const { body } = openEnvelope(
    sealFault(version, 'Sender', 'no <order> & no key', '<d xmlns="urn:d"><at>line 3</at></d>'),
  );
  expect(readFault(body!)).toEqual({ code, reason: 'no <order> & no key', detail: 'line 3' });
});

test('a sealed envelope takes the document without its prolog', () => {
  const text = sealEnvelope('1.2', '<?xml version="1.0"?>\n<a/>', '<h xmlns="urn:h"/>');
  const opened = openEnvelope(text);
  expect(opened.version).toBe('1.2');
  expect(opened.body?.xml).toBe('<a/>');
  expect(opened.headers[0]?.name).toBe('h');
});

test('characters that XML cannot carry do not reach an answer', () => {
  expect(escapeXml('a\u0000<"&>')).toBe('a\uFFFD&lt;&quot;&amp;&gt;');
});
