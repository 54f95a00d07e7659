import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SaxesParser } from 'saxes';

/** An element of a schema document. Only what the importer looks at is kept. */
export interface XsdNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XsdNode[];
}

/** The named definitions of one release of B2MML, each with the file it stands in. */
export interface XsdRelease {
  readonly namespace: string;
  readonly types: ReadonlyMap<string, { node: XsdNode; file: string }>;
  /** Groups of the release's own namespace; the extension groups are places, not definitions. */
  readonly groups: ReadonlyMap<string, XsdNode>;
  readonly elements: ReadonlyMap<string, { type: string; file: string }>;
  /** Files whose inner elements stand in no namespace (V0701: InformationObject). */
  readonly unqualified: ReadonlySet<string>;
}

/** Attributes as released: MESA's files sometimes put blanks into values. */
function trimmed(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value.trim()]));
}

/** Reads a schema document to a tree; comments and documentation are left out. */
function parseXsd(text: string): XsdNode {
  const root: XsdNode = { name: '', attributes: {}, children: [] };
  const stack = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const name = tag.name.replace(/^.*:/, '');
    const node: XsdNode = {
      name,
      attributes: trimmed(tag.attributes as Record<string, string>),
      children: [],
    };
    if (name !== 'annotation') stack.at(-1)?.children.push(node);
    stack.push(node);
  });
  parser.on('closetag', () => stack.pop());
  parser.write(text.replace(/^\uFEFF/, '')).close();
  const schema = root.children[0];
  if (schema?.name !== 'schema') throw new Error('not an XML schema');
  return schema;
}

/**
 * The schema files of a release that define its own objects: the extension files are meant to be edited by
 * users and are empty as released, and the `AllSchemas` files only include others.
 */
function schemaFiles(directory: string, families: readonly string[]): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.xsd') && !/Extensions\.xsd$|^AllSchemas|xxxx/.test(file))
    .filter((file) => families.some((family) => file.startsWith(`${family}-`)))
    .sort();
}

/** Reads all schema files of the given families (`B2MML`, `BatchML`) from a directory as MESA releases it. */
export function readRelease(directory: string, families: readonly string[]): XsdRelease {
  const files = schemaFiles(directory, families);
  if (files.length === 0) throw new Error(`no ${families.join(' or ')} schema files in ${directory}`);
  const types = new Map<string, { node: XsdNode; file: string }>();
  const groups = new Map<string, XsdNode>();
  const elements = new Map<string, { type: string; file: string }>();
  const unqualified = new Set<string>();
  let namespace = '';
  for (const file of files) {
    const schema = parseXsd(readFileSync(join(directory, file), 'utf8'));
    namespace = schema.attributes.targetNamespace ?? namespace;
    const holdsTypes = schema.children.some(({ name }) => name === 'complexType');
    if (holdsTypes && schema.attributes.elementFormDefault !== 'qualified') unqualified.add(file);
    for (const node of schema.children) {
      const { name, type } = node.attributes;
      if (name === undefined) continue;
      if (node.name === 'complexType' || node.name === 'simpleType')
        types.set(name, { node, file: basename(file) });
      if (node.name === 'group') groups.set(name, node);
      if (node.name !== 'element') continue;
      elements.set(name, { type: type ?? `${name}Type`, file: basename(file) });
      const inline = node.children.find((child) => child.name === 'complexType');
      if (inline !== undefined) types.set(`${name}Type`, { node: inline, file: basename(file) });
    }
  }
  return { namespace, types, groups, elements, unqualified };
}
