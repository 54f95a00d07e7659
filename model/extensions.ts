import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import { type PlainElement, readPlain } from './b2mml/foreign';
import { HubError, type Issue } from './errors';
import { below } from './explain';
import { formats } from './formats';
import type { Message } from './message';
import type { Schema } from './schema-document';
import { isPartial, issueLimit, transactionOf } from './validate';
import { definitions } from './validator';

/** An entry of an object's `extension`: of a known namespace with its value, of any other as it came. */
interface Entry {
  readonly ns?: unknown;
  readonly name?: unknown;
  readonly xml?: unknown;
  readonly value?: unknown;
}
type Node = Readonly<Record<string, unknown>>;

/** What one file says of one type of the model. */
interface Extended {
  readonly schema: Schema;
  /** What its schema refers to. */
  readonly parts: Readonly<Record<string, Schema>>;
  readonly fits: ValidateFunction;
}

/** The fields that a project adds to the model. */
export interface Extensions {
  /** The message with the project's extensions as values; what does not read as such stays as it came. */
  typed(message: Message): Message;
  /** What of the project's extensions does not fit. Those of other namespaces are nobody's business here. */
  issues(message: Message): Issue[];
}

/** A project without files adds nothing. */
const none: Extensions = { typed: (message) => message, issues: () => [] };

/**
 * Reads `*.extension.schema.json` of a folder: each names its namespace (`x-namespace`) and, under `$defs`, the types of
 * the model that it extends, as objects whose properties are its elements. Parts that these refer to stand there too,
 * with small first letters. Throws HUB_BAD_PROJECT.
 */
export function loadExtensions(folder: string): Extensions {
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => file.endsWith('.extension.schema.json'))
    : [];
  if (files.length === 0) return none;
  const byNamespace = new Map<string, Map<string, Extended>>();
  for (const file of files.sort()) readExtension(join(folder, file), byNamespace);
  return {
    typed(message) {
      const items = message.items.map((item) => typedObject(item, typeOf(message), byNamespace));
      return items.every((item, index) => item === message.items[index]) ? message : { ...message, items };
    },
    issues(message) {
      const found: Issue[] = [];
      const type = typeOf(message);
      message.items.forEach((item, index) => {
        const whole = !isPartial(message.verb);
        collect({ object: item, type, path: `items[${index}]`, whole, byNamespace, found });
      });
      return found;
    },
  };
}

const typeOf = ({ verb, noun }: Message) => transactionOf(verb, noun)?.itemType ?? noun;

function readExtension(file: string, byNamespace: Map<string, Map<string, Extended>>): void {
  const wrong = (what: string, at = file) => new HubError('HUB_BAD_PROJECT', `${file}: ${what}`, { at });
  let document: { $defs?: Record<string, Schema>; 'x-namespace'?: unknown };
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw wrong((cause as Error).message);
  }
  const namespace = document['x-namespace'];
  if (typeof namespace !== 'string' || namespace === '') throw wrong('x-namespace must name its namespace');
  if (byNamespace.has(namespace)) throw wrong(`another file extends by ${namespace}`);
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  for (const [name, holds] of Object.entries(formats)) ajv.addFormat(name, holds);
  ajv.addVocabulary(['x-namespace']);
  const types = new Map<string, Extended>();
  const $defs = document.$defs ?? {};
  try {
    ajv.addSchema({ ...document, $id: 'extension' });
  } catch (cause) {
    throw wrong((cause as Error).message);
  }
  for (const [type, schema] of Object.entries($defs)) {
    // The file's own parts, which the types refer to.
    if (!/^[A-Z]/.test(type)) continue;
    if (definitions()[type]?.properties?.extension === undefined)
      throw wrong(`the model has no ${type} that can be extended`);
    if (JSON.stringify(schema).includes('"type":"number"'))
      throw wrong(`${type}: numbers are text here: {"type": "string", "format": "xsd-decimal"}`);
    try {
      types.set(type, { schema, parts: $defs, fits: ajv.compile({ $ref: `extension#/$defs/${type}` }) });
    } catch (cause) {
      throw wrong(`${type}: ${(cause as Error).message}`);
    }
  }
  byNamespace.set(namespace, types);
}

type ByNamespace = ReadonlyMap<string, ReadonlyMap<string, Extended>>;

