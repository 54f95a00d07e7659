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
    'a SOAP envelope',
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">1</a:MessageID></s:Header><s:Body><LOIPRO05 xmlns="urn:sap-com:document:sap:idoc:soap:messages">${order('000001000001')}</LOIPRO05></s:Body></s:Envelope>`,
  ],
  [
    'a SOAP 1.2 envelope',
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">\n <s:Body>\n<LOIPRO05>${order('000001000001')}</LOIPRO05>\n</s:Body></s:Envelope>`,
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

test.each(['LOIPRO01', 'LOIPRO02', 'LOIPRO03', 'LOIPRO04', 'LOIPRO05'])(
  'a document of %s is an order of that type',
  (type) => {
    const [record] = read(`<${type}>${order('000001000001')}</${type}>`);
    expect(record).toMatchObject({ type, key: '1000001', body: { E1AFKOL: { AUFNR: '000001000001' } } });
  },
);

test.each(['BOMMAT04', 'BOMMAT05'])(
  'a bill of %s has the key of its material, and its items are lists',
  (type) => {
    const material = '<E1MASTM><MATNR>000000000000004711</MATNR><STLAL>01</STLAL></E1MASTM>';
    const item = '<E1STPOM><POSNR>0010</POSNR><E1STPUM><EBORT>A1</EBORT></E1STPUM></E1STPOM>';
    const [record] = read(`<${type}><IDOC><E1STZUM>${material}${item}</E1STZUM></IDOC></${type}>`);
    expect(record).toEqual({
      type,
      key: '4711',
      body: {
        E1STZUM: {
          E1MASTM: [{ MATNR: '000000000000004711', STLAL: '01' }],
          E1STPOM: [{ POSNR: '0010', E1STPUM: [{ EBORT: 'A1' }] }],
        },
      },
    });
  },
);

test.each(['LOIROU02', 'LOIROU03', 'LOIROU04'])(
  'the routings of a material in %s are lists at every level',
  (type) => {
    const operation = '<E1PLPOL><VORNR>0010</VORNR><E1PLMZL><POSNR>0010</POSNR></E1PLMZL></E1PLPOL>';
    const routing = `<E1MAPAL><E1PLKOL><E1PLFLL>${operation}</E1PLFLL></E1PLKOL></E1MAPAL>`;
    const [record] = read(
      `<${type}><IDOC><E1MAPLL><MATNR/><MATNR_LONG>PV-100</MATNR_LONG>${routing}</E1MAPLL></IDOC></${type}>`,
    );
    expect(record).toMatchObject({
      type,
      key: 'PV-100',
      body: {
        E1MAPLL: {
          E1MAPAL: [
            { E1PLKOL: [{ E1PLFLL: [{ E1PLPOL: [{ VORNR: '0010', E1PLMZL: [{ POSNR: '0010' }] }] }] }] },
          ],
        },
      },
    });
  },
);

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
  ['a bill without a material', '<BOMMAT04><IDOC><E1STZUM/></IDOC></BOMMAT04>', 'HUB_INVALID'],
  [
    'an envelope without an IDoc',
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
    'HUB_INVALID',
  ],
  [
    'an envelope with two documents',
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><LOIPRO05>${order('1')}</LOIPRO05><LOIPRO05>${order('2')}</LOIPRO05></s:Body></s:Envelope>`,
    'HUB_INVALID',
  ],
  [
    'an envelope of an unknown namespace',
    `<Envelope><Body><LOIPRO05>${order('1')}</LOIPRO05></Body></Envelope>`,
    'HUB_INVALID',
  ],
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

test('a field of blanks is an empty one, as in SAP', () => {
  const [record] = read(`<LOIPRO05>${order('1', '<GSTRS>        </GSTRS><KTEXT> a </KTEXT>')}</LOIPRO05>`);
  expect(record!.body).toMatchObject({ E1AFKOL: { GSTRS: '', KTEXT: ' a ' } });
});
