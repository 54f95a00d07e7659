import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../paths';

/** MESA's schemas and documents from plants lie beside the repository where somebody put them; they are not part of it. */
export const referenceDirectory: string = join(packageRoot, '..', 'shared', 'b2mml');

const hasReference = existsSync(join(referenceDirectory, 'xsd', 'V0701', 'AllSchemas.xsd'));

/** For tests against MESA's own files: shown as skipped where they are not there. */
export const describeWithReference: jest.Describe = hasReference ? describe : describe.skip;

export const sample = (name: string): Buffer => readFileSync(join(referenceDirectory, 'samples', name));

/** The first error of each document against a version's schemas, or null. */
export function xsdErrors(schema: string, documents: readonly string[]): (string | null)[] {
  const program = join(packageRoot, 'dist', 'model', 'testing', 'validate-xsd.js');
  const output = execFileSync(process.execPath, [program, join(referenceDirectory, 'xsd', schema)], {
    input: JSON.stringify(documents),
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output.toString()) as (string | null)[];
}
