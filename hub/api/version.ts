import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';

/** The hub's version, as its package says. */
export const hubVersion: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;
