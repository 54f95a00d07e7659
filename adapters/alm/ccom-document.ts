import { SaxesParser } from 'saxes';
import { HubError, type Issue } from '../../model/errors';

/** An element as JSON: its text, or its elements by name. */
export type Element = string | { [name: string]: Element | Element[] };
export type Elements = Exclude<Element, string>;

/** A business object document: `SyncSegments` is the verb Sync and the noun Segments. */
export interface Bod {
  readonly verb: string;
  readonly noun: string;
  /** Add, Change, Replace or Delete, where the sender says so. */
  readonly actionCode?: string;
  readonly applicationArea: Elements;
  readonly dataArea: Elements;
  readonly defects: readonly Issue[];
}

/** Elements that an entity has once. All others are lists, also when they occur once. */
const single = new Set([
  ...['ApplicationArea', 'Sender', 'LogicalID', 'ConfirmationCode', 'CreationDateTime', 'BODID', 'DataArea'],
  ...[
    'UUID',
    'IDInInfoSource',
    'InfoSource',
    'Created',
    'LastEdited',
    'ShortName',
    'FullName',
    'Description',
  ],
  ...['Type', 'EffectiveStatusType', 'RegistrationSite', 'SerialNumber', 'Model', 'Manufacturer'],
  ...['AttributeSet', 'PropertySet', 'ValueContent', 'Order', 'ValueIsValidInDefinition'],
  ...['Text', 'Number', 'Boolean', 'Measure', 'Value', 'UnitOfMeasure', 'EnumerationItem', 'UTCDateTime'],
  ...['Percentage', 'Probability', 'URI'],
]);
const verbs = /^(Sync|Show|Process|Change|Add|Update|Get|Acknowledge|Respond|Confirm|Cancel)([A-Z]\w*)$/;
const maximalDepth = 64;

interface Open {
  readonly name: string;
  readonly elements: Elements;
  text: string;
}

/**
 * Reads a BOD of MIMOSA CCOM, which is in the form of OAGIS 9. Namespaces and attributes carry nothing here but the
 * action code. Throws HUB_XML_DTD, HUB_BAD_XML (with line and column) or HUB_INVALID.
 */
export function parseBod(text: string): Bod {
  const parser = new SaxesParser({ xmlns: true });
  const place = () => `line ${parser.line}, column ${parser.column}`;
  const refuse = (message: string) => new HubError('HUB_INVALID', message, { at: place() });
  const open: Open[] = [];
  const defects: Issue[] = [];
  let root: Open | undefined;
  let actionCode: string | undefined;

  parser.on('doctype', () => {
    throw new HubError('HUB_XML_DTD', 'the CCOM document declares a document type', { at: place() });
  });
  parser.on('error', ({ message }) => {
    const reason = message.replace(/^\d+:\d+: /, '');
    const code = /entity/i.test(reason) ? 'HUB_XML_DTD' : 'HUB_BAD_XML';
    throw new HubError(code, `the CCOM document cannot be read: ${reason}`, { at: place() });
  });
  parser.on('opentag', ({ local, attributes }) => {
    if (local === '__proto__') throw refuse('an element cannot be called __proto__');
    if (open.length > maximalDepth) throw refuse(`elements are nested deeper than ${maximalDepth}`);
    const element = { name: local, elements: {}, text: '' };
    root ??= element;
    if (local === 'ActionExpression') actionCode = attributes.actionCode?.value;
    open.push(element);
  });
  const take = (value: string) => {
    const element = open.at(-1);
    if (element) element.text += value;
  };
  parser.on('text', take);
  parser.on('cdata', take);
  parser.on('closetag', () => {
    const closed = open.pop()!;
    const parent = open.at(-1);
    const defect = parent && put(parent.elements, closed, place());
    if (defect) defects.push(defect);
  });
  parser.write(text.replace(/^\uFEFF/, '')).close();

  const [, verb = '', noun = ''] = verbs.exec(root!.name) ?? [];
  if (verb === '') throw refuse(`${root!.name} is no CCOM document: expected a verb and a noun`);
  const applicationArea = within(root!.elements, 'ApplicationArea');
  const dataArea = within(root!.elements, 'DataArea');
  return { verb, noun, ...(actionCode ? { actionCode } : {}), applicationArea, dataArea, defects };
}

/** Adds a closed element to its parent. The shape depends on the name, never on how often it occurs. */
function put(parent: Elements, { name, elements, text }: Open, at: string): Issue | undefined {
  const value = Object.keys(elements).length > 0 ? elements : text.trim();
  const before = Object.hasOwn(parent, name) ? parent[name] : undefined;
  if (!single.has(name)) {
    if (Array.isArray(before)) before.push(value);
    else parent[name] = [value];
    return undefined;
  }
  if (before === undefined) {
    parent[name] = value;
    return undefined;
  }
  return { rule: 'occurs-once', path: name, message: `${name} occurs again at ${at}; the first one counts` };
}

/** The elements of a structure that must be there. */
function within(elements: Elements, name: string): Elements {
  const found = elements[name];
  if (typeof found === 'object' && !Array.isArray(found)) return found;
  throw new HubError('HUB_INVALID', `the CCOM document has no ${name}`, { at: name });
}
