import { XMLParser } from 'fast-xml-parser';
import { Refusal } from './kit-entities';
import type { Row } from './kit-orders';

const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  isArray: (name) => name === 'E1BP_PP_TIMETICKET',
});

/**
 * Where the ERP takes IDocs in over HTTP: each is stored under a number, then worked on. 53: booked; 51: refused, with
 * its reason. A time ticket with an EX_IDENT that is known is refused.
 */
export function ticketInbox() {
  const idocs: Row[] = [];
  const tickets: Row[] = [];

  function refusalOf(ticket: Row): string | undefined {
    if (!/^\d{12}$/.test(String(ticket.ORDERID))) return 'Order is not valid';
    if (!/^\d{4}$/.test(String(ticket.OPERATION))) return 'Operation is not valid';
    if (!/^\d+(\.\d+)?$/.test(String(ticket.YIELD))) return 'Enter a positive quantity';
    if (tickets.some(({ EX_IDENT }) => EX_IDENT === ticket.EX_IDENT)) return 'External key already exists';
    return undefined;
  }

  return {
    /** What the service answers. Throws Refusal for what is no IDoc of a known partner. */
    take(xml: string): string {
      const document = parser.parse(xml) as Record<string, { IDOC?: Row }>;
      const [type = '', { IDOC: idoc } = {}] =
        Object.entries(document).find(([name]) => name !== '?xml') ?? [];
      const { EDI_DC40: control, E1BP_PP_TIMETICKET: list } = (idoc ?? {}) as {
        EDI_DC40?: Row;
        E1BP_PP_TIMETICKET?: Row[];
      };
      if (!control || control.IDOCTYP !== type) throw new Refusal(400, 'E0/078', 'No IDoc');
      if (control.SNDPRN !== 'HUB' || control.RCVPRN !== 'S4HCLNT100')
        throw new Refusal(400, 'E0/337', `EDI: Partner profile not available for ${String(control.SNDPRN)}`);
      const docnum = String(idocs.length + 1).padStart(16, '0');
      const reason = (list ?? []).map(refusalOf).find((one) => one !== undefined);
      idocs.push({ DOCNUM: docnum, STATUS: reason ? '51' : '53', ...(reason ? { reason } : {}), ...control });
      if (!reason) tickets.push(...(list ?? []));
      return `<html><body>IDoc ${docnum} was created</body></html>`;
    },
    idocs: () => idocs,
    tickets: () => tickets,
  };
}
