import type { Schema } from './canonical';
import { parseCondition } from './conditions';
import { invertUses, splitUses } from './invert-uses';
import type { Mapping, Rule } from './mapping';
import { fieldOf, parsePath } from './paths';
import { invertUnit } from './units';

/** What does not come back when a mapping that reads is run backwards. */
export interface Loss {
  /** Line of the rule. */
  readonly line: number;
  /** Canonical path that the rule sets, with `[]` for lists. */
  readonly path: string;
  readonly reason: string;
}

export interface Inverted {
  /** Writes what the mapping reads. */
  readonly mapping: Mapping;
  readonly lost: readonly Loss[];
}

/** The way back of a mapping that reads. With the native schema, numbers and truth values are written as such. */
export function invertMapping(mapping: Mapping, native?: Schema): Inverted {
  const lost: Loss[] = [];
  if (mapping.each !== undefined) {
    lost.push({
      line: mapping.lines.get('each') ?? 1,
      path: '',
      reason: 'several items come from one record',
    });
  }
  const block: Block = { canonical: '', told: '', entry: '', native, lost };
  const rules = invertRules(mapping.rules, block);
  const { each: _, ...rest } = mapping;
  return {
    mapping: { ...rest, direction: 'out', when: [], rules, unused: new Map() },
    lost: withoutCopies(lost, rules),
  };
}

/** Where the rules of a block stand. */
interface Block {
  /** Path to the object that they fill, from the canonical entry: `quantity[0].` */
  readonly canonical: string;
  /** The same from the root, for people: `operationsRequest[].quantity[].` */
  readonly told: string;
  /** Native path of the entry that they read, from the root, without indexes. */
  readonly entry: string;
  readonly native: Schema | undefined;
  readonly lost: (Loss & { native?: string })[];
}

/** Rules that read the same native field become one, which writes the first that is present. */
function invertRules(rules: readonly Rule[], block: Block): Rule[] {
  const byTarget = new Map<string, Rule>();
  const lists: Rule[] = [];
  for (const rule of rules) {
    const isShared = rules.some((other) => other !== rule && other.set === rule.set && fillsList(other));
    for (const back of invertRule(rule, block, isShared)) {
      const there = byTarget.get(back.set);
      if (back.each !== undefined) lists.push(back);
      else if (!there) byTarget.set(back.set, back);
      else if (there.from && back.from && sameConversion(there, back)) {
        const from = [...new Set([...there.from, ...back.from])];
        byTarget.set(back.set, { ...there, from, optional: there.optional && back.optional });
      }
    }
  }
  return [...byTarget.values(), ...lists];
}

const fillsList = (rule: Rule) => rule.each !== undefined || rule.item !== undefined;

const sameConversion = (a: Rule, b: Rule) =>
  a.codes === b.codes && JSON.stringify([a.as, a.unit, a.xref]) === JSON.stringify([b.as, b.unit, b.xref]);

function lose(rule: Rule, block: Block, reason: string, native?: string): Rule[] {
  const told = block.told + rule.set.replace(/\[-?\d+\]/g, '[]');
  block.lost.push({ line: rule.line, path: told, reason, ...(native === undefined ? {} : { native }) });
  return [];
}

function invertRule(rule: Rule, block: Block, isShared: boolean): Rule[] {
  if (rule.item) return invertItem(rule, rule.item, block, isShared);
  if (rule.each !== undefined) return invertEach(rule, rule.each, block, isShared);
  if (rule.value !== undefined) return [];
  if (rule.expr !== undefined) return lose(rule, block, 'an expression has no way back');
  return invertLeaf(rule, rule.from ?? [], block);
}

function invertLeaf(rule: Rule, paths: readonly string[], block: Block): Rule[] {
  const [first = ''] = paths;
  const { scope, steps } = parsePath(first);
  if (scope === 'context') return [];
  if (scope !== 'entry') {
    const native = scope === 'root' ? first.slice(2) : undefined;
    return lose(rule, block, `${first} stands outside the entry`, native);
  }
  if (steps.some(({ kind }) => kind === 'all'))
    return lose(rule, block, `${first} stands for several fields`);
  const isOptional = rule.optional || rule.when.length > 0 || rule.default !== undefined;
  const source = rule.set.startsWith('@') ? rule.set : block.canonical + rule.set;
  const back = {
    line: rule.line,
    from: [source],
    when: [],
    optional: isOptional || rule.set.startsWith('@'),
  };
  const parts = splitUses(rule.as, paths.length);
  if (parts) return parts.map((as, n) => ({ ...back, set: paths[n] as string, as }));
  const as = invertUses(rule.as, first, block);
  if (!as) return lose(rule, block, `${rule.as.map(({ name }) => name).join(', ')} cannot be undone`);
  const unit = rule.unit && invertUnit(rule.unit);
  if (rule.unit && !unit)
    return lose(rule, block, `the unit that stands in ${rule.unit.from} is not carried`);
  const clears = rule.clears ? { clears: true } : {};
  return [{ ...back, set: first, as, ...lookups(rule), ...(unit ? { unit } : {}), ...clears }];
}

