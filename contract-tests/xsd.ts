import { execFileSync } from 'node:child_process';
import { packageRoot } from '../model/paths';

/**
 * What libxml2 finds wrong in each document by the schema: one list a document, empty where it is valid. `schema` is
 * the path of an XSD (which may include others) or the text of one. In a process of its own, because the package is
 * an ES module with top-level await, which jest cannot load.
 */
export function xsdErrors(
  schema: { path: string } | { text: string },
  documents: readonly string[],
): string[][] {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: packageRoot,
    input: JSON.stringify({ schema, documents }),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output) as string[][];
}

const script = `
import { readFileSync } from 'node:fs';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterFsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';
xmlRegisterFsInputProviders();
const { schema, documents } = JSON.parse(readFileSync(0, 'utf8'));
const source = schema.path
  ? XmlDocument.fromBuffer(readFileSync(schema.path), { url: schema.path })
  : XmlDocument.fromString(schema.text);
const validator = XsdValidator.fromDoc(source);
const found = documents.map((text) => {
  const document = XmlDocument.fromString(text);
  try {
    validator.validate(document);
    return [];
  } catch (error) {
    return (error.details ?? [{ message: String(error) }]).map(({ message }) => message.trim());
  } finally {
    document.dispose();
  }
});
process.stdout.write(JSON.stringify(found));
`;
