import { HubError } from '../../model/errors';
import type { Adapter, Connection, NativeRecord, Outgoing, RawRecord, Receipt } from '../adapter';
import { alignComponents } from './components';
import { confirm, confirmations } from './confirmation';
import { idocTypeNames, readIdocs } from './idoc';
import { type OData, openOData } from './odata';
import { entityRecordTypes, readEntities } from './odata-records';

export interface SapConfig {
  url: string;
  user: string;
  password: string;
  client?: string;
  path: string;
  timeoutMs: number;
}

const defaults = { path: '/sap/opu/odata/sap', timeoutMs: 30_000 };

const senders: Readonly<Record<string, (odata: OData, record: Outgoing) => Promise<Receipt>>> = {
  ProductionOrderConfirmation: confirm,
  ProductionOrderComponents: alignComponents,
};

/**
 * SAP S/4HANA and ECC: IDoc XML pushed to the hub, or answers of OData services that were read there and passed on;
 * OData V2 the other way. Records carry SAP's own words: a received body is one IDOC (see `readIdocs`) or one entity
 * (see `readEntities`), a sent body has the fields of the OData entity.
 */
export const sap: Adapter<SapConfig> = {
  name: 'sap',
  summary: 'SAP ERP: master data and orders as IDoc XML, confirmations and component lists over OData V2',
  settings: {
    url: { type: 'string', description: 'Address of the SAP gateway, e.g. https://s4.example.com:44300.' },
    user: { type: 'string', description: 'Communication user.' },
    password: { type: 'string', description: 'Password of the communication user.', secret: true },
    client: {
      type: 'string',
      description: 'SAP client, three digits; the default of the system where absent.',
      optional: true,
    },
    path: {
      type: 'string',
      description: 'Where the OData services begin.',
      default: defaults.path,
    },
    timeoutMs: {
      type: 'number',
      description: 'How long to wait for one answer, in milliseconds.',
      default: defaults.timeoutMs,
    },
  },
  receives: [...idocTypeNames, ...entityRecordTypes],
  sends: Object.keys(senders),
  promises: { sendIsIdempotent: true, keepsOrder: true },
  read: readPushed,
  async open(config): Promise<Connection> {
    const odata = openOData({ ...defaults, ...config });
    return {
      async send(record) {
        if (!Object.hasOwn(senders, record.type))
          throw new HubError('HUB_TAKES_NOTHING', `SAP takes no ${record.type}`, { value: record.type });
        return senders[record.type]!(odata, record);
      },
      check: () => odata.check(confirmations),
      async close() {
        odata.close();
      },
    };
  },
};

/** IDocs are XML, entities JSON; what was sent tells, for senders give either as any content type. */
function readPushed(raw: RawRecord): NativeRecord[] {
  return /^[\uFEFF\s]*[{[]/.test(raw.text) ? readEntities(raw) : readIdocs(raw);
}
