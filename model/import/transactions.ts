import { typeName } from './names';
import type { SchemaWriter } from './schema';
import type { XsdNode, XsdRelease } from './xsd';

/** One transaction of part 5, with what is peculiar to it. */
export interface Transaction {
  /** The document element. */
  readonly element: string;
  readonly verb: string;
  /** The noun of the message: as the transaction is named. */
  readonly noun: string;
  /** The verb's element in the data area and its type. All Notify transactions carry `Sync`. */
  readonly area: string;
  readonly areaType: string;
  /** The element that holds the objects and its type. Differs from the noun where the standard slipped. */
  readonly item: string;
  readonly itemType: string;
  readonly hasReleaseId: boolean;
}

/** What a release defines at the top, beside its types. */
export interface Catalogue {
  readonly version: string;
  readonly namespace: string;
  readonly transactions: Transaction[];
  /** Every object that may stand alone as a document: element, type and the schema file that holds the type. */
  readonly objects: { element: string; type: string; family: string }[];
}

/** Writes the type and says which schema file holds it. */
function familyOf(writer: SchemaWriter, type: string): string {
  return /^([^#]*)\.schema\.json#/.exec(writer.add(type))?.[1] ?? '';
}

const verbs = /^(Get|Show|Process|Acknowledge|Change|Respond|Cancel|Sync|Notify|Confirm)(.+)$/;

/** All elements inside, at any depth, without those inside other elements. */
function elementsOf(node: XsdNode | undefined): XsdNode[] {
  return (node?.children ?? []).flatMap((child) =>
    child.name === 'element' ? [child] : child.name === 'attribute' ? [] : elementsOf(child),
  );
}

/** Finds transactions and objects among the elements of a release and has the types they use written. */
export function readCatalogue(release: XsdRelease, version: string, writer: SchemaWriter): Catalogue {
  const transactions: Transaction[] = [];
  const objects: Catalogue['objects'] = [];
  for (const [element, { type }] of release.elements) {
    const node = release.types.get(type)?.node;
    const dataArea = elementsOf(node).find((child) => child.attributes.name === 'DataArea');
    if (node === undefined || dataArea === undefined) {
      if (!writer.isObject(type)) continue;
      objects.push({ element, type: typeName(type), family: familyOf(writer, type) });
      continue;
    }
    const [area, item] = elementsOf(dataArea).map(({ attributes }) => attributes);
    const [, verb = '', named = ''] = verbs.exec(element) ?? [];
    const itemElement = item?.name ?? '';
    if (!release.elements.has(itemElement)) {
      objects.push({
        element: itemElement,
        type: typeName(item?.type ?? ''),
        family: familyOf(writer, item?.type ?? ''),
      });
    }
    for (const used of ['TransApplicationAreaType', area?.type, item?.type]) writer.add(used ?? '');
    transactions.push({
      element,
      verb,
      // A misspelt name (SyncWorkMasaterCapability) is no noun of its own.
      noun: release.elements.has(named) ? named : itemElement,
      area: area?.name ?? '',
      areaType: typeName(area?.type ?? ''),
      item: itemElement,
      itemType: typeName(item?.type ?? ''),
      hasReleaseId: node.children.some((child) => child.attributes.name === 'releaseID'),
    });
  }
  return { version, namespace: release.namespace, transactions, objects };
}
