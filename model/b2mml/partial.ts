import type { Issue } from '../errors';
import { below } from '../explain';
import type { CanonicalObject } from '../message';
import type { ChildEntry, Release, Shape } from './tables';

type Node = Record<string, unknown>;

/**
 * The objects of a Get, Cancel or Change name what they mean and no more, but the standard's schemas want in them what
 * they want in whole objects. So what is required and not there is written as empty elements, and left out again when
 * it is read: an empty identifier names nothing.
 */
export function filledIn(items: readonly CanonicalObject[], type: string, known: Release): CanonicalObject[] {
  return items.map((item) => filled(item, type, known));
}

/** Whole objects, with nil where an older release requires an element that the model leaves out: the unit of a value. */
export function withNils(items: readonly CanonicalObject[], type: string, known: Release): CanonicalObject[] {
  return items.map((item) => filled(item, type, known, ({ nillable }) => (nillable ? null : undefined)));
}

/** Where objects lack what a release requires. */
export function lacking(items: readonly CanonicalObject[], type: string, known: Release): Issue[] {
  const issues: Issue[] = [];
  const look = (object: Node, shape: string, path: string) => {
    for (const [name, property] of missingFrom(object, known.shape(shape)))
      issues.push({
        rule: 'required',
        path: below(path, property),
        message: `${name} is required in B2MML ${known.tables.version}`,
      });
    for (const { entry, values } of membersOf(object, shape, known)) {
      const here = below(path, entry.property);
      values.forEach((value, index) => {
        if (isNode(value) && entry.type !== undefined)
          look(value, entry.type, entry.many ? below(here, index) : here);
      });
    }
  };
  items.forEach((item, index) => {
    look(item, type, below('items', index));
  });
  return issues;
}

/** Members that must be there and are not: how people call each, and its property. */
function* missingFrom(
  object: Node,
  { required, children, attributes, exactlyOne }: Shape,
): Generator<[string, string]> {
  for (const { property, element } of required.map((index) => children[index]!))
    if (object[property] === undefined) yield [`<${element}>`, property];
  for (const attribute of attributes.values())
    if (attribute.required && object[attribute.property] === undefined)
      yield [attribute.name, attribute.property];
  for (const names of exactlyOne)
    if (!names.some((name) => object[name] !== undefined))
      yield [`one of ${names.join(' | ')}`, names[0] ?? ''];
}

/** The counterpart of `filledIn`. */
export function withoutEmpty(
  items: readonly CanonicalObject[],
  type: string,
  known: Release,
): CanonicalObject[] {
  return items.map((item) => emptied(item, type, known));
}

function filled(object: Node, type: string, known: Release, emptyOf = emptyElement(known)): Node {
  const made = { ...object };
  for (const { entry, values } of membersOf(object, type, known)) {
    const { property, many, type: inner } = entry;
    const given =
      inner === undefined
        ? values
        : values.map((value) => (isNode(value) ? filled(value, inner, known, emptyOf) : value));
    const value = given.length > 0 || !entry.required ? given : [emptyOf(entry)];
    if (value.length > 0 && value[0] !== undefined) made[property] = many ? value : value[0];
  }
  return made;
}

/** Gives an empty element; undefined where the schema takes none that is empty. */
const emptyElement =
  (known: Release) =>
  ({ type, text, values }: ChildEntry): unknown => {
    if (type !== undefined) return filled({}, type, known);
    return text === 'string' && values === undefined ? '' : undefined;
  };

function emptied(object: Node, type: string, known: Release): Node {
  const made = { ...object };
  for (const { entry, values } of membersOf(object, type, known)) {
    const { property, many, required, type: inner } = entry;
    const kept = values.flatMap((value) => {
      if (!isNode(value) || inner === undefined) return required && value === '' ? [] : [value];
      const left = emptied(value, inner, known);
      // An element that had nothing in it from the start may be meant so.
      return required && isBare(left) && !isBare(value) ? [] : [left];
    });
    if (kept.length === 0) delete made[property];
    else made[property] = many ? kept : kept[0];
  }
  return made;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
const isBare = (object: Node) => Object.keys(object).length === 0;

/** The members that have a place in XML, with their values; an attribute beside a value keeps it as it is. */
function* membersOf(
  object: Node,
  type: string,
  known: Release,
): Generator<{ entry: ChildEntry; values: unknown[] }> {
  for (const entry of known.shape(type).children) {
    const value = object[entry.property];
    if (entry.slot !== undefined || entry.type === 'Any' || object[`_${entry.property}`] !== undefined)
      continue;
    yield { entry, values: value === undefined ? [] : entry.many ? (value as unknown[]) : [value] };
  }
}
