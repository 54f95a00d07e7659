import type { Adapter } from './adapter';
import { maximo } from './alm';
import { ccom } from './alm/ccom';
import { frepple } from './aps';
import { erpnext } from './erp/erpnext';
import { odoo } from './erp/odoo';
import { sap } from './erp/sap';
import { httpJson } from './http-json';
import { b2mmlSoap } from './mes/b2mml-soap';
import type { AdapterName } from './names';
import { opcuaJobControl } from './opcua';
import { plmJson } from './plm';
import { plmxml } from './plm/plmxml';

/** Every adapter that ships with the hub, under its name in names.ts. A missing line is a compile error. */
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
  'http-json': httpJson,
} as const satisfies Record<AdapterName, Adapter>;

export type { AdapterName };
