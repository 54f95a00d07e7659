import { HubError } from '../../model/errors';
import type { Accept, Adapter, Connection, NativeRecord, Outgoing, RawRecord, Receipt } from '../adapter';
import { alignComponents } from './components';
import { confirm, confirmations } from './confirmation';
import { idocTypeNames, readIdocs } from './idoc';
import { type IdocPartners, idocSchema, idocSender } from './idoc-out';
import { type OData, openOData } from './odata';
import { type Polled, pollEntities, polledSources } from './odata-poll';
import { entityRecordTypes, readEntities } from './odata-records';

export interface SapConfig {
  url: string;
  user: string;
  password: string;
  client?: string;
  path: string;
  poll: Polled;
  pollMs: number;
  overlapMs: number;
  pageSize: number;
  idoc?: IdocPartners;
  timeoutMs: number;
}

const defaults = { path: '/sap/opu/odata/sap', timeoutMs: 30_000 };

const polledSet = (description: string, filter: string) => ({
  type: 'object',
  additionalProperties: false,
  description,
  properties: {
    filter: {
      type: 'string',
      minLength: 1,
      default: filter,
      description: 'An OData $filter, e.g. of a plant.',
    },
  },
});

/** What a system can be asked for; what is not named is not read. */
const pollSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    MaterialBOM: polledSet(
      'Bills of material; of production alone by default.',
      "BillOfMaterialVariantUsage eq '1'",
    ),
    ProductionRouting: polledSet('Routings; of production alone by default.', "BillOfOperationsUsage eq '1'"),
    A_ProductionOrder_2: polledSet('Production orders.', "ManufacturingOrderCategory eq '10'"),
  },
  examples: [{ A_ProductionOrder_2: { filter: "ProductionPlant eq '1000'" } }],
};

/** Basic types of IDocs that go to the ERP. */
const idocsSent: readonly string[] = ['PPCC2PRETTICKET01'];

const senders: Readonly<Record<string, (odata: OData, record: Outgoing) => Promise<Receipt>>> = {
  ProductionOrderConfirmation: confirm,
  ProductionOrderComponents: alignComponents,
};

/**
 * SAP S/4HANA and ECC: IDoc XML pushed to the hub; changes asked for over OData V2, or its answers that were read
 * elsewhere and passed on; OData V2 and IDocs the other way. Records carry SAP's own words: a received body is one IDOC (see `readIdocs`) or one entity
 * (see `readEntities`), a sent body has the fields of the OData entity, or the segments of the IDoc.
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
    poll: {
      type: 'object',
      description: 'Which entities are asked for over OData, by record type; none where the ERP sends IDocs.',
      schema: pollSchema,
      default: {},
    },
    pollMs: { type: 'number', description: 'Pause between two looks for changes in ms.', default: 10_000 },
    overlapMs: {
      type: 'number',
      description:
        'How far each look reaches back in ms. The default covers the hour that a local clock repeats in autumn.',
      default: 3_900_000,
    },
    pageSize: { type: 'number', description: 'Entities asked for at once.', default: 100 },
    idoc: {
      type: 'object',
      description: 'Who sends IDocs to whom; needed where time tickets go to the ERP.',
      schema: idocSchema,
      optional: true,
    },
    timeoutMs: {
      type: 'number',
      description: 'How long to wait for one answer, in milliseconds.',
      default: defaults.timeoutMs,
    },
  },
  receives: [...idocTypeNames, ...entityRecordTypes],
  sends: [...Object.keys(senders), ...idocsSent],
  promises: { sendIsIdempotent: true, keepsOrder: true },
  read: readPushed,
  async open(config, options): Promise<Connection> {
    const odata = openOData({ ...defaults, ...config });
    const idocs = idocSender({ ...defaults, ...config });
    const { poll: polled, pollMs: everyMs, overlapMs, pageSize } = config;
    return {
      ...(Object.keys(polled ?? {}).length === 0
        ? {}
        : {
            receive: (accept: Accept, signal: AbortSignal) =>
              pollEntities(odata, { polled, everyMs, overlapMs, pageSize }, options, accept, signal),
          }),
      async send(record) {
        if (idocsSent.includes(record.type)) return idocs.send(record);
        if (!Object.hasOwn(senders, record.type))
          throw new HubError('HUB_TAKES_NOTHING', `SAP takes no ${record.type}`, { value: record.type });
        return senders[record.type]!(odata, record);
      },
      async check() {
        const [polledType] = Object.keys(polled ?? {});
        const set = polledType === undefined ? confirmations : polledSources[polledType]!.set;
        // A system that takes IDocs may offer no such service at all.
        await odata.check(set).catch((error: unknown) => {
          const { value } = error as { value?: { status?: number } };
          if (config.idoc && value?.status === 404) return idocs.check();
          throw error;
        });
      },
      async close() {
        odata.close();
        idocs.close();
      },
    };
  },
};

/** IDocs are XML, entities JSON; what was sent tells, for senders give either as any content type. */
function readPushed(raw: RawRecord): NativeRecord[] {
  return /^[\uFEFF\s]*[{[]/.test(raw.text) ? readEntities(raw) : readIdocs(raw);
}