/** The type of a member's objects; none where it holds no objects of the model. */
function typeIn(type: string, property: string): string | undefined {
  const schema = definitions()[type]?.properties?.[property];
  const ref = (schema?.items ?? schema?.anyOf?.[0] ?? schema)?.$ref?.replace(/^.*\//, '');
  return ref === undefined || definitions()[ref]?.properties === undefined ? undefined : ref;
}

/** A copy with typed extensions, or the object itself where it has none. */
function typedObject<T>(object: T, type: string, byNamespace: ByNamespace): T {
  if (typeof object !== 'object' || object === null) return object;
  let copy: Record<string, unknown> | undefined;
  for (const [property, member] of Object.entries(object)) {
    const of = typeIn(type, property);
    if (of === undefined) continue;
    const made = eachOf(member, (one) =>
      of === 'Extension' ? typedEntry(one as Entry, type, byNamespace) : typedObject(one, of, byNamespace),
    );
    if (made !== member) {
      copy ??= { ...(object as Node) };
      copy[property] = made;
    }
  }
  return (copy ?? object) as T;
}

function eachOf(member: unknown, make: (one: unknown) => unknown): unknown {
  if (!Array.isArray(member)) return make(member);
  const made = member.map(make);
  return made.every((one, index) => one === member[index]) ? member : made;
}

function typedEntry(entry: Entry, type: string, byNamespace: ByNamespace): Entry {
  const { ns, name, xml } = entry ?? {};
  if (typeof ns !== 'string' || typeof name !== 'string' || typeof xml !== 'string') return entry;
  const extended = byNamespace.get(ns)?.get(type);
  const schema = extended?.schema.properties?.[name];
  if (extended === undefined || schema === undefined) return entry;
  try {
    const element = readPlain(xml);
    return element === undefined
      ? entry
      : { ns, name, value: elementValue(element, schema.items ?? schema, extended) };
  } catch {
    // No XML at all: the model's own validation says so.
    return entry;
  }
}

/** Texts stay texts but for booleans and whole numbers, where the schema asks for them. */
function elementValue(
  { text, children }: PlainElement,
  given: Schema | undefined,
  extended: Pick<Extended, 'parts'>,
): unknown {
  const part = given?.$ref?.replace(/^.*\//, '');
  const schema = part === undefined ? given : extended.parts[part];
  if (schema?.type === 'object' || children.length > 0) {
    const object: Record<string, unknown> = {};
    for (const child of children) {
      const member = schema?.properties?.[child.name];
      const value = elementValue(child, member?.items ?? member, extended);
      const isList = member?.type === 'array' || child.name in object;
      object[child.name] = isList ? [...[object[child.name] ?? []].flat(), value] : value;
    }
    return object;
  }
  if (schema?.type === 'boolean' && /^(true|false|1|0)$/.test(text)) return text === 'true' || text === '1';
  if (schema?.type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  return text;
}

interface Place {
  readonly object: unknown;
  readonly type: string;
  readonly path: string;
  /** Nothing required may be missing. */
  readonly whole: boolean;
  readonly byNamespace: ByNamespace;
  readonly found: Issue[];
}

/** Goes through an object as the model has it and holds its extensions against the project's. */
function collect(place: Place): void {
  const { object, type, path, found } = place;
  if (typeof object !== 'object' || object === null || found.length >= issueLimit) return;
  checkEntries(place, (object as Node).extension);
  for (const [property, member] of Object.entries(object)) {
    const of = typeIn(type, property);
    if (of === undefined || of === 'Extension') continue;
    const at = below(path, property);
    if (Array.isArray(member))
      member.forEach((one, index) => {
        collect({ ...place, object: one, type: of, path: below(at, index) });
      });
    else collect({ ...place, object: member, type: of, path: at });
  }
}

function checkEntries({ type, path, whole, byNamespace, found }: Place, extension: unknown): void {
  const entries = (Array.isArray(extension) ? extension : []) as Entry[];
  for (const [namespace, types] of byNamespace) {
    const extended = types.get(type);
    if (extended === undefined) continue;
    const gathered: Record<string, unknown> = {};
    const places = new Map<string, number>();
    entries.forEach(({ ns, name, value, xml }, index) => {
      if (ns !== namespace || typeof name !== 'string') return;
      const isList = extended.schema.properties?.[name]?.type === 'array';
      // An element that is no value stays in the way of its schema, which says so.
      const one = value === undefined ? { xml } : value;
      const isAgain = isList || name in gathered;
      gathered[name] = isAgain ? [...[gathered[name] ?? []].flat(), one] : one;
      if (!places.has(name)) places.set(name, index);
    });
    if (extended.fits(gathered)) continue;
    for (const error of extended.fits.errors ?? [])
      if (whole || error.keyword !== 'required')
        found.push(issueOf(error, below(path, 'extension'), places, gathered));
  }
}

function issueOf(
  { instancePath, keyword, message = '', params }: ErrorObject,
  path: string,
  places: ReadonlyMap<string, number>,
  gathered: Node,
): Issue {
  const named = params as { additionalProperty?: string; missingProperty?: string };
  const steps = instancePath.split('/').slice(1);
  const name = steps[0] ?? named.additionalProperty ?? '';
  const index = places.get(name);
  const at = index === undefined ? path : below(below(path, index), 'value');
  const inside = [name, ...steps.slice(1)].join('.');
  const what =
    named.additionalProperty === undefined ? message : `'${named.additionalProperty}' is not defined here`;
  return {
    rule: 'extension',
    path: at,
    message: inside === '' || keyword === 'additionalProperties' ? what : `${inside} ${what}`,
    ...(index === undefined ? {} : { value: gathered[name] }),
  };
}
