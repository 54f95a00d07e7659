import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../model/paths';

type Case = { case: string; input: unknown; output?: unknown; issues?: string[]; envelope?: unknown };

function casesOf(name: string): Case[] {
  const file = join(packageRoot, 'mappings', `${name}.cases.yaml`);
  return parse(readFileSync(file, 'utf8')) as Case[];
}

/**
 * What real systems send and nobody expects, and the case that shows what becomes of it: the text that the case is given,
 * and the one that comes out (undefined: nothing does). The cases themselves run with their mappings.
 */
test.each([
  // what it is, mapping, words of the case, what is sent, what comes of it
  [
    'an end at 24:00 is the next midnight',
    'sap/production-order',
    'a released order with its operations',
    '"GLUZS":"240000"',
    '"endTime":"2026-03-03T00:00:00+01:00"',
  ],
  [
    '24:00 over OData, too',
    'sap-odata/production-order',
    'a scheduled order',
    'PT24H00M00S',
    '"endTime":"2026-03-03T00:00:00+01:00"',
  ],
  [
    'a date of zeros is none',
    'sap/production-order',
    'a released order with its operations',
    '"GSTRI":"00000000"',
    undefined,
  ],
  [
    'basic and scheduled dates differ: the scheduled ones count',
    'sap/production-order',
    'a released order with its operations',
    '"GSTRP":"20260301"',
    '"startTime":"2026-03-02T06:00:00+01:00"',
  ],
  [
    'an order that is not scheduled has zeros there, and its basic dates count',
    'sap/production-order',
    'an order that is not scheduled',
    '"GSTRS":"00000000"',
    '"startTime":"2026-03-28T06:00:00+01:00"',
  ],
  ['no last day is 31 December 9999', 'sap/routing', 'a routing in two periods', '99991231', undefined],
  [
    'no upper limit is 99999999',
    'sap/production-order',
    'a released order with its operations',
    '99999999.000',
    undefined,
  ],
  [
    'a float stands beside fixed numbers',
    'sap/routing',
    'a routing in two periods',
    '1.500000000000000E+01',
    '"duration":"PT90S"',
  ],
  [
    'an order number is padded, and known without',
    'sap/production-order',
    'a released order with its operations',
    '"AUFNR":"000001000001"',
    '"id":"1000001"',
  ],
  [
    'a number of a material is padded to 18',
    'sap/material',
    'a numeric material',
    '"MATNR":"000000000000004711"',
    '"id":"4711"',
  ],
  [
    'and to 40',
    'sap/material-bill',
    'the second alternative',
    '0000000000000000000000000000000000004711',
    '"id":"4711/2"',
  ],
  [
    'a material may have its long number alone',
    'sap/material',
    'only the long number',
    '"MATNR":""',
    '"id":"D2O_EVOGUARD_DOUBLE_SEAT_VALVE_V1"',
  ],
  [
    'so may a component',
    'sap/material-bill',
    'the second alternative',
    '"IDNRK":""',
    '"A-COMPONENT-WITH-A-LONG-NUMBER"',
  ],
  [
    'a quantity in characters is padded',
    'sap/material-bill',
    'a bill for a base quantity',
    '"         10.000 "',
    '"quantityString":"1"',
  ],
  [
    'and has its sign behind it',
    'sap/material-bill',
    'a bill for a base quantity',
    '"          2.500-"',
    '"quantityString":"0.25"',
  ],
  [
    'less than nothing of a component is a by-product',
    'sap/material-bill',
    'a bill for a base quantity',
    '2.500-',
    '"By-product Produced"',
  ],
  [
    'or a co-product',
    'sap/material-bill',
    'a bill for a base quantity',
    '"KZKUP":"X"',
    '"Co-product Produced"',
  ],
  [
    'in an order the movement says so, not the sign',
    'sap/production-order',
    'the strongest status',
    '"SHKZG":"S"',
    '"By-product Produced"',
  ],
  ['a slash is no data', 'sap/material', 'a change pointer', '"MTART":"/"', undefined],
  ['a slash in a bill', 'sap/material-bill', 'a slash says that nothing was sent', '"/"', undefined],
  [
    'a language is one letter',
    'sap/material',
    'only the long number',
    '"SPRAS":"E"',
    '"description":["Valve"]',
  ],
  ['or two', 'sap/material', 'a numeric material', '"SPRAS_ISO":"EN"', '"description":'],
  ['a unit is the internal code', 'sap/material', 'a unit by its internal code', '"MEINS":"ST"', '"PCE"'],
  ['the ISO code', 'sap/production-order', 'the strongest status', '"MEINS":"KGM"', '"unitOfMeasure":"KG"'],
  [
    'or the one of a language',
    'sap-odata/production-order',
    'a scheduled order',
    '"BaseUnit":"PC"',
    '"unitOfMeasure":"PCE"',
  ],
  [
    'an order has many statuses, and the strongest counts',
    'sap/production-order',
    'the strongest status',
    '"STAT":"I0010"',
    '"requestState":"Closed"',
  ],
  [
    'a document is dated by its sender’s clock, without zone',
    'sap/material-bill',
    'a bill for a base quantity',
    '"CRETIM":"060000"',
    '"creationDateTime":"2026-03-02T06:00:00+01:00"',
  ],
  [
    'its serial number is the same time in UTC, and finer',
    'sap/production-order',
    'a document is dated by its serial number',
    '"SERIAL":"20231128083400705437"',
    '"creationDateTime":"2023-11-28T08:34:00.705Z"',
  ],
  [
    'a date of OData is midnight in UTC, and a day of the plant',
    'sap-odata/material-bill',
    'a bill for a base quantity',
    '/Date(1767225600000)/',
    '"2026-01-01T00:00:00+01:00"',
  ],
  [
    'a last day is a day that counts',
    'sap-odata/material-bill',
    'a bill for a base quantity',
    '/Date(1780185600000)/',
    '"2026-06-01T00:00:00+02:00"',
  ],
  [
    'a routing comes in several periods',
    'sap/routing',
    'a routing in two periods',
    '"DATUB":"20260531"',
    '"effectiveEndDate":"2026-06-01T00:00:00+02:00"',
  ],
  [
    'standard values are for a base quantity',
    'sap/routing',
    'a routing in two periods',
    '"BMSCH":"10.000"',
    '"duration":"PT90S"',
  ],
  ['ERPNext writes the time of its site', 'erpnext/work-order', 'a submitted order', '2026-', '+0'],
  [
    'a time without zone is refused where nobody says the zone',
    'frepple/planned-order',
    'without the zone of the plant',
    '"startdate":"2026-03-02T07:30:00"',
    'has no offset',
  ],
  [
    'Odoo writes UTC without saying so',
    'odoo/manufacturing-order',
    'a confirmed order',
    '"date_start":"2026-03-02 05:00:00"',
    '2026-03-02T05:00:00',
  ],
  ['false is nothing in Odoo', 'odoo/manufacturing-order', 'a confirmed order', ':false', undefined],
  [
    'a quantity that PLMXML leaves out is 1',
    'plmxml/product-structure',
    'an empty quantity is 1',
    '"Quantity":""',
    '"quantityString":"1"',
  ],
] as const)('%s: %s', (_what, name, words, given, comes) => {
  const found = casesOf(name).filter(
    (one) => one.case.includes(words) && JSON.stringify(one.input).includes(given),
  );
  expect(found.map((one) => one.case)).not.toEqual([]);
  if (comes === undefined) {
    for (const { output = '', issues = [] } of found)
      expect(JSON.stringify([output, issues])).not.toContain(given);
    return;
  }
  const shown = found.map(({ output, issues, envelope }) => JSON.stringify([output, issues, envelope]));
  expect(shown.some((text) => text.includes(comes))).toBe(true);
});
