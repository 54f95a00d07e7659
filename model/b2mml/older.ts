import { HubError, type Issue } from '../errors';
import { below } from '../explain';
import type { ApplicationArea, CanonicalObject, Message, Verb } from '../message';
import { isPartial } from '../validate';
import type { ForeignElement } from './capture';
import { type Node, valuesOf } from './members';
import { completing } from './older-completion';
import { maintenanceItem, maintenanceNoun, maintenanceNouns } from './older-maintenance';
import type { MaintenanceContext } from './older-members';
import { leftOut, nouns, type Rename, renames } from './older-names';
import { type ChildEntry, modelVersion, type Release, release, type Version } from './tables';
import { moved, type NamesFor, Translator } from './translator';
import { elementXml } from './writer';

export interface FromOlder {
  readonly message: Message;
  /** The reader's defects, at their place in the canonical message. */
  readonly defects: Issue[];
  /** What has no place in the model and is carried as extension. */
  readonly carried: Issue[];
  /** What the model requires and the document does not say. */
  readonly notes: Issue[];
}

/** A message of V0401 or V0600 in the model's words. `first` is the place of its first item where others went before. */
export function fromOlder(
  message: Message,
  version: Version,
  defects: readonly Issue[],
  first = 0,
): FromOlder {
  const [source, target] = [release(version), release(modelVersion)];
  const carried: Issue[] = [];
  const notes: Issue[] = [];
  const unplaced = (entry: ChildEntry, value: unknown, sidecar: unknown, path: string): ForeignElement => {
    const element = entry.element ?? '';
    const said = `<${element}> of ${version} has no place in the model and is carried as extension`;
    carried.push({ rule: 'carried', path, message: said });
    return { ns: source.tables.namespace, name: element, xml: elementXml(source, entry, value, sidecar) };
  };
  const leftOutAttributes = (attributes: readonly string[], path: string) => {
    carried.push({
      rule: 'left-out',
      path,
      message: `${attributes.join(', ')} of ${version} has no place in the model`,
    });
  };
  // What need not be whole is not completed: an invented identifier would name something else.
  const complete = isPartial(message.verb) ? () => {} : completing(target, notes);
  const translator = new Translator(source, target, newerNames, unplaced, leftOutAttributes, complete);
  const isMaintenance = maintenanceNouns.has(message.noun);
  const noun = isMaintenance
    ? maintenanceNoun(message.noun, message.items)
    : (nouns[message.noun] ?? message.noun);
  const context: MaintenanceContext = {
    source,
    carry: (type, property, object, path) => {
      const entry = source.shape(type).children.find((child) => child.property === property)!;
      return valuesOf(entry, object).map(({ value, sidecar }) => unplaced(entry, value, sidecar, path));
    },
    place: (from, to) => translator.places.set(from, to),
    completed: isPartial(message.verb)
      ? undefined
      : (path, value) => notes.push({ rule: 'completed', path, message: 'the model requires it', value }),
    scope: (location) => translator.object(location, 'Location', 'HierarchyScope', { from: '', to: '' }),
  };
  const itemOf = isMaintenance
    ? (item: Node, at: string) => maintenanceItem(message.noun, noun, item, at, context)
    : undefined;
  const translated = translate(message, noun, source, target, translator, { first, itemOf });
  return {
    message: translated,
    carried,
    notes,
    defects: defects.map((defect) => moved(defect, translator.places)),
  };
}

/**
 * A canonical message in the words of an older version. Throws HUB_INVALID with every member that has no place there;
 * only identifiers that the older version does without are left out.
 */
