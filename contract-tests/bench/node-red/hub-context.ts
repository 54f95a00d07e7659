/** What the function nodes of the flow find that works by the hub's code: the same mapping and validation as everywhere. */
import { workOn } from '../work';

type Xml = { readonly [name: string]: ReadonlyArray<string | Xml> };

export const work = {
  /** As Node-RED's own parser hands a JSON document on. */
  fromJson: (body: unknown): unknown => workOn('shop', { type: 'Order', body })[0],
  /** As Node-RED's `xml` node hands an IDoc on: each element is a list. */
  fromXml: (document: { readonly LOIPRO05: { readonly IDOC: readonly Xml[] } }): unknown =>
    workOn('erp', { type: 'LOIPRO05', body: segmentOf(document.LOIPRO05.IDOC[0]!) })[0],
};

const single = new Set(['EDI_DC40', 'E1AFKOL', 'E1AFVOL2']);

function segmentOf({ $: _attributes, ...fields }: Xml): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, values]) => {
      const read = values.map((value) => (typeof value === 'string' ? value : segmentOf(value)));
      return [name, typeof read[0] === 'string' || single.has(name) ? read[0] : read];
    }),
  );
}
