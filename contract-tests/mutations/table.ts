// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are those of programs
/** A fault put into the mapping engine, and the test that must find it. */
export interface Mutation {
  /** What is no longer so. */
  readonly fault: string;
  /** Module of mappings/engine, as compiled. */
  readonly file: string;
  /** Stands once in that module. */
  readonly text: string;
  readonly becomes: string;
  /** Test file of mappings/engine, and the beginning of the title of the test that names the rule. */
  readonly tests: string;
  readonly test: string;
}

type Row = readonly [fault: string, file: string, text: string, becomes: string, tests: string, test: string];

// biome-ignore format: a line for each fault
const rows: readonly Row[] = [
  // paths and values
  ['empty text is a value', 'paths', "value === null || value === ''", 'value === null', 'values', 'empty text and null count as missing'],
  ['zero is missing', 'paths', 'value === undefined || value === null', '!value', 'values', 'empty text and null count as missing'],
  ['inherited names are read', 'paths', 'key in Object.prototype || key in Array.prototype', 'false', 'safety', 'names that every object inherits'],
  ['a selector takes any entry', 'paths', 'from.find((entry) => sameText(get(entry), step.value))', 'from[0]', 'values', 'the first entry of a list whose field has a value'],
  ['[-1] is not the last entry', 'paths', 'from.at(index)', 'from[index]', 'lists', '[-1] reads and sets the last entry'],
  ['the last of several sources wins', 'source', 'for (const read of readers)', 'for (const read of [...readers].reverse())', 'values', 'a constant, a path, the first of several paths'],
  ['a default is not set', 'leaf', 'if (rule.default !== undefined)', 'if (false)', 'values', 'a constant, a path, the first of several paths'],
  ['a missing source is no issue', 'leaf', 'if (rule.optional)', 'if (true)', 'issues', 'are told all at once'],
  ['an issue hides the others', 'fields', 'const field = fields[n];', 'if (run.issues.length > 0) return; const field = fields[n];', 'issues', 'are told all at once'],
  ['an issue does not tell the value', 'report', 'value,\n        todo', 'todo', 'issues', 'are told all at once'],
  ['an issue names another line', 'report', '`${scope.mapping.name}:${rule.line}`,\n        path: canonical,\n        message: run.direction', '`${scope.mapping.name}:1`,\n        path: canonical,\n        message: run.direction', 'issues', 'are told all at once'],
  ['a value is set where a list has others', 'fields', 'field.inList ? [value] : value', 'value', 'values', 'a constant, a path, the first of several paths'],
  ['the usual way sets empty texts', 'fields', "if (typeof text !== 'string' || text === '')", "if (typeof text !== 'string')", 'values', 'empty text and null count as missing'],
  ['conditions of a rule do not count', 'fields', 'field.guard !== undefined && !field.guard(frame, run)', 'false', 'values', 'a rule runs only where State = REL'],
  // targets
  ['__proto__ may be set', 'targets', "new Set(['__proto__', 'constructor', 'prototype'])", 'new Set()', 'safety', 'no path can write to what all objects share'],
  ['the record is reachable from the output', 'leaf', 'result = (0, targets_1.copyOf)(result)', 'result = result', 'safety', 'neither the record nor a constant'],
  ['no limit of depth', 'targets', 'if (depth > deepest)', 'if (false)', 'safety', 'a record that is nested too deep'],
  ['a selector in a target always makes an entry', 'targets', 'if (found)\n', 'if (false)\n', 'writing', 'a selector in a target finds or makes the entry'],
  // lists
  ['empty entries are kept', 'each', 'run.sets === before ? undefined : entry', 'entry', 'lists', 'an entry in which nothing was set is left out'],
  ['holes are left in lists', 'apply', 'if (way.makesHoles)', 'if (false)', 'lists', 'an entry in which nothing was set is left out'],
  ['conditions do not choose entries', 'each', 'if (!guard || guard(inner, run))', 'if (true)', 'lists', 'other conditions than equality'],
  ['a group holds its first entry alone', 'each', 'group.push(index)', 'group', 'lists', 'one entry for each entry that meets the condition'],
  ['groups are made anew for each entry', 'each', 'if (there)\n        return there;', '', 'lists', '5,000 components grouped under 500 operations'],
  ['a join finds the last entry', 'each', '(String(value)) ?? [];\n        return first === undefined', '(String(value))?.slice(-1) ?? [];\n        return first === undefined', 'lists', 'a join finds the entry of another list by its key'],
  ['a second rule overwrites the list', 'targets', 'if (Array.isArray(there))\n                for (const entry of entries)\n                    there.push(entry);\n            else\n                out[key] = entries', 'out[key] = entries', 'lists', 'item makes a list of one'],
  ['an item without values is kept', 'compile', 'if (run.sets !== before)\n            append', 'append', 'lists', 'item makes a list of one'],
  // conditions
  ['!= is =', 'conditions', "test === '!=' || test === 'not in' ?", "test === 'not in' ?", 'values', 'a rule runs only where State != REL'],
  ['in looks at the first value alone', 'conditions', 'texts.has(String(value))', 'String(value) === only', 'values', 'a rule runs only where State in REL,NEW'],
  // codes and identity
  ['an unknown code passes', 'convert', 'if (code === undefined)', 'if (code === undefined) return value; if (false)', 'codes', 'an unknown code is an issue'],
  ['codes are values of YAML', 'code-files', "{ schema: 'failsafe', lineCounter: lines }", '{ lineCounter: lines }', 'codes', 'codes are text'],
  ['otherwise is not looked at', 'convert', 'entries.get(String(value)) ?? otherwise', 'entries.get(String(value))', 'codes', 'otherwise says what an unknown code becomes'],
  ['back is not looked at', 'codes', 'new Map(entries.back)', 'new Map()', 'codes', 'where several codes mean the same'],
  ['an ambiguous table is read backwards', 'codes', 'if (twice.size === 0)', 'if (true)', 'codes', 'where several codes mean the same'],
  ['quotation marks are part of a code', 'code-files', 'replaceAll(\'""\', \'"\')', "replaceAll('', '')", 'codes', 'CSV as spreadsheets write it'],
  ['an uncertain id is taken', 'xref', 'throw uncertainId(xref, system, id, direction, found.candidates)', 'return found.candidates[0]', 'xref', 'an id that is not certain is always an issue'],
  ['an unknown id passes', 'xref', "if (xref.unknown === 'issue')", 'if (false)', 'xref', 'with unknown: issue it is refused'],
  ['the code is looked up after its spelling', 'convert', 'if (direction === \'out\')\n            steps.unshift(lookup)', 'if (false)\n            steps.unshift(lookup)', 'writing', 'the code comes first, its spelling after'],
  // clearing, and values that stand for nothing
  ['an empty field clears nothing', 'leaf', "if (value !== null && value !== '')", 'if (true)', 'clears', 'a field that is there and empty clears the member'],
  ['a field that is not there clears', 'leaf', "if (value !== null && value !== '')", "if (value !== undefined && value !== null && value !== '')", 'clears', 'what is not sent'],
  ['values that stand for nothing are values', 'empty', '.filter(([, field]) => !isEmpty(field))', '', 'empty', 'what a system writes for nothing'],
  ['entries of lists move up', 'empty', '(isEmpty(entry) ? null : cleaned(entry, depth + 1)))', 'cleaned(entry, depth + 1)).filter((entry) => !isEmpty(entry))', 'empty', 'what a system writes for nothing'],
  // writing, and both directions
  ['a record without a key is written', 'key', 'reportNoKey(mapping, text, run)', 'undefined', 'writing', 'a missing source names both sides'],
  ['the item is not asked for the key', 'key', 'firstPresent(readers, frame, run) ?? firstPresent(readers, item, run)', 'firstPresent(readers, frame, run)', 'writing', 'a key is looked up in the entry, then in the whole item'],
  ['an expression goes both ways', 'invert', "return lose(rule, block, 'an expression has no way back')", 'return []', 'invert', 'what cannot come back is listed'],
  ['one list of several is written twice', 'invert', 'const mark = isShared ? distinction(item) : undefined', 'const mark = undefined', 'invert', 'a list that several rules fill'],
  ['the laws find no difference', 'laws', 'const found = ', 'const found = []; void ', 'laws', 'a constant that hangs on a field'],
  ['an instant in another offset is another', 'laws', 'new Date(text).toISOString()', 'text', 'laws', 'an instant that comes back with another offset'],
  ['a loss breaks a law', 'laws', '(0, differences_1.differences)(without(lost, item), without(lost, again)', '(0, differences_1.differences)(item, again', 'laws', 'what is listed as lost breaks no law'],
  // transforms
  ['240000 is the beginning of the day', 'transforms/times', 'endOfDay ? at.plus({ days: 1 }) : at', 'at', 'transforms/transforms', 'sap-date-time'],
  ['00000000 is a date', 'transforms/times', "digits === '' || /^0+$/.test(digits)", "digits === ''", 'transforms/transforms', 'sap-date-time'],
  ['a trailing minus is no sign', 'transforms/decimals', 'return decimalText(`-${text.slice(0, -1).trim()}`)', 'return decimalText(text.slice(0, -1).trim())', 'transforms/transforms', 'sap-decimal'],
  ['ids lose their last zero', 'transforms/text', "start < 0 ? '0' : text.slice(start)", 'text.slice(start < 0 ? text.length : start)', 'transforms/transforms', 'trim-leading-zeros'],
  ['the hour of a change of clocks is kept', 'transforms/local-hours', 'if (!isPlain || first.offset !== last.offset)', 'if (false)', 'transforms/local-hours', '2026-03-29T02:30 in Berlin'],
  ['numbers are rounded in silence', 'transforms/decimals', '!Number.isFinite(number) || !new Exact(String(number)).eq(exact)', '!Number.isFinite(number)', 'transforms/transforms', 'number'],
  // expressions
  ['compiled + joins texts', 'expression/operators', 'left !== undefined && !(0, values_1.isNumber)(left)', 'false', 'expression/expression', 'no + 1'],
  ['a sequence of one stays a list', 'expression/values', 'value.length === 0 ? undefined : value[0]', 'value', 'expression/expression', 'one.id'],
  ['$pad is there', 'expression/interpreter-process', "['pad', 'eval']", "['eval']", 'expression/interpreter', 'functions that could end the process'],
  ['no limit of memory', 'expression/interpreter-relay', '`--max-old-space-size=${interpreter_1.memoryLimitMb}`', "'--max-old-space-size=4000'", 'expression/interpreter', 'an expression that makes a list of ten millions'],
  ['no limit of time', 'expression/interpreter-relay', 'give(`the expression was ended after', 'void (`the expression was ended after', 'expression/interpreter', 'a regular expression that does not come to an end'],
  // check
  ['unknown sources pass', 'lint/sources', "if (!('unknown' in found))", 'if (true)', 'lint/lint', 'a source that the native schema does not have'],
  ['required targets are not looked at', 'lint/targets', 'if (names.has(name))', 'if (true)', 'lint/lint', 'a required target that is never set'],
  ['setting twice passes', 'lint/targets', 'return later.when.length === 0', 'return false', 'lint/lint', 'a target that is set twice'],
  ['enumerations are not looked at', 'lint/values', 'to.enum && !to.enum.includes(value)', 'false', 'lint/lint', 'a constant outside the enumeration'],
  ['unread fields pass', 'lint/index', 'if (!covered)', 'if (false)', 'lint/lint', 'a native field that is neither read nor listed'],
  ['native codes without an entry pass', 'lint/values', 'if (missing.length === 0)', 'if (true)', 'lint/lint', 'a native code that the table does not know'],
  ['searching in each passes', 'lint/expressions', 'if (isSearch && frame !== source)', 'if (false)', 'lint/lint', 'an expression that searches a list once for each entry'],
  ['the way back may leave out what is required', 'lint/index', '.filter(({ isSet }) => !isSet)', '.filter(() => false)', 'lint/lint', 'a native field that is required, and lost on the way back'],
  ['a loss is not listed', 'coverage', '...(back?.lost ?? [])', '...[]', 'coverage', 'of a mapping that goes both ways'],
  // versions
  ['the stamp forgets the code tables', 'apply', "hash.update(tables.get(name)?.text ?? '')", 'void name', 'values', 'the stamp changes with the mapping'],
];

export const mutations: readonly Mutation[] = rows.map(([fault, file, text, becomes, tests, test]) => ({
  fault,
  file,
  text,
  becomes,
  tests,
  test,
}));
