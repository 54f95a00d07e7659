import {
  type AttributeEntry,
  type ChildEntry,
  modelVersion,
  release,
  type TypeEntry,
} from '../../model/b2mml/tables';

const builtIn = {
  string: 'xsd:string',
  decimal: 'xsd:decimal',
  'date-time': 'xsd:dateTime',
  duration: 'xsd:duration',
  boolean: 'xsd:boolean',
} as const;

/**
 * An XML schema of the given transactions and of every type they reach, made from the model's tables: for the WSDL, so
 * that a client generated from it knows the structure. It is looser than MESA's: values of enumerations and choices
 * are open, since the codec judges those and says why.
 */
export function transactionSchema(elements: readonly string[]): string {
  const known = release(modelVersion);
  const types = new Set<string>();
  const texts = new Map<string, string>();
  const reach = (type: string) => {
    if (types.has(type)) return;
    types.add(type);
    for (const child of known.tables.types[type]!.children) if (child.type) reach(child.type);
  };
  const attributesOf = (set: string) => known.tables.attributeSets[set] ?? [];

  const transactions = elements.map((element) => {
    const transaction = known.transactions.get(element)!;
    for (const type of ['TransApplicationArea', transaction.areaType, transaction.itemType]) reach(type);
    const { area, areaType, item, itemType, hasReleaseId } = transaction;
    return (
      `<xsd:element name="${element}"><xsd:complexType><xsd:sequence>` +
      '<xsd:element name="ApplicationArea" type="b2mml:TransApplicationArea"/>' +
      '<xsd:element name="DataArea"><xsd:complexType><xsd:sequence>' +
      `<xsd:element name="${area}" type="b2mml:${areaType}"/>` +
      `<xsd:element name="${item}" type="b2mml:${itemType}" maxOccurs="unbounded"/>` +
      `</xsd:sequence></xsd:complexType></xsd:element></xsd:sequence>${hasReleaseId ? releaseAttributes : ''}` +
      '</xsd:complexType></xsd:element>'
    );
  });
  const complex = [...types].map((type) => complexType(type, known.tables.types[type]!, texts));
  const simple = [...texts].map(([name, set]) => simpleContent(name, attributesOf(set)));
  return [
    `<xsd:schema targetNamespace="${known.tables.namespace}" elementFormDefault="qualified">`,
    ...transactions,
    ...complex,
    ...simple,
    '</xsd:schema>',
  ].join('\n');
}

const releaseAttributes =
  '<xsd:attribute name="releaseID" type="xsd:normalizedString" use="required"/>' +
  '<xsd:attribute name="versionID" type="xsd:normalizedString"/>';

/** `texts` collects the types of texts with attributes on the way: name → set of attributes. */
function complexType(
  name: string,
  { children, attributes = [] }: TypeEntry,
  texts: Map<string, string>,
): string {
  const particles: string[] = [];
  let run: number | undefined;
  for (const child of children) {
    // Elements of one run come in any order, each as often as it likes.
    if (child.run !== run && run !== undefined) particles.push('</xsd:choice>');
    if (child.run !== run && child.run !== undefined) {
      particles.push('<xsd:choice minOccurs="0" maxOccurs="unbounded">');
    }
    run = child.run;
    particles.push(particle(child, texts));
  }
  if (run !== undefined) particles.push('</xsd:choice>');
  const own = attributes.map(attribute).join('');
  return `<xsd:complexType name="${name}"><xsd:sequence>${particles.join('')}</xsd:sequence>${own}</xsd:complexType>`;
}

function particle(child: ChildEntry, texts: Map<string, string>): string {
  if (child.slot !== undefined) {
    const namespace = child.slot === 'any' ? '##any' : '##other';
    return `<xsd:any namespace="${namespace}" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>`;
  }
  const occurs = child.run === undefined && !child.required ? ' minOccurs="0"' : '';
  const many = child.run === undefined && child.many ? ' maxOccurs="unbounded"' : '';
  const nil = child.nillable ? ' nillable="true"' : '';
  return `<xsd:element name="${child.element}" type="${typeOf(child, texts)}"${occurs}${many}${nil}/>`;
}

function typeOf({ type, text = 'string', attributes }: ChildEntry, texts: Map<string, string>): string {
  if (type) return `b2mml:${type}`;
  if (!attributes) return builtIn[text];
  const name = `${text}.${attributes}`;
  texts.set(name, attributes);
  return `b2mml:${name}`;
}

function simpleContent(name: string, attributes: readonly AttributeEntry[]): string {
  const base = builtIn[name.split('.')[0] as keyof typeof builtIn];
  const declared = attributes.map(attribute).join('');
  return `<xsd:complexType name="${name}"><xsd:simpleContent><xsd:extension base="${base}">${declared}</xsd:extension></xsd:simpleContent></xsd:complexType>`;
}

const attribute = ({ name, text, required }: AttributeEntry) =>
  `<xsd:attribute name="${name}" type="${builtIn[text]}"${required ? ' use="required"' : ''}/>`;
