import { HubError } from '../../model/errors';
import { readIdocs } from './idoc';

const read = (text: string) => readIdocs({ contentType: 'text/xml', text });
const control =
  '<EDI_DC40 SEGMENT="1"><DOCNUM>0000000000430094</DOCNUM><SNDPRN>S4HCLNT100</SNDPRN></EDI_DC40>';
const order = (number: string, inside = '') =>
  `<IDOC BEGIN="1">${control}<E1AFKOL SEGMENT="1"><AUFNR>${number}</AUFNR>${inside}</E1AFKOL></IDOC>`;

function failure(text: string): HubError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('the document was read');
}

test.each([
  ['the XML port', `<LOIPRO05>${order('000001000001')}</LOIPRO05>`],
  [
    'the integration suite',
    `<LOIPRO05 xmlns="urn:sap-com:document:sap:idoc:soap:messages">${order('000001000001')}</LOIPRO05>`,
  ],
  [
    'a prefixed namespace',
    `<i:LOIPRO05 xmlns:i="urn:sap-com:document:sap:idoc:soap:messages">${order('000001000001')}</i:LOIPRO05>`,
  ],
  [
    'senders with attributes in lower case',
    `<LOIPRO05>${order('000001000001').replace('BEGIN', 'begin').replaceAll('SEGMENT', 'segment')}</LOIPRO05>`,
  ],
  [
    'senders with a byte order mark',
    `\uFEFF<?xml version="1.0" encoding="UTF-8"?><LOIPRO05>${order('000001000001')}</LOIPRO05>`,
  ],
])('the dialect of %s gives the same record', (_, text) => {
  expect(read(text)).toEqual([
    {
      type: 'LOIPRO05',
      key: '1000001',
      id: '0000000000430094/S4HCLNT100',
      body: {
        EDI_DC40: { DOCNUM: '0000000000430094', SNDPRN: 'S4HCLNT100' },
        E1AFKOL: { AUFNR: '000001000001' },
      },
    },
  ]);
});

test('values keep their text: zeros, signs, exponents, empty and escaped ones', () => {
  const [record] = read(
    `<LOIPRO05>${order('1', '<PLNNR>00000012</PLNNR><BMENGE>  12.500-</BMENGE><GAMNG>1.0E+01</GAMNG><RUEK/><KTEXT>A &amp; <![CDATA[<B>]]></KTEXT>')}</LOIPRO05>`,
  );
  expect(record!.body).toMatchObject({
    E1AFKOL: { PLNNR: '00000012', BMENGE: '  12.500-', GAMNG: '1.0E+01', RUEK: '', KTEXT: 'A & <B>' },
  });
});

test('a segment that may repeat is a list, also when it occurs once or is empty', () => {
  const [record] = read(
    `<LOIPRO05>${order('1', '<E1AFFLL><E1AFVOL><VORNR>0010</VORNR><E1AFVOL2/></E1AFVOL></E1AFFLL><Z1OWN/><ZZCOLOR1>RED</ZZCOLOR1><Z1COLOR>RED</Z1COLOR>')}</LOIPRO05>`,
  );
  expect(record!.body).toMatchObject({
    E1AFKOL: {
      E1AFFLL: [{ E1AFVOL: [{ VORNR: '0010', E1AFVOL2: {} }] }],
      Z1OWN: [{}],
      ZZCOLOR1: 'RED',
      Z1COLOR: 'RED',
    },
  });
});

test('custom data outside of segments is kept', () => {
  const data = '<CustomData><Data><attribute>COLOUR</attribute><value/></Data></CustomData>';
  const [record] = read(`<MATMAS05><IDOC><E1MARAM><MATNR>A</MATNR>${data}</E1MARAM></IDOC></MATMAS05>`);
  expect(record!.body).toMatchObject({
    E1MARAM: { CustomData: { Data: [{ attribute: 'COLOUR', value: '' }] } },
  });
});

