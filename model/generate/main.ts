import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../paths';
import { readCatalogue, readSchemas } from '../schemas';
import { generatedFiles } from './files';

const target = join(packageRoot, 'model', 'generated');
mkdirSync(join(target, 'validators'), { recursive: true });
for (const [file, text] of generatedFiles(readSchemas(), readCatalogue())) {
  writeFileSync(join(target, file), text);
  console.log(`model/generated/${file}: ${text.length} characters`);
}
