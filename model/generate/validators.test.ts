import { readCatalogue } from '../schemas';
import { bareValidator } from '../testing/bare-ajv';
import { instanceOf } from '../testing/instances';
import { checkOf, definitions } from '../validator';

const { transactions } = readCatalogue();
/** One transaction of each type of object. */
const byType = new Map(transactions.map((transaction) => [transaction.itemType, transaction]));

/** What stands where something else belongs. */
const wrong = [null, 1, '', 'x', '12.5', true, [], {}, [null], ['x'], [{}]];

/**
 * A value with something else in one place, nothing there, or a member too many: for each of its own places, and for the
 * first few further in.
 */
function* spoilt(value: unknown, few = 60): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  const isList = Array.isArray(value);
  const put = (key: string, other: unknown) =>
    isList ? value.with(Number(key), other) : { ...value, [key]: other };
  const members = Object.entries(value);
  for (const [index, [key]] of members.entries()) {
    yield put(key, wrong[index % wrong.length]);
    if (!isList) yield Object.fromEntries(members.filter(([name]) => name !== key));
  }
  if (!isList) yield { ...value, colour: 'red' };
  for (const [key, member] of members) {
    let count = 0;
    for (const each of spoilt(member, few / 4)) {
      if (++count > few) break;
      yield put(key, each);
    }
  }
}

const ajvs = new Map<string, (value: unknown) => boolean>();
function ajvOf(definition: string): (value: unknown) => boolean {
  const made = ajvs.get(definition) ?? bareValidator({ $ref: `#/$defs/${definition}` });
  ajvs.set(definition, made);
  return made;
}

test.each([...byType])(
  '%s: what is generated and ajv agree, on what fits and on what does not',
  (type, transaction) => {
    const [own, ajv] = [checkOf(type), ajvOf(type)];
    const [item] = instanceOf(transaction, 'full').items;
    const [minimal] = instanceOf(transaction, 'minimal').items;
    expect([own(item), ajv(item), own(minimal), ajv(minimal)]).toEqual([true, true, true, true]);
    const differing = [...spoilt(item)].filter((each) => own(each) !== ajv(each));
    expect(differing.slice(0, 1)).toEqual([]);
  },
);

test.each(wrong.map((value) => [JSON.stringify(value), value]))(
  '%s alone is the same to both, for every definition',
  (_, value) => {
    const names = Object.keys(definitions());
    expect(names.filter((name) => checkOf(name)(value) !== ajvOf(name)(value))).toEqual([]);
  },
);