/** Code tables and links are read the other way by the mapping's direction. */
const lookups = ({ codes, xref }: Rule): Pick<Rule, 'codes' | 'xref'> => ({
  ...(codes === undefined ? {} : { codes }),
  ...(xref === undefined ? {} : { xref }),
});

/** A constant that tells the entries of a list apart, where several rules fill it. */
function distinction(rules: readonly Rule[]): { field: string; value: string } | undefined {
  for (const { set, value } of rules) {
    if (typeof value === 'string' && fieldOf(parsePath(set)) !== undefined) return { field: set, value };
  }
  return undefined;
}

const noDistinction = 'several rules fill this list, and no constant tells its entries apart';

function invertItem(rule: Rule, item: readonly Rule[], block: Block, isShared: boolean): Rule[] {
  const mark = isShared ? distinction(item) : undefined;
  if (isShared && !mark) return lose(rule, block, noDistinction);
  const place = mark ? `[${mark.field}=${mark.value}]` : '[0]';
  const canonical = `${block.canonical}${rule.set}${place}.`;
  const inner = invertRules(item, { ...block, canonical, told: `${block.told}${rule.set}[].` });
  // The item may be absent, and then nothing of it is written.
  return rule.when.length === 0 ? inner : inner.map((one) => ({ ...one, optional: true }));
}

function invertEach(rule: Rule, each: string, block: Block, isShared: boolean): Rule[] {
  const list = parsePath(each);
  if (list.scope !== 'entry') return lose(rule, block, `the list ${each} stands outside the entry`);
  if (list.steps.some(({ kind }) => kind === 'all'))
    return lose(rule, block, 'its entries come from several lists');
  const mark = isShared ? distinction(rule.rules ?? []) : undefined;
  if (isShared && !mark) return lose(rule, block, noDistinction);
  const entry = [block.entry, each.replace(/\[[^\]]*\]/g, '')].filter((text) => text !== '').join('.');
  const inside: Block = { ...block, canonical: '', told: `${block.told}${rule.set}[].`, entry };
  const back: Rule = {
    line: rule.line,
    set: each,
    each: block.canonical + rule.set,
    when: mark ? [`${mark.field} = ${mark.value}`] : [],
    as: [],
    // A canonical list is absent rather than empty; the native one must be there.
    ...(rule.optional ? { optional: true } : { optional: false, default: [] }),
  };
  if (!rule.rules) return invertValues(rule, back, inside);
  return [{ ...back, rules: [...invertRules(rule.rules, inside), ...fromConditions(rule, block)] }];
}

/** A list of values: an entry of its own for each. */
function invertValues(rule: Rule, back: Rule, block: Block): Rule[] {
  const [from = '.'] = rule.from ?? [];
  const as = invertUses(rule.as, from, block);
  if (!as) return lose(rule, block, `${rule.as.map(({ name }) => name).join(', ')} cannot be undone`);
  const tables = lookups(rule);
  if (from === '.') return [{ ...back, from: ['.'], as, ...tables }];
  return [
    {
      ...back,
      rules: [{ line: rule.line, set: from, from: ['.'], when: [], as, optional: false, ...tables }],
    },
  ];
}

/** `FIELD = VALUE` chose the entries, so that is what they hold; what another condition left out does not come back. */
function fromConditions(rule: Rule, block: Block): Rule[] {
  return rule.when.map(parseCondition).flatMap(({ text, test, path, against }) => {
    if (test === '=' && path.scope === 'entry' && !('steps' in against)) {
      return [
        { line: rule.line, set: path.text, value: against[0] ?? '', when: [], as: [], optional: false },
      ];
    }
    return lose(rule, block, `entries that do not meet '${text}' are not carried`);
  });
}

/** A field of the record that another rule reads at its own place is not lost. */
function withoutCopies(lost: Block['lost'], rules: readonly Rule[]): Loss[] {
  const written = new Set(rules.map(({ set }) => set));
  return lost
    .filter(({ native }) => native === undefined || !written.has(native))
    .map(({ native: _, ...loss }) => loss);
}
