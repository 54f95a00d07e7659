import Ajv2020, { _ } from 'ajv/dist/2020';
import { and, getProperty } from 'ajv/dist/compile/codegen';
import { formats } from './formats';
import { ruleProbes } from './rule-probe';
import type { Schema } from './schema-document';
import { readSchemas } from './schemas';

export interface Verdict {
  /** It fits its schema. */
  readonly fits: boolean;
  /** A rule above the schema is broken, or may be: the rules must be gone through. */
  readonly mayBreakRules: boolean;
}

interface Model {
  readonly ajv: Ajv2020;
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly validators: Map<unknown, (value: unknown) => Verdict>;
  readonly suspicion: { isRaised: boolean };
}

let loaded: Model | undefined;

/**
 * All definitions as one document, so that each is compiled once. What is compiled at first use is one noun:
 * about 100 ms for the first, 10 for another; a precompiled module of all is 4.6 MB and no faster to load.
 */
function model(): Model {
  if (loaded !== undefined) return loaded;
  const definitions: Record<string, Schema> = {};
  for (const { $defs } of readSchemas()) Object.assign(definitions, lean($defs));
  // The schemas are held against ajv's strict mode by a test, not at each start.
  const ajv = new Ajv2020({
    strict: false,
    validateSchema: false,
    meta: false,
    messages: false,
    inlineRefs: false,
    // Compiles in half the time, and what comes out runs as fast.
    code: { optimize: false },
  });
  for (const [name, holds] of Object.entries(formats)) ajv.addFormat(name, holds);
  const suspicion = { isRaised: false };
  addProbes(ajv, definitions, suspicion);
  closeQuickly(ajv);
  ajv.addSchema({ $id: 'model', $defs: definitions });
  loaded = { ajv, definitions, validators: new Map(), suspicion };
  return loaded;
}

/**
 * Objects to which a rule above the schema applies are looked at while they are validated: going through the whole
 * message once more costs several times the validation itself, and is left to those that raise suspicion.
 */
function addProbes(
  ajv: Ajv2020,
  definitions: Readonly<Record<string, Schema>>,
  suspicion: Model['suspicion'],
): void {
  const probesOf = ({ properties = {} }: Schema) => ruleProbes(new Set(Object.keys(properties)));
  ajv.addKeyword({
    keyword: 'probe',
    // Written into the validator, so that most objects cost no more than to see that a member is not there.
    code({ gen, data, parentSchema }) {
      const raised = gen.scopeValue('obj', { ref: suspicion });
      for (const { members, isSuspicious } of probesOf(parentSchema as Schema)) {
        const values = members.map((member) => _`${data}${getProperty(member)}`);
        const areThere = values.map((value) => _`${value} !== undefined`);
        const look = isSuspicious && gen.scopeValue('func', { ref: isSuspicious });
        const conditions = look ? [...areThere, _`${look}(${values[0]}, ${values[1]})`] : areThere;
        gen.if(and(...conditions), () => gen.code(_`${raised}.isRaised = true`));
      }
    },
  });
  for (const schema of Object.values(definitions)) {
    if (probesOf(schema).length > 0) Object.assign(schema, { probe: true });
  }
}

/** Unknown members by a set of the known ones, which is quicker than to ask the schema for each. */
function closeQuickly(ajv: Ajv2020): void {
  ajv.removeKeyword('additionalProperties');
  ajv.addKeyword({
    keyword: 'additionalProperties',
    type: 'object',
    schemaType: 'boolean',
    code(context) {
      const { gen, data, schema, parentSchema } = context;
      if (schema !== false) return;
      const known = gen.scopeValue('obj', {
        ref: new Set(Object.keys((parentSchema as Schema).properties ?? {})),
      });
      gen.forIn('key', data, (key) =>
        gen.if(_`!${known}.has(${key})`, () => {
          context.error();
          gen.break();
        }),
      );
    },
  });
}

/** Without what only people and the codec read; references into one document. */
function lean($defs: Record<string, Schema>): Record<string, Schema> {
  const text = JSON.stringify($defs, (key, value: unknown) => {
    if (key === 'x-b2mml' || (key === 'description' && typeof value === 'string')) return undefined;
    return key === '$ref' ? String(value).replace(/^.*#/, '#') : value;
  });
  return JSON.parse(text) as Record<string, Schema>;
}

/** The model's definitions by name, with references as `#/$defs/NAME`. */
export const definitions = (): Readonly<Record<string, Schema>> => model().definitions;

/** The compiled form of a schema over the model's definitions, made at first use and kept under the key. */
export function validator(key: unknown, schema: () => Schema): (value: unknown) => Verdict {
  const { ajv, validators, suspicion } = model();
  const known = validators.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(schema()).replaceAll('"#/$defs/', '"model#/$defs/');
  const fits = ajv.compile(JSON.parse(text) as object);
  const made = (value: unknown): Verdict => {
    suspicion.isRaised = false;
    return { fits: fits(value), mayBreakRules: suspicion.isRaised };
  };
  validators.set(key, made);
  return made;
}

/** Bare ajv over a schema of the model, as anybody would set it up: what our validation is measured against. */
export function bareValidator(schema: Schema): (value: unknown) => boolean {
  // Inlined, as ajv would have it, these schemas become functions too large to be optimised: 3 to 5 times slower.
  const ajv = new Ajv2020({ strict: false, validateSchema: false, inlineRefs: false });
  for (const [name, holds] of Object.entries(formats)) ajv.addFormat(name, holds);
  const $defs = Object.assign({}, ...readSchemas().map((document) => lean(document.$defs))) as Record<
    string,
    Schema
  >;
  ajv.addSchema({ $id: 'bare', $defs });
  return ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"bare#/$defs/')) as object);
}
