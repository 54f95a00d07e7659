import type { Adapter } from './adapter';
import { maximo } from './alm';
import { ccom } from './alm/ccom';
import { frepple } from './aps';
import { erpnext } from './erp/erpnext';
import { odoo } from './erp/odoo';
import { sap } from './erp/sap';
import { b2mmlSoap } from './mes/b2mml-soap';
import { opcuaJobControl } from './opcua';
import { plmJson } from './plm';
import { plmxml } from './plm/plmxml';

/** Every adapter that ships with the hub. Adding one: a folder, a line here, and its kit in kits.ts. */
export const adapters = {
  sap,
  erpnext,
  odoo,
  'plm-json': plmJson,
  plmxml,
  frepple,
  maximo,
  ccom,
  'b2mml-soap': b2mmlSoap,
  'opcua-job-control': opcuaJobControl,
} as const satisfies Record<string, Adapter>;

export type AdapterName = keyof typeof adapters;
