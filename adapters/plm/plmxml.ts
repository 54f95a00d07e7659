import { HubError } from '../../model/errors';
import type { Adapter, NativeRecord, RawRecord } from '../adapter';
import { type PlmxmlDocument, type PlmxmlElement, parsePlmxml, references } from './plmxml-document';

/**
 * A PLM that exports product structures as PLMXML files (Teamcenter and others) and posts them to the hub, or has them
 * posted. Nothing goes back: the format is for export.
 */
export const plmxml: Adapter<Record<string, never>> = {
  name: 'plmxml',
  summary: 'Takes product structures that a PLM exports as PLMXML files.',
  settings: {},
  receives: ['ProductStructure'],
  sends: [],
  promises: { sendIsIdempotent: true, keepsOrder: true },
  read: readPlmxml,
  async open() {
    return { async check() {}, async close() {} };
  },
};

/** Where a master keeps the number that people know the item by; which one depends on its class. */
const numbers = ['productId', 'catalogueId', 'designId', 'partNumber', 'itemId'] as const;

/**
 * One record for each assembly of the file, with its own parts only: what those are made of is a record of its own.
 * The words are PLMXML's, in the shape of mappings/plmxml/native/ProductStructure.schema.json. References are
 * followed and ids of the file left out, for they are new at each export; so the same structure is the same record.
 *
 * Throws HUB_XML_DTD, HUB_BAD_XML or HUB_INVALID with the place.
 */
export function readPlmxml({ text }: RawRecord): NativeRecord[] {
  const document = parsePlmxml(text);
  const assemblies = new Map<string, NativeRecord>();
  for (const occurrence of document.occurrences) {
    const parts = references(occurrence.attributes.occurrenceRefs);
    if (parts.length === 0) continue;
    const own = occurrenceOf(occurrence, document);
    const key = numberOf(own.revision, occurrence);
    const edition = `${key}/${own.revision.revision ?? ''}`;
    // An assembly that stands in the structure several times is the same each time.
    if (assemblies.has(edition)) continue;
    const body = {
      view: viewOf(occurrence, document),
      ...own,
      Occurrence: parts.map((part) => occurrenceOf(document.find(part, occurrence), document)),
    };
    assemblies.set(edition, { type: 'ProductStructure', key, body });
  }
  if (assemblies.size > 0) return [...assemblies.values()];
  throw new HubError('HUB_INVALID', 'the PLMXML file holds no product structure: no Occurrence has parts', {
    at: 'PLMXML',
  });
}

interface Revision {
  readonly revision?: string;
  readonly master?: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

function occurrenceOf(occurrence: PlmxmlElement, document: PlmxmlDocument) {
  const { instancedRef } = occurrence.attributes;
  const at = `Occurrence ${occurrence.attributes.id ?? ''}`.trim();
  if (instancedRef === undefined)
    throw new HubError('HUB_INVALID', `${at} does not say what stands there (instancedRef)`, { at });
  const instanced = document.find(instancedRef, occurrence);
  if (!instanced.name.endsWith('Revision')) {
    const message = `${at} stands for a ${instanced.name}; revisions are read: export the structure with occurrences of revisions`;
    throw new HubError('HUB_INVALID', message, { at, value: instanced.name });
  }
  return { ...wordsOf(occurrence), revision: revisionOf(instanced, document) };
}

function revisionOf(revision: PlmxmlElement, document: PlmxmlDocument): Revision {
  const { masterRef, releaseStatusRefs } = revision.attributes;
  const master = masterRef === undefined ? undefined : document.find(masterRef, revision);
  const statuses = references(releaseStatusRefs).map((one) =>
    releaseStatusOf(document.find(one, revision), document),
  );
  return {
    ...wordsOf(revision),
    ...(statuses.length > 0 ? { ReleaseStatus: statuses } : {}),
    ...(master ? { master: wordsOf(master) } : {}),
  };
}

function releaseStatusOf(status: PlmxmlElement, document: PlmxmlDocument) {
  const effectivities = references(status.attributes.effectivityRefs).map((one) =>
    wordsOf(document.find(one, status)),
  );
  return { ...wordsOf(status), ...(effectivities.length > 0 ? { effectivity: effectivities } : {}) };
}

/** The view that the occurrence stands in, and the rule by which revisions were chosen. */
function viewOf(occurrence: PlmxmlElement, document: PlmxmlDocument) {
  let view = occurrence.parent;
  while (view && !view.name.endsWith('View')) view = view.parent;
  if (!view) return {};
  const rules = references(view.attributes.ruleRefs).map((one) => wordsOf(document.find(one, view)));
  return { ...wordsOf(view), ...(rules.length > 0 ? { RevisionRule: rules } : {}) };
}

/** The element in its own words: class, attributes without ids and references, lasting name, site attributes. */
function wordsOf({ name, attributes, applicationRef, description, userData }: PlmxmlElement) {
  const own = Object.entries(attributes).filter(([key]) => key !== 'id' && !/Refs?$/.test(key));
  return {
    element: name,
    ...Object.fromEntries(own),
    ...(description === undefined ? {} : { Description: description }),
    ...(applicationRef ? { ApplicationRef: applicationRef } : {}),
    ...(userData.size > 0 ? { UserData: Object.fromEntries(userData) } : {}),
  };
}

function numberOf({ master = {}, name }: Revision, occurrence: PlmxmlElement): string {
  const { item_id } = (master.UserData ?? {}) as Record<string, unknown>;
  const found = [...numbers.map((number) => master[number]), item_id].find(
    (one): one is string => typeof one === 'string' && one.trim() !== '',
  );
  if (found !== undefined) return found.trim();
  const at = `Occurrence ${occurrence.attributes.id ?? ''}`.trim();
  const message = `the item of ${at} (${String(name ?? 'without a name')}) has no number: none of ${numbers.join(', ')}, item_id`;
  throw new HubError('HUB_INVALID', message, { at });
}
