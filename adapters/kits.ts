import { ccomKit } from './alm/ccom-kit';
import { almKit } from './alm/kit';
import { apsKit } from './aps/kit';
import { erpnextKit } from './erp/erpnext-kit';
import { erpKit } from './erp/kit';
import { odooKit } from './erp/odoo-kit';
import { httpJsonKit } from './http-json/kit';
import type { Kit } from './kit';
import { mesKit } from './mes/kit';
import type { AdapterName } from './names';
import { opcuaKit } from './opcua/kit';
import { plmKit } from './plm/kit';
import { plmxmlKit } from './plm/plmxml-kit';

/** One stand-in for each adapter. A missing line is a compile error. */
export const kits: Record<AdapterName, Kit> = {
  sap: erpKit,
  erpnext: erpnextKit,
  odoo: odooKit,
  'plm-json': plmKit,
  plmxml: plmxmlKit,
  frepple: apsKit,
  maximo: almKit,
  ccom: ccomKit,
  'b2mml-soap': mesKit,
  'opcua-job-control': opcuaKit,
  'http-json': httpJsonKit,
};
