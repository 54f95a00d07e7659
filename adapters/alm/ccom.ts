import { HubError } from '../../model/errors';
import type { Adapter, NativeRecord, RawRecord } from '../adapter';
import { type Bod, type Element, type Elements, parseBod } from './ccom-document';

/** What is read, by the noun of the document: the element that is one record each. */
const entities: Readonly<Record<string, string>> = { Segments: 'Segment', Assets: 'Asset' };

/**
 * An engineering or asset system that publishes MIMOSA CCOM documents, which reach the hub as they are: what brings
 * them (an ISBM provider, a file drop) posts them to the hub's door. Nothing goes back.
 */
export const ccom: Adapter<Record<string, never>> = {
  name: 'ccom',
  summary: 'Takes functional locations and assets that are published as MIMOSA CCOM documents.',
  settings: {},
  receives: Object.values(entities),
  sends: [],
  promises: { sendIsIdempotent: true, keepsOrder: true },
  read: readCcom,
  async open() {
    return { async check() {}, async close() {} };
  },
};

/**
 * One record for each segment of `SyncSegments` and each asset of `SyncAssets`, in the shape of
 * mappings/ccom/native. Its key is its UUID; its id names the document as well, for the BODID says whether a document
 * came before. Throws HUB_XML_DTD, HUB_BAD_XML or HUB_INVALID with the place.
 */
export function readCcom({ text }: RawRecord): NativeRecord[] {
  const bod = parseBod(text);
  const type = bod.verb === 'Sync' && Object.hasOwn(entities, bod.noun) ? entities[bod.noun] : undefined;
  if (type === undefined) {
    const known = Object.keys(entities).map((noun) => `Sync${noun}`);
    const message = `${bod.verb}${bod.noun} is not read here; known are ${known.join(', ')}`;
    throw new HubError('HUB_INVALID', message, { value: `${bod.verb}${bod.noun}` });
  }
  const found = listOf(bod.dataArea[bod.noun]).flatMap((group) => listOf((group as Elements)[type]));
  if (found.length === 0)
    throw new HubError('HUB_INVALID', `the document holds no ${type}`, { at: bod.noun });
  return found.map((entity, index) => recordOf(type, bod, entity as Elements, `${type}[${index + 1}]`));
}

const listOf = (element: Element | Element[] | undefined): Element[] =>
  Array.isArray(element) ? element : element === undefined ? [] : [element];

function recordOf(type: string, bod: Bod, entity: Elements, at: string): NativeRecord {
  const { UUID: uuid } = entity;
  if (typeof uuid !== 'string' || uuid === '') throw new HubError('HUB_INVALID', `${at} has no UUID`, { at });
  const key = uuid.toLowerCase();
  const { BODID: document } = bod.applicationArea;
  const body = {
    ApplicationArea: bod.applicationArea,
    ...(bod.actionCode ? { actionCode: bod.actionCode } : {}),
    [type]: entity,
  };
  return {
    type,
    key,
    ...(typeof document === 'string' && document !== '' ? { id: `${document}/${key}` } : {}),
    body,
    ...(bod.defects.length > 0 ? { defects: bod.defects } : {}),
  };
}
