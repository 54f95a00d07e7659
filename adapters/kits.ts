import type { AdapterName } from '.';
import { almKit } from './alm/kit';
import { apsKit } from './aps/kit';
import { erpKit } from './erp/kit';
import type { Kit } from './kit';
import { plmKit } from './plm/kit';

/** One stand-in for each adapter. A missing line is a compile error. */
export const kits: Record<AdapterName, Kit> = {
  sap: erpKit,
  'plm-json': plmKit,
  frepple: apsKit,
  maximo: almKit,
};
