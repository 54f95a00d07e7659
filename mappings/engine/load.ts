import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HubError } from '../../model/errors';
import { compileMapping } from './apply';
import type { Schema } from './canonical';
import { type CodeTable, loadCodeTable } from './codes';
import type { CompiledMapping } from './compiled';
import { parseMapping } from './parse';

/** The files of one or more mapping folders, found but not yet read. */
export interface MappingFiles {
  readonly mappings: readonly string[];
  readonly codes: readonly string[];
  readonly schemas: readonly string[];
}

export interface MappingSet {
  readonly all: readonly CompiledMapping[];
  readonly codes: ReadonlyMap<string, CodeTable>;
  /** Native schemas by `<kind>/<Record>`. */
  readonly schemas: ReadonlyMap<string, Schema>;
  /** Throws HubError HUB_BAD_MAPPING for a name that is not there. */
  get(name: string): CompiledMapping;
  has(name: string): boolean;
}

/**
 * Folders of mappings: `<dir>/<kind>/*.map.yaml`, `<dir>/<kind>/native/*.schema.json`, `<dir>/codes/` and, for a
 * project, `codes/` beside the folder. A later folder overrides an earlier one, name by name.
 */
export function findMappingFiles(dirs: readonly string[]): MappingFiles {
  const found = dirs.filter(existsSync).flatMap((dir) =>
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((file) => !/(^|[\\/])(node_modules|dist)[\\/]/.test(file))
      .sort()
      .map((file) => join(dir, file)),
  );
  const besides = dirs
    .map((dir) => join(dirname(dir), 'codes'))
    .filter((dir) => existsSync(dir))
    .flatMap((dir) => readdirSync(dir).map((file) => join(dir, file)));
  return {
    mappings: found.filter((file) => /\.map\.ya?ml$/.test(file)),
    codes: [...found.filter((file) => basename(dirname(file)) === 'codes'), ...besides].filter((file) =>
      /\.(ya?ml|csv)$/.test(file),
    ),
    schemas: found.filter((file) => file.endsWith('.schema.json') && basename(dirname(file)) === 'native'),
  };
}

/** Loads and compiles all mappings of the folders. Throws HubError HUB_BAD_MAPPING with file and line. */
export function loadMappings(dirs: readonly string[]): MappingSet {
  const files = findMappingFiles(dirs);
  const codes = loadCodes(files.codes);
  const schemas = loadNativeSchemas(files.schemas);
  const byName = new Map<string, CompiledMapping>();
  for (const file of files.mappings) {
    const compiled = compileMapping(parseMapping(file), codes, schemas);
    byName.set(compiled.name, compiled);
  }
  return mappingSet(byName, codes, schemas);
}

/** One mapping of the folders alone, with their code tables and schemas. */
export function loadMapping(dirs: readonly string[], file: string): MappingSet {
  const files = findMappingFiles(dirs);
  const codes = loadCodes(files.codes);
  const schemas = loadNativeSchemas(files.schemas);
  const compiled = compileMapping(parseMapping(file), codes, schemas);
  return mappingSet(new Map([[compiled.name, compiled]]), codes, schemas);
}

function mappingSet(
  byName: ReadonlyMap<string, CompiledMapping>,
  codes: ReadonlyMap<string, CodeTable>,
  schemas: ReadonlyMap<string, Schema>,
): MappingSet {
  return {
    all: [...byName.values()],
    codes,
    schemas,
    has: (name) => byName.has(name),
    get(name) {
      const found = byName.get(name);
      if (found) return found;
      const names = [...byName.keys()].join(', ') || 'none';
      throw new HubError('HUB_BAD_MAPPING', `there is no mapping '${name}'; there are: ${names}`, {
        value: name,
      });
    },
  };
}

export function loadCodes(files: readonly string[]): ReadonlyMap<string, CodeTable> {
  return new Map(files.map(loadCodeTable).map((table) => [table.name, table]));
}

export function loadNativeSchemas(files: readonly string[]): ReadonlyMap<string, Schema> {
  return new Map(
    files.map((file) => {
      const kind = basename(dirname(dirname(file)));
      return [`${kind}/${basename(file).replace(/\.schema\.json$/, '')}`, readSchema(file)];
    }),
  );
}

function readSchema(file: string): Schema {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Schema;
  } catch (cause) {
    throw new HubError('HUB_BAD_MAPPING', `${file}:1: the native schema is not JSON`, {
      at: `${file}:1`,
      cause,
    });
  }
}
