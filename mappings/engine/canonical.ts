import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { packageRoot } from '../../model/paths';

/** A JSON Schema, as far as mappings are held against it. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** The canonical schemas: what each noun's item may hold. */
export interface CanonicalSchemas {
  /** The schema of the noun's item; undefined for a noun that the model does not have. */
  itemOf(noun: string): Located | undefined;
  /** Follows `$ref` from a schema of the file. */
  resolve(at: Located): Located;
}

/** A schema together with the file that its relative references start from. */
export interface Located {
  readonly schema: Schema;
  readonly file: string;
}

export interface Defect {
  /** As in `operationsRequest[0].id`. */
  readonly path: string;
  readonly message: string;
}

let loaded: CanonicalSchemas | undefined;

/** Reads `model/schema/b2mml-*.schema.json` once. */
export function canonicalSchemas(): CanonicalSchemas {
  loaded ??= loadCanonical(join(packageRoot, 'model', 'schema'));
  return loaded;
}

function loadCanonical(dir: string): CanonicalSchemas {
  const files = new Map<string, Schema>();
  for (const file of existsSync(dir) ? readdirSync(dir) : []) {
    if (!/^b2mml-.*\.schema\.json$/.test(file)) continue;
    const schema = JSON.parse(readFileSync(join(dir, file), 'utf8')) as Schema;
    files.set(String(schema.$id ?? file), schema);
  }
  const items = itemTypes(join(dir, 'b2mml-catalogue.json'));
  const definitions = new Map<string, Located>();
  for (const [file, schema] of files) {
    for (const [name, definition] of Object.entries((schema.$defs ?? {}) as Record<string, Schema>)) {
      if (!definitions.has(name)) definitions.set(name, { schema: definition, file });
    }
  }
  return {
    itemOf: (noun) => definitions.get(items.get(noun) ?? noun),
    resolve: (at) => resolveIn(at, (file) => files.get(file)),
  };
}

/** noun → type of its items, as the catalogue of transactions says. */
function itemTypes(file: string): ReadonlyMap<string, string> {
  if (!existsSync(file)) return new Map();
  const { transactions = [] } = JSON.parse(readFileSync(file, 'utf8')) as {
    transactions?: { noun: string; itemType: string }[];
  };
  return new Map(transactions.map(({ noun, itemType }) => [noun, itemType]));
}

/** Follows `$ref` until there is none; keywords beside the reference are kept. */
export function resolveIn(at: Located, fileOf: (file: string) => Schema | undefined): Located {
  let here = at;
  for (let hops = 0; hops < 20 && typeof here.schema.$ref === 'string'; hops++) {
    const [file = '', pointer = ''] = here.schema.$ref.split('#');
    const target = file === '' ? here.file : file;
    let schema = fileOf(target);
    for (const part of pointer.split('/').slice(1)) {
      schema = schema?.[part.replaceAll('~1', '/').replaceAll('~0', '~')] as Schema | undefined;
    }
    if (!schema) return { schema: {}, file: target };
    here = { schema, file: target };
  }
  return here;
}

/** A check of one value against a schema of its own, e.g. a native one. */
export function schemaDefects(schema: Schema, value: unknown): Defect[] {
  let validate = validators.get(schema);
  if (!validate) {
    const { $id: _, $schema: __, ...own } = schema;
    validate = new Ajv({ strict: false, validateFormats: false }).compile(own);
    validators.set(schema, validate);
  }
  return validate(value) ? [] : defectsOf(validate.errors);
}

const validators = new WeakMap<Schema, ReturnType<Ajv['compile']>>();

function defectsOf(errors: Ajv['errors']): Defect[] {
  return (errors ?? []).slice(0, 20).map((error) => {
    const { additionalProperty, unevaluatedProperty, allowedValues } = error.params as Record<
      string,
      unknown
    >;
    const name = additionalProperty ?? unevaluatedProperty;
    const of = Array.isArray(allowedValues) ? ` (${allowedValues.join(', ')})` : '';
    const what =
      name === undefined ? `${error.message ?? 'is wrong'}${of}` : `has no field '${String(name)}'`;
    return { path: dotted(error.instancePath), message: what };
  });
}

function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`),
      '',
    );
}
