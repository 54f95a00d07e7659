import { createHash, randomUUID } from 'node:crypto';
import { HubError } from '../../model/errors';
import type { Kit } from '../kit';
import { outbox } from '../transports/kit-server';

/** A functional location or an asset that `emit` publishes. */
interface Published {
  readonly tag: string;
  readonly name?: string;
  readonly type?: string;
}

/** A system that publishes CCOM documents and posts them to the hub. Events: `segment` and `asset` ({tag, …}). */
export const ccomKit: Kit = {
  faults: [],
  samples: { event: (key) => ({ event: 'segment', data: { tag: key } }) },

  async start({ hubUrl, system = 'alm' } = {}) {
    const door = outbox(`${hubUrl}/intake/${encodeURIComponent(system)}`);
    return {
      config: {},
      async emit(event, data) {
        if (event !== 'segment' && event !== 'asset')
          throw new HubError('HUB_WRONG_USE', `the CCOM kit knows no event '${event}'`);
        if (!hubUrl) throw new HubError('HUB_WRONG_USE', 'the CCOM kit pushes and needs hubUrl');
        const element = event === 'segment' ? 'Segment' : 'Asset';
        return door.push('application/xml', documentOf(element, data as Published));
      },
      async holds() {
        return [...door.waiting()];
      },
      async provoke(fault) {
        if (fault !== 'well') throw new HubError('HUB_WRONG_USE', `the CCOM kit cannot be ${fault}`);
      },
      async stop() {
        door.close();
      },
    };
  },
};

/** One entity in a document of its own. Its UUID carries the tag's digits, so that it is the same each time. */
export function documentOf(
  element: 'Segment' | 'Asset',
  { tag, name = tag, type = 'Press' }: Published,
): string {
  const source = named('InfoSource', 'Engineering system');
  const entity = [
    text('UUID', uuidOf(tag)),
    text('IDInInfoSource', `ENG-${tag}`),
    source,
    named('EffectiveStatusType', 'Active'),
    text('ShortName', tag),
    text('FullName', name),
    named('Type', type),
    named('RegistrationSite', 'Valve plant'),
  ];
  return (
    `<?xml version="1.0" encoding="utf-8"?><Sync${element}s releaseID="4.1.0" xmlns="http://www.mimosa.org/ccom4" ` +
    'xmlns:oa="http://www.openapplications.org/oagis/9"><oa:ApplicationArea><oa:Sender>' +
    '<oa:LogicalID>3f1d6d0e-2b0c-4a7e-9a55-0d8f6c2b7e10</oa:LogicalID><oa:ConfirmationCode>Always</oa:ConfirmationCode>' +
    `</oa:Sender><oa:CreationDateTime>${new Date().toISOString()}</oa:CreationDateTime>` +
    `<oa:BODID>${randomUUID()}</oa:BODID></oa:ApplicationArea><DataArea><oa:Sync/><${element}s><${element}>` +
    `${entity.join('')}</${element}></${element}s></DataArea></Sync${element}s>`
  );
}

/** Digits stand at the end as they are; anything else is hashed. */
function uuidOf(tag: string): string {
  const hex = createHash('sha256').update(tag).digest('hex');
  const end = /^\d{1,12}$/.test(tag) ? tag.padStart(12, '0') : hex.slice(20, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${end}`;
}

const named = (element: string, name: string) =>
  `<${element}>${text('UUID', uuidOf(name))}${text('ShortName', name)}</${element}>`;
const text = (element: string, value: string) =>
  `<${element}>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${element}>`;
