import { HubError } from '../../model/errors';
import type { Kit } from '../kit';
import { outbox } from '../transports/kit-server';

/** A part of the structure that `emit('structure', …)` exports. */
interface Part {
  readonly line: string;
  readonly item: string;
  readonly name: string;
  readonly quantity?: string;
}

const processValve: readonly Part[] = [
  { line: '10', item: 'BODY-50', name: 'Valve body DN50' },
  { line: '20', item: 'SEAL-EPDM', name: 'Seal EPDM 50 mm', quantity: '2' },
  { line: '30', item: 'SCREW-M8', name: 'Screw M8x25', quantity: '8' },
];

/** A PLM that exports product structures and posts the files to the hub. */
export const plmxmlKit: Kit = {
  faults: [],
  samples: { event: (key) => ({ event: 'structure', data: { item: key } }) },

  async start({ hubUrl, system = 'plm' } = {}) {
    const door = outbox(`${hubUrl}/intake/${encodeURIComponent(system)}`);
    return {
      config: {},
      async emit(event, data) {
        if (event !== 'structure')
          throw new HubError('HUB_WRONG_USE', `the PLMXML kit knows no event '${event}'`);
        if (!hubUrl) throw new HubError('HUB_WRONG_USE', 'the PLMXML kit pushes and needs hubUrl');
        const { item = 'PV-100', revision = 'A', parts = processValve } = (data ?? {}) as Partial<Structure>;
        const file = exportOf({ item, revision, parts });
        return { item, revision, confirmed: await door.push('application/xml', file) };
      },
      async holds() {
        return [...door.waiting()];
      },
      async provoke(fault) {
        if (fault !== 'well') throw new HubError('HUB_WRONG_USE', `the PLMXML kit cannot be ${fault}`);
      },
      async stop() {
        door.close();
      },
    };
  },
};

interface Structure {
  readonly item: string;
  readonly revision: string;
  readonly parts: readonly Part[];
}

/** A product structure as Teamcenter exports it: revisions, their masters, and a view with one occurrence each. */
export function exportOf({ item, revision, parts }: Structure): string {
  const all = [{ line: '', item, name: item, quantity: '' }, ...parts];
  const masters = all.map(
    (part, n) =>
      `<Product id="m${n}" name="${escaped(part.name)}" productId="${escaped(part.item)}"><ApplicationRef application="Teamcenter" label="M-${escaped(part.item)}"/></Product>` +
      `<ProductRevision id="r${n}" name="${escaped(part.name)}" masterRef="#m${n}" revision="${n === 0 ? escaped(revision) : '01'}"/>`,
  );
  const occurrences = all.map((part, n) => {
    const refs =
      n === 0 ? `occurrenceRefs="${parts.map((_, at) => `o${at + 1}`).join(' ')}"` : 'parentRef="#o0"';
    const label = n === 0 ? `V-${escaped(item)}/` : `V-${escaped(item)}/L-${escaped(part.line)}/`;
    return (
      `<Occurrence id="o${n}" instancedRef="#r${n}" ${refs}><ApplicationRef application="Teamcenter" label="${label}"/>` +
      `<UserData id="u${n}" type="AttributesInContext"><UserValue title="SequenceNumber" value="${escaped(part.line)}"/>` +
      `<UserValue title="Quantity" value="${escaped(part.quantity ?? '')}"/></UserData></Occurrence>`
    );
  });
  return (
    `<?xml version="1.0" encoding="utf-8"?><PLMXML xmlns="http://www.plmxml.org/Schemas/PLMXMLSchema" schemaVersion="6">${masters.join('')}` +
    `<ProductView id="v0" primaryOccurrenceRef="o0" rootRefs="o0">${occurrences.join('')}</ProductView></PLMXML>`
  );
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
