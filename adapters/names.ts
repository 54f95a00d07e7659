/**
 * Every adapter that ships with the hub. The lists of adapters and of kits do not compile while one is missing there.
 * Names alone: whoever only shows them need not load an adapter.
 */
export const adapterNames = [
  'sap',
  'erpnext',
  'odoo',
  'plm-json',
  'plmxml',
  'frepple',
  'maximo',
  'ccom',
  'b2mml-soap',
  'opcua-job-control',
  'http-json',
] as const;

export type AdapterName = (typeof adapterNames)[number];
