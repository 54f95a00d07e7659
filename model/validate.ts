import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import type { Issue } from './errors';
import { explain, IssueList } from './explain';
import { formats } from './formats';
import type { Transaction } from './import/transactions';
import type { Message } from './message';
import { checkRules } from './rule-checks';
import type { Schema } from './schema-document';
import { readCatalogue, readSchemas } from './schemas';

/** No more issues of one message are named than this. */
export const issueLimit = 200;

/**
 * What is wrong with a canonical message: the envelope, its objects, and the rules above the schema. Empty when nothing
 * is. Nothing is coerced or filled in. Paths start at the message (`items[0].id`).
 *
 * A Get, a Cancel and a Change need not carry whole objects: what a Change does not name stays as it is, and null clears
 * a field. In all else null stands only where the standard lets an element be nil.
 */
export function validateMessage(message: Message): Issue[] {
  const transaction = message.bare
    ? bareTransaction(message.noun)
    : transactionOf(message.verb, message.noun);
  if (transaction === undefined) {
    return [
      {
        rule: 'transaction',
        path: 'noun',
        message: `there is no ${message.verb} of ${message.noun}`,
        value: message.noun,
      },
    ];
  }
  const found = new IssueList(issueLimit);
  const checked = message.verb === 'Change' ? withoutNulls(message) : message;
  const isPartial = ['Get', 'Cancel', 'Change'].includes(message.verb);
  guarded(found, () => {
    const passes = validator(`${transaction.areaType} ${transaction.itemType}`, () => envelope(transaction));
    check(passes, envelope(transaction), checked, found, isPartial);
    const items = Array.isArray(message.items) ? message.items : [];
    checkRules(message.noun, items, 'items', { whole: !isPartial }, found);
  });
  return found.issues;
}

/**
 * What is wrong with one object of the given name (a noun, or a part that may stand alone such as `JobOrder`).
 * Paths start at the object.
 */
export function validateObject(noun: string, object: unknown): Issue[] {
  const type = readCatalogue().objects.find(({ element }) => element === noun)?.type;
  if (type === undefined)
    return [{ rule: 'noun', path: '', message: `there is no object called ${noun}`, value: noun }];
  const found = new IssueList(issueLimit);
  const schema = { $ref: `#/$defs/${type}` };
  guarded(found, () => {
    check(
      validator(type, () => schema),
      schema,
      object,
      found,
      false,
    );
    checkRules(noun, [object], '', { whole: true }, found);
  });
  return found.issues;
}

/** The transaction that a verb and a noun name, if the standard has it. */
export function transactionOf(verb: string, noun: string): Transaction | undefined {
  transactions ??= new Map(readCatalogue().transactions.map((each) => [`${each.verb} ${each.noun}`, each]));
  return transactions.get(`${verb} ${noun}`);
}

/** An object that stands alone, as if there were a transaction for it. */
function bareTransaction(noun: string): Pick<Transaction, 'areaType' | 'itemType'> | undefined {
  const type = readCatalogue().objects.find(({ element }) => element === noun)?.type;
  return type === undefined ? undefined : { areaType: 'TransSync', itemType: type };
}

let transactions: Map<string, Transaction> | undefined;

/** A compiled validator says yes or no; only a message that is refused is gone through again to say why. */
function check(
  passes: ValidateFunction,
  schema: Schema,
  value: unknown,
  found: IssueList,
  isPartial: boolean,
): void {
  if (passes(value)) return;
  const all = new IssueList(isPartial ? issueLimit * 10 : issueLimit);
  explain(schema, value, '', model().definitions, all);
  const missing = new Set(['required', 'minItems', 'exactly-one']);
  for (const issue of all.issues) {
    const isOfItems = issue.path.startsWith('items[');
    if (isPartial && isOfItems && missing.has(issue.rule)) continue;
    if (!found.isFull) found.issues.push(issue);
  }
}

/** Objects nested so deep that they exhaust the stack are refused like anything else that does not fit. */
function guarded(found: IssueList, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    found.add('depth', '', 'is nested too deep');
  }
}

/** A copy without members that are null, except where the standard has nil elements anyway. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((each) => withoutNulls(each)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, member]) => member !== null || nilElements.has(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)])) as T;
}

const nilElements = new Set(['quantityString', 'valueString', 'dataType', 'unitOfMeasure']);

function envelope({ areaType, itemType }: Pick<Transaction, 'areaType' | 'itemType'>): Schema {
  return {
    type: 'object',
    properties: {
      verb: { type: 'string' },
      noun: { type: 'string' },
      releaseId: { type: 'string' },
      versionId: { type: 'string' },
      bare: { type: 'boolean' },
      applicationArea: { $ref: '#/$defs/TransApplicationArea' },
      criteria: { $ref: `#/$defs/${areaType}` },
      items: { type: 'array', minItems: 1, items: { $ref: `#/$defs/${itemType}` } },
    },
    required: ['verb', 'noun', 'applicationArea', 'items'],
    additionalProperties: false,
  };
}

interface Model {
  readonly ajv: Ajv2020;
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly validators: Map<string, ValidateFunction>;
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
    code: { optimize: false },
  });
  for (const [name, holds] of Object.entries(formats)) ajv.addFormat(name, holds);
  ajv.addSchema({ $id: 'model', $defs: definitions });
  loaded = { ajv, definitions, validators: new Map() };
  return loaded;
}

/** Without what only people and the codec read; references into one document. */
function lean($defs: Record<string, Schema>): Record<string, Schema> {
  const text = JSON.stringify($defs, (key, value: unknown) => {
    if (key === 'x-b2mml' || (key === 'description' && typeof value === 'string')) return undefined;
    return key === '$ref' ? String(value).replace(/^.*#/, '#') : value;
  });
  return JSON.parse(text) as Record<string, Schema>;
}

function validator(key: string, schema: () => Schema): ValidateFunction {
  const { ajv, validators } = model();
  const known = validators.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(schema()).replaceAll('"#/$defs/', '"model#/$defs/');
  const compiled = ajv.compile(JSON.parse(text) as object);
  validators.set(key, compiled);
  return compiled;
}
