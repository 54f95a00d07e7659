/**
 * The property name of an element or attribute: the standard's own, with its first letters lower-cased
 * (`ID` → `id`, `GRecipe` → `gRecipe`, `URILocation` → `uriLocation`) and a trailing `ID` as `Id`
 * (`MaterialDefinitionID` → `materialDefinitionId`, `BODID` → `bodId`).
 */
export function propertyName(name: string): string {
  // One acronym, not the ID of an "SR".
  if (name.startsWith('SRID')) return `srid${name.slice(4)}`;
  const stem = name.length > 2 && name.endsWith('ID') ? `${name.slice(0, -2)}Id` : name;
  return stem.replace(/^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]/, (letters) => letters.toLowerCase());
}

/** The name of a type: without the suffix that only the schema language needs (`ValueType` → `Value`). */
export function typeName(name: string): string {
  return name.replace(/Type$/, '');
}

/** The schema file of an XSD file: `B2MML-V0600-WorkAlert.xsd` → `b2mml-work-alert`. */
export function familyName(xsdFile: string): string {
  const stem = xsdFile.replace(/\.xsd$/, '').replace(/-V\d+[^-]*/, '');
  if (stem === 'B2MML-CoreComponents') return 'b2mml-common';
  const [family = '', name = ''] = stem.split('-');
  const kebab = name.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase();
  return family === 'B2MML' ? `b2mml-${kebab}` : `b2mml-${family.toLowerCase()}-${kebab}`;
}
