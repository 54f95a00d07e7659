import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../model/paths';
import { loadMappings, type Xref } from './engine';

type Case = { input: object; output?: unknown; direction?: string; context?: object };

const set = loadMappings([join(packageRoot, 'mappings')]);

function casesOf(name: string): Case[] {
  const file = join(packageRoot, 'mappings', `${name}.cases.yaml`);
  return parse(readFileSync(file, 'utf8')) as Case[];
}

/** Every text in it that is exactly `from` becomes `to`. */
function renamed(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((one) => renamed(one, from, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, renamed(one, from, to)]));
}

const result = (name: string, { input, context }: Case, xref?: Xref) => {
  const all = { now: '2026-03-02T05:00:00Z', ...context, system: 'erp', ...(xref ? { xref } : {}) };
  const mapping = set.get(name);
  if (mapping.direction !== 'out') return mapping.read(input, all);
  const written = mapping.write(input as never, all);
  // The lane that a record goes through is the hub's own business.
  return 'records' in written ? written.records.map(({ body }) => body) : written;
};

/**
 * Identity across systems, in all mappings where it matters: one case of each, once as it stands, and once with a link.
 * The id is another one in every place, and nothing else is different. In mappings that write, the first of the two is
 * the hub's id.
 */
test.each([
  // mapping, noun, the id as it comes, the id that it is linked with
  ['sap/material', 'MaterialDefinition', 'SEAL-EPDM', 'P-1'],
  ['sap/work-centre', 'Equipment', 'PRESS-01', 'E-1'],
  ['sap/material-bill', 'MaterialDefinition', 'BODY-50', 'P-1'],
  ['sap/routing', 'MaterialDefinition', 'PV-100', 'P-1'],
  ['sap/production-order', 'MaterialDefinition', 'BODY-50', 'P-1'],
  ['sap/production-order', 'MaterialDefinition', 'PV-100', 'P-1'],
  ['sap/production-order', 'Equipment', 'PRESS-01', 'E-1'],
  ['sap/confirmation', 'MaterialDefinition', 'SCREW-M8', 'P-1'],
  ['sap/order-components', 'MaterialDefinition', 'SEAL-FKM', 'P-1'],
  ['sap-odata/material-bill', 'MaterialDefinition', 'BODY-50', 'P-1'],
  ['sap-odata/routing', 'MaterialDefinition', 'PV-100', 'P-1'],
  ['sap-odata/production-order', 'MaterialDefinition', 'BODY-50', 'P-1'],
  ['sap-odata/production-order', 'Equipment', 'PRESS-01', 'E-1'],
  ['erpnext/item', 'MaterialDefinition', 'SEAL-EPDM', 'P-1'],
  ['erpnext/bom', 'MaterialDefinition', 'BODY-50', 'P-1'],
  ['erpnext/bom', 'Equipment', 'PRESS-01', 'E-1'],
  ['erpnext/work-order', 'MaterialDefinition', 'PV-100', 'P-1'],
  ['erpnext/work-order', 'Equipment', 'PRESS-01', 'E-1'],
  ['erpnext/stock-entry', 'MaterialDefinition', 'SCREW-M8', 'P-1'],
  ['odoo/bom', 'MaterialDefinition', 'SEAL-FKM', 'P-1'],
  ['odoo/bom', 'Equipment', 'PRESS-01', 'E-1'],
  ['odoo/manufacturing-order', 'MaterialDefinition', 'PV-100', 'P-1'],
  ['odoo/manufacturing-order', 'Equipment', 'PRESS-01', 'E-1'],
  ['odoo/work-order', 'MaterialDefinition', 'SEAL-EPDM', 'P-1'],
  ['plm/product-revision', 'MaterialDefinition', 'BODY-50', 'P-1'],
  ['plm/product-revision', 'Equipment', 'PRESS-01', 'E-1'],
  ['plmxml/product-structure', 'MaterialDefinition', 'BODY-50', 'P-1'],
  ['frepple/manufacturing-order', 'MaterialDefinition', 'PV-100', 'P-1'],
  ['frepple/manufacturing-order', 'Equipment', 'PRESS-01', 'E-1'],
  ['frepple/resource-availability', 'Equipment', 'PRESS-01', 'E-1'],
  ['maximo/asset', 'PhysicalAsset', 'PRESS-01', 'A-1'],
  ['maximo/availability', 'Equipment', 'PRESS-01', 'E-1'],
  ['maximo/work-order-request', 'Equipment', 'PRESS-01', 'E-1'],
  ['frepple/item', 'MaterialDefinition', 'SEAL-EPDM', 'P-1'],
  ['frepple/operation', 'MaterialDefinition', 'SEAL-FKM', 'P-1'],
  ['frepple/operation', 'Equipment', 'PRESS-01', 'E-1'],
  ['ccom/segment', 'Equipment', 'PRESS-01', 'E-1'],
  ['ccom/asset', 'PhysicalAsset', 'PRESS-01', 'E-1'],
])('%s: %s %s is linked with %s', (name, noun, inSystem, inHub) => {
  const shows = (value: unknown) => JSON.stringify(value ?? '').includes(`"${inSystem}"`);
  const one = casesOf(name).find(({ output, direction }) => shows(output) && direction !== 'out');
  if (!one) throw new Error(`no case of ${name} names ${inSystem}`);
  const plain = result(name, one);
  expect(plain).not.toHaveProperty('issues');
  const linked: Xref = (_system, of, id) => (of === noun && id === inSystem ? { id: inHub } : undefined);
  expect(result(name, one, linked)).toEqual(renamed(plain, inSystem, inHub));
});
