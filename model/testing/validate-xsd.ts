import { readFileSync } from 'node:fs';

/**
 * Holds documents against an XML schema: `node validate-xsd.js FILE.xsd` with a JSON list of documents on standard
 * input gives a JSON list with null or the first error of each. A program of its own, because the validator is an ES
 * module, which jest does not load.
 */
async function main(schemaFile: string): Promise<void> {
  const { XmlDocument, XsdValidator } = await import('libxml2-wasm');
  const { xmlRegisterFsInputProviders } = await import('libxml2-wasm/lib/nodejs.mjs');
  xmlRegisterFsInputProviders();
  const schema = XmlDocument.fromBuffer(readFileSync(schemaFile), { url: schemaFile });
  const validator = XsdValidator.fromDoc(schema);
  const documents = JSON.parse(readFileSync(0, 'utf8')) as string[];
  const results = documents.map((text) => {
    const document = XmlDocument.fromString(text);
    try {
      validator.validate(document);
      return null;
    } catch (error) {
      return String((error as Error).message).slice(0, 500);
    } finally {
      document.dispose();
    }
  });
  process.stdout.write(JSON.stringify(results));
}

if (require.main === module) void main(process.argv[2] ?? '');
