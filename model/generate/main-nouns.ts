import type { Catalogue } from '../import/transactions';
import type { Schema, SchemaDocument } from '../schema-document';

/**
 * The objects that APIs show with all their members. The others travel through them as JSON: a page with all 350 types
 * helps nobody.
 */
export const mainNouns = [
  'Equipment',
  'EquipmentClass',
  'MaterialClass',
  'MaterialDefinition',
  'MaterialLot',
  'OperationsCapability',
  'OperationsDefinition',
  'OperationsEvent',
  'OperationsPerformance',
  'OperationsSchedule',
  'Person',
  'PersonnelClass',
  'PhysicalAsset',
  'PhysicalAssetClass',
  'ProcessSegment',
  'TestResult',
  'TestSpecification',
  'WorkMaster',
  'WorkPerformance',
  'WorkSchedule',
] as const;

/** Objects that may be of any type are left open, or each would bring in the whole model. */
export const open: ReadonlySet<string> = new Set(['InformationObject']);

export const referenced = (ref: string) => ref.replace(/^.*\//, '');

/** The definitions of the main nouns and of all that they hold, by name in order. */
export function mainDefinitions(
  documents: readonly SchemaDocument[],
  { objects }: Catalogue,
): Map<string, Schema> {
  const all = Object.assign({}, ...documents.map(({ $defs }) => $defs)) as Record<string, Schema>;
  const found = new Map<string, Schema>();
  const add = (name: string) => {
    if (found.has(name)) return;
    const schema = open.has(name)
      ? { description: 'Any object of the model.', type: 'object' }
      : (all[name] ?? {});
    found.set(name, schema);
    for (const [, ref = ''] of JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g)) add(referenced(ref));
  };
  const typeOf = new Map(objects.map(({ element, type }) => [element, type]));
  for (const noun of mainNouns) add(typeOf.get(noun) ?? noun);
  add('TransApplicationArea');
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