export function toOlder(message: Message, version: Version): Message {
  const [source, target] = [release(modelVersion), release(version)];
  const issues: Issue[] = [];
  const unplaced = (entry: ChildEntry, value: unknown, _sidecar: unknown, path: string): undefined => {
    if (leftOut.has(entry.property)) return;
    issues.push({
      rule: 'no-place',
      path,
      message: `<${entry.element}> has no place in B2MML ${version}`,
      value,
    });
  };
  const noAttribute = (attributes: readonly string[], path: string) => {
    issues.push({
      rule: 'no-place',
      path,
      message: `${attributes.join(', ')} has no place in B2MML ${version}`,
    });
  };
  const known = target.objects.has(message.noun);
  const noun = known
    ? message.noun
    : (Object.entries(nouns).find(([, newer]) => newer === message.noun)?.[0] ?? message.noun);
  const translated = translate(
    message,
    noun,
    source,
    target,
    new Translator(source, target, olderNames, unplaced, noAttribute),
  );
  const [first] = issues;
  if (first !== undefined)
    throw new HubError('HUB_INVALID', `${first.path}: ${first.message}`, { at: first.path, issues });
  return translated;
}

function translate(
  message: Message,
  noun: string,
  source: Release,
  target: Release,
  translator: Translator,
  { first = 0, itemOf }: { first?: number; itemOf?: ((item: Node, at: string) => Node) | undefined } = {},
): Message {
  const { verb, bare, criteria } = message;
  const from = typesOf(source, verb, message.noun, bare);
  const to = typesOf(target, verb, noun, bare);
  if (from === undefined || to === undefined) {
    const what = `B2MML ${target.tables.version} has no ${verb} of ${message.noun}, nor what it became`;
    throw new HubError('HUB_INVALID', what, { at: 'noun', value: message.noun });
  }
  const part = (value: Node, name: string, sourceType: string, targetType: string) =>
    translator.object(value, sourceType, targetType, { from: name, to: name });
  const items = message.items.map((item, index) => {
    const at = below('items', first + index);
    return itemOf?.(item, at) ?? part(item, at, from.item, to.item);
  });
  translator.finish(
    items,
    to.item,
    items.map((_, index) => below('items', first + index)),
  );
  const area = 'TransApplicationArea';
  return {
    ...message,
    verb: verb as Verb,
    noun,
    applicationArea: bare
      ? message.applicationArea
      : (part(message.applicationArea, 'applicationArea', area, area) as ApplicationArea),
    ...(criteria === undefined ? {} : { criteria: part(criteria, 'criteria', from.area, to.area) }),
    items: items as CanonicalObject[],
  };
}

function typesOf(
  known: Release,
  verb: string,
  noun: string,
  bare: boolean | undefined,
): { item: string; area: string } | undefined {
  const transaction = known.transactionOf(verb, noun);
  if (transaction !== undefined) return { item: transaction.itemType, area: transaction.areaType };
  const item = bare ? known.objects.get(noun) : undefined;
  return item === undefined ? undefined : { item, area: '' };
}

const fits = (rename: Rename, type: string) => rename.within === type || rename.within === '*';

const newerNames = remembered((type, property) => [
  // An element level is named so in both, and the wish for the newer name would only change it.
  ...(property === 'equipmentElementLevel' ? [property] : []),
  ...renames
    .filter((each) => each.older === property && fits(each, type))
    .sort((a, b) => (a.within === '*' ? 1 : 0) - (b.within === '*' ? 1 : 0)),
  property,
  `${property}Child`,
]);

const backwards = ({ older, newer, unwrap }: Rename): Rename => ({
  within: '*',
  older: newer,
  newer: older,
  ...(unwrap === undefined ? {} : { wrap: unwrap }),
});

/** Types of older releases are named otherwise, so any rename that ends here will do. */
const olderNames = remembered((_type, property) => [
  property,
  ...(property.endsWith('Child') ? [property.slice(0, -'Child'.length)] : []),
  ...renames.filter(({ newer, with: says }) => newer === property && says === undefined).map(backwards),
]);

/** Asked for every member of every object, answered once. */
function remembered(names: NamesFor): NamesFor {
  const known = new Map<string, ReturnType<NamesFor>>();
  return (type, property) => {
    const key = `${type} ${property}`;
    const found = known.get(key) ?? names(type, property);
    known.set(key, found);
    return found;
  };
}
