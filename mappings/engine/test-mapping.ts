import type { CanonicalObject } from '../../model/message';
import { compileMapping } from './apply';
import type { CodeTable } from './codes';
import type { MappingContext } from './mapping';
import { parseMapping } from './parse';

export const status: CodeTable = {
  name: 'order-status',
  fileName: 'order-status.yaml',
  file: 'codes/order-status.yaml',
  toCanonical: new Map([['REL', 'Released']]),
  toNative: new Map([['Released', 'REL']]),
  otherwise: {},
  text: 'REL: Released',
};

export const compile = (text: string) =>
  compileMapping(parseMapping('mappings/erp/order.map.yaml', text), new Map([[status.name, status]]));

export const context: MappingContext = { zone: 'Europe/Berlin', now: '2026-03-02T05:00:00Z', system: 'erp' };

export const header =
  'version: "1"\ndirection: in\nrecords: [Order]\nmessage: { verb: Process, noun: OperationsSchedule }\n';

/** A mapping of orders from the ERP, made of these rules. */
export function reading(rules: string, more = '', known: MappingContext = {}) {
  const mapping = compile(`
version: "1"
direction: in
message: { verb: Process, noun: OperationsSchedule }
records: [Order]
${more}
rules:
${rules}
`);
  return (body: unknown) => {
    const outcome = mapping.read(body, { ...context, ...known });
    if ('issues' in outcome) return outcome.issues.map(({ message, path }) => `${path} <- ${message}`);
    return outcome.message.items.length === 1 ? outcome.message.items[0] : outcome.message.items;
  };
}

export function writing(rules: string, more = 'key: id') {
  const mapping = compile(`
version: "1"
direction: out
message: { verb: [Process, Change], noun: OperationsSchedule }
records: [Job]
${more}
rules:
${rules}
`);
  return (item: CanonicalObject, known: MappingContext = {}) => {
    const outcome = mapping.write(item, { ...context, ...known });
    return 'issues' in outcome ? outcome.issues.map(({ message }) => message) : outcome.records;
  };
}
