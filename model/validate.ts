import type { Issue } from './errors';
import { explain, IssueList } from './explain';
import type { Transaction } from './import/transactions';
import type { Message } from './message';
import { checkRules } from './rule-checks';
import { bills } from './rules';
import type { Schema } from './schema-document';
import { readCatalogue } from './schemas';
import { checkOf, definitions, isObject, verdictOf } from './validator';

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
  // Whoever takes JSON from outside may hand over anything.
  if (typeof message !== 'object' || message === null) {
    return [{ rule: 'type', path: '', message: 'must be an object', value: message }];
  }
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
  return issuesOf({
    check: (value) => isMessage(value, transaction),
    schema: () => messageSchema(transaction),
    value: message,
    // The copy is made only where the message as it stands does not fit.
    leniently: () => (message.verb === 'Change' ? withoutNulls(message) : message),
    mayBePartial: isPartial(message.verb),
    rules: { noun: message.noun, items: Array.isArray(message.items) ? message.items : [], at: 'items' },
  });
}

/**
 * What is wrong with one object of the given name (a noun, or a part that may stand alone such as `JobOrder`).
 * Paths start at the object.
 */
export function validateObject(noun: string, object: unknown): Issue[] {
  const type = readCatalogue().objects.find(({ element }) => element === noun)?.type;
  if (type === undefined)
    return [{ rule: 'noun', path: '', message: `there is no object called ${noun}`, value: noun }];
  return issuesOf({
    check: checkOf(type),
    schema: () => ({ $ref: `#/$defs/${type}` }),
    value: object,
    leniently: () => object,
    mayBePartial: false,
    rules: { noun, items: [object], at: '' },
  });
}

const partialVerbs: ReadonlySet<string> = new Set(['Get', 'Cancel', 'Change']);

/** Whether messages of a verb need not carry whole objects. */
export function isPartial(verb: string): boolean {
  return partialVerbs.has(verb);
}

/** Loads what messages of a verb and noun are held against, so that the first of them need not wait for it. */
export function prepareValidation(verb: string, noun: string): void {
  const transaction = transactionOf(verb, noun);
  if (transaction !== undefined) for (const type of typesOf(transaction)) checkOf(type);
}

/** The transaction that a verb and a noun name, if the standard has it. */
export function transactionOf(verb: string, noun: string): Transaction | undefined {
  transactions ??= byNounAndVerb();
  return transactions.get(noun)?.get(verb);
}

/** An object that stands alone, as if there were a transaction for it. */
function bareTransaction(noun: string): Types | undefined {
  const type = readCatalogue().objects.find(({ element }) => element === noun)?.type;
  return type === undefined ? undefined : { areaType: 'TransSync', itemType: type };
}

let transactions: Map<string, Map<string, Transaction>> | undefined;

function byNounAndVerb(): Map<string, Map<string, Transaction>> {
  const found = new Map<string, Map<string, Transaction>>();
  for (const transaction of readCatalogue().transactions) {
    const verbs = found.get(transaction.noun) ?? new Map<string, Transaction>();
    found.set(transaction.noun, verbs.set(transaction.verb, transaction));
  }
  return found;
}

interface Task {
  /** Says whether the value fits the schema. */
  readonly check: (value: unknown) => boolean;
  readonly schema: () => Schema;
  readonly value: unknown;
  /** The value as it is held against the schema when the value itself does not fit. */
  readonly leniently: () => unknown;
  /** Objects may leave out what the schema requires. */
  readonly mayBePartial: boolean;
  readonly rules: { readonly noun: string; readonly items: readonly unknown[]; readonly at: string };
}

/**
 * A generated validator says yes or no; only what is refused, or raises suspicion, is gone through again to say why.
 * Objects nested so deep that they exhaust the stack are refused like anything else that does not fit.
 */
function issuesOf({ check, schema, value, leniently, mayBePartial, rules }: Task): Issue[] {
  const found = mayBePartial ? new IssueList(issueLimit, isWanted) : new IssueList(issueLimit);
  try {
    const { fits, mayBreakRules } = verdictOf(check, value);
    if (!fits) explain(schema(), leniently(), '', definitions(), found);
    // Bills are compared across objects, which no single object shows.
    if (!fits || mayBreakRules || rules.noun === bills.noun) {
      checkRules(rules.noun, rules.items, rules.at, { whole: !mayBePartial }, found);
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    found.add('depth', '', 'is nested too deep');
  }
  return found.issues;
}

const missing = new Set(['required', 'minItems', 'exactly-one']);

/** In a message that need not be whole, nothing is missing from its objects. */
const isWanted = (rule: string, path: string, value: unknown) =>
  !(missing.has(rule) && value === undefined && path.startsWith('items['));

/** A copy without members that are null, except where the standard has nil elements anyway. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((each) => withoutNulls(each)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, member]) => member !== null || nilElements.has(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)])) as T;
}

const nilElements = new Set(['quantityString', 'valueString', 'dataType', 'unitOfMeasure']);

type Types = Pick<Transaction, 'areaType' | 'itemType'>;

const envelopeType = 'TransApplicationArea';
const typesOf = ({ areaType, itemType }: Types) => [envelopeType, areaType, itemType];

/** Whether a value fits the schema of a whole message, member by member as `messageSchema` has it. */
function isMessage(value: unknown, { areaType, itemType }: Types): boolean {
  if (!isObject(value)) return false;
  const { verb, noun, releaseId, versionId, bare, applicationArea, criteria, items, ...others } = value;
  return (
    [verb, noun].every((text) => typeof text === 'string') &&
    [releaseId, versionId].every((text) => text === undefined || typeof text === 'string') &&
    (bare === undefined || typeof bare === 'boolean') &&
    checkOf(envelopeType)(applicationArea) &&
    (criteria === undefined || checkOf(areaType)(criteria)) &&
    Array.isArray(items) &&
    items.length > 0 &&
    items.every(checkOf(itemType)) &&
    Object.keys(others).length === 0
  );
}

/** The schema of a whole message, over the model's definitions. */
export function messageSchema({ areaType, itemType }: Types): Schema {
  return {
    type: 'object',
    properties: {
      verb: { type: 'string' },
      noun: { type: 'string' },
      releaseId: { type: 'string' },
      versionId: { type: 'string' },
      bare: { type: 'boolean' },
      applicationArea: { $ref: `#/$defs/${envelopeType}` },
      criteria: { $ref: `#/$defs/${areaType}` },
      items: { type: 'array', minItems: 1, items: { $ref: `#/$defs/${itemType}` } },
    },
    required: ['verb', 'noun', 'applicationArea', 'items'],
    additionalProperties: false,
  };
}
