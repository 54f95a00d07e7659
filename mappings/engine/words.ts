/**
 * The words of a mapping file and what each says: the parser, map.schema.json and mappings/README.md are held
 * against these two tables.
 */
export const headerWords: ReadonlyMap<string, string> = new Map([
  [
    'version',
    'The version that people give the mapping; stamped on each message with a hash of its content.',
  ],
  ['about', 'A sentence for people: what this mapping is for.'],
  [
    'direction',
    'in: native to canonical; out: canonical to native; both: written as in, derived backwards, too.',
  ],
  ['native', 'The native schema, as <kind>/<Record> for <kind>/native/<Record>.schema.json.'],
  ['empty', 'in: values that mean nothing is there, as empty text and null always do, e.g. [false].'],
  ['records', 'The record types it reads (in), or the one it writes (out).'],
  ['message', 'Verb and noun of the message; an out mapping may list several verbs that it takes.'],
  ['identity', 'true: the body of the record is a canonical message itself; there are no rules.'],
  [
    'key',
    'out: path of the business key, first in the entry, then in the item; of `a or b`, the first that is present. ' +
      'Several are joined with a hyphen.',
  ],
  ['each', 'in: one item per entry of this list; out: one record per entry. Paths then start at the entry.'],
  ['when', 'Conditions that the whole record, or each entry, must meet to be mapped.'],
  ['rules', 'The rules, run in order.'],
  ['unused', 'Native fields (or subtrees, X.*) that are not read on purpose, each with the reason.'],
]);

export const ruleWords: ReadonlyMap<string, string> = new Map([
  ['set', 'The path to set; @referenceId, @bodId, @creationDateTime, @verb set the envelope.'],
  ['from', 'The path to read; of several, the first that is present.'],
  ['value', 'A constant.'],
  ['expr', 'A JSONata expression, for what the other words cannot say.'],
  ['interpreted', 'true: the expression goes beyond what is compiled, and may run in the slow interpreter.'],
  ['each', 'Makes a list: one entry for each entry of the list at this path.'],
  ['rules', 'What each entry of the list is made of; paths start at the entry.'],
  ['item', 'Makes a list of one entry from rules that see the same entry as this rule.'],
  ['join', 'list, by, equals: finds the entry of another list, whose fields are then read as #.field.'],
  ['when', 'Conditions under which the rule runs; with each, which entries are taken.'],
  ['as', 'A transform or several, in order.'],
  ['with', 'Parameters of the transforms.'],
  ['codes', 'A code table: codes/<name>.yaml or .csv. An unknown code is an issue.'],
  [
    'unit',
    "Converts an amount: from (path of its unit) or value (its unit), and to. Codes of UN/ECE, SAP and UCUM, and the project's own (model/README.md, Units).",
  ],
  [
    'xref',
    'Identity across systems: noun, or {noun, system, unknown}. Reading gives the canonical id, writing the ' +
      "receiver's own. unknown: keep (default) leaves an id that is not linked as it is, issue refuses it.",
  ],
  ['optional', 'true: a missing source sets nothing and is no issue.'],
  [
    'clears',
    'true: a field that is there and empty clears the member (null, which a Change takes out of the object); ' +
      'one that is not there, or holds what the header calls empty, says nothing.',
  ],
  ['default', 'What is set when the source is missing, as it stands; with each, a list such as [].'],
]);
