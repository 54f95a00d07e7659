const CEFACT = 'http://www.opcfoundation.org/UA/units/un/cefact';

/** Unit as plants write it → UN/CEFACT common code (recommendation 20). */
const commonCodes: Readonly<Record<string, string>> = {
  PCE: 'H87',
  KG: 'KGM',
  kg: 'KGM',
  g: 'GRM',
  t: 'TNE',
  m: 'MTR',
  mm: 'MMT',
  l: 'LTR',
  s: 'SEC',
  min: 'MIN',
  h: 'HUR',
  N: 'NEW',
  kN: 'B47',
  Nm: 'NU',
  bar: 'BAR',
  kPa: 'KPA',
  MPa: 'MPA',
  '°C': 'CEL',
  V: 'VLT',
  A: 'AMP',
  kW: 'KWT',
  '%': 'P1',
};

/** EUInformation fields. The unit's own text goes along, so that it comes back as it was even where it has no code. */
export function engineeringUnits(unit: string) {
  const code = commonCodes[unit];
  return {
    namespaceUri: CEFACT,
    // The letters of the code as bytes, most significant first (OPC 10000-8, 5.6.3); -1 says there is none.
    unitId:
      code === undefined ? -1 : [...code].reduce((number, letter) => number * 256 + letter.charCodeAt(0), 0),
    displayName: { text: unit },
    description: { text: unit },
  };
}
