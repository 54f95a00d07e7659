import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder that holds package.json: schemas, mappings and the example plant are read from there,
 * whether the code runs from `dist/` or from an installed package.
 */
export const packageRoot: string = (() => {
  let at = __dirname;
  while (!existsSync(join(at, 'package.json'))) at = dirname(at);
  return at;
})();