test('an envelope of several IDOCs gives several records, and so does an IDOC of several objects', () => {
  const two = '<E1CRHDL><ARBPL>PRESS-01</ARBPL></E1CRHDL><E1CRHDL><ARBPL>ASSY-01</ARBPL></E1CRHDL>';
  const records = read(
    `<LOIWCS03><IDOC>${control}${two}</IDOC><IDOC><E1CRHDL><ARBPL>0042</ARBPL></E1CRHDL></IDOC></LOIWCS03>`,
  );
  expect(records.map(({ key, id }) => [key, id])).toEqual([
    ['PRESS-01', '0000000000430094/S4HCLNT100/0'],
    ['ASSY-01', '0000000000430094/S4HCLNT100/1'],
    ['42', undefined],
  ]);
  expect(records[1]!.body).toMatchObject({ E1CRHDL: { ARBPL: 'ASSY-01' } });
});

test.each([
  ['000000000000004711', '', '4711'],
  ['', '0000000000000000000000000000000000004711', '4711'],
  ['00A1', '', '00A1'],
  ['SHORTENED', 'THE-LONG-NUMBER-OF-THE-MATERIAL', 'THE-LONG-NUMBER-OF-THE-MATERIAL'],
  ['000', '', '0'],
])('material number %s, long number %s -> key %s', (short, long, key) => {
  const text = `<MATMAS05><IDOC><E1MARAM><MATNR>${short}</MATNR><MATNR_LONG>${long}</MATNR_LONG></E1MARAM></IDOC></MATMAS05>`;
  expect(read(text)[0]!.key).toBe(key);
});

test.each([
  ['a document type', '<!DOCTYPE LOIPRO05 SYSTEM "http://x/y"><LOIPRO05/>', 'HUB_XML_DTD'],
  ['an entity of its own', '<!DOCTYPE a [<!ENTITY e "x">]><LOIPRO05>&e;</LOIPRO05>', 'HUB_XML_DTD'],
  ['an undeclared entity', `<LOIPRO05>${order('&e;')}</LOIPRO05>`, 'HUB_XML_DTD'],
  ['a tag that is not closed', '<LOIPRO05><IDOC></LOIPRO05>', 'HUB_BAD_XML'],
  ['two roots', `<LOIPRO05>${order('1')}</LOIPRO05><LOIPRO05/>`, 'HUB_BAD_XML'],
  ['text that is no XML', 'AUFNR=1', 'HUB_BAD_XML'],
  ['nothing', '', 'HUB_BAD_XML'],
  ['an unknown type', '<INVOIC02><IDOC/></INVOIC02>', 'HUB_INVALID'],
  ['a type called like a method', '<constructor><IDOC/></constructor>', 'HUB_INVALID'],
  ['no IDOC', '<LOIPRO05/>', 'HUB_INVALID'],
  ['something else than an IDOC', '<LOIPRO05><E1AFKOL/></LOIPRO05>', 'HUB_INVALID'],
  ['an IDOC without its object', '<LOIPRO05><IDOC/></LOIPRO05>', 'HUB_INVALID'],
  ['an object without a key', '<LOIPRO05><IDOC><E1AFKOL/></IDOC></LOIPRO05>', 'HUB_INVALID'],
  ['a field that comes twice', `<LOIPRO05>${order('1', '<AUFNR>2</AUFNR>')}</LOIPRO05>`, 'HUB_INVALID'],
  ['text between segments', `<LOIPRO05>${order('1', 'text')}</LOIPRO05>`, 'HUB_INVALID'],
  ['a prototype', `<LOIPRO05>${order('1', '<__proto__/>')}</LOIPRO05>`, 'HUB_INVALID'],
  [
    'bottomless nesting',
    `<LOIPRO05>${order('1', '<E1A>'.repeat(40) + '</E1A>'.repeat(40))}</LOIPRO05>`,
    'HUB_INVALID',
  ],
])('%s is refused', (_, text, code) => {
  expect(failure(text).code).toBe(code);
});

test('broken XML is refused with line and column', () => {
  expect(failure('<LOIPRO05>\n  <IDOC>\n  </IDOK>\n</LOIPRO05>').at).toMatch(/^line 3, column \d+$/);
});
