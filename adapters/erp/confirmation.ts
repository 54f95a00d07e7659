import { createHash } from 'node:crypto';
import { HubError } from '../../model/errors';
import type { Outgoing, Receipt } from '../adapter';
import { type Entity, type EntitySet, literal, type OData } from './odata';

export const confirmations: EntitySet = 'API_PROD_ORDER_CONFIRMATION_2_SRV/ProdnOrdConf2';

/** The body of a `ProductionOrderConfirmation`: fields of ProdnOrdConf2, movements nested below. */
interface Confirmation {
  readonly OrderID: string;
  readonly ExternalSystemConfirmation?: string;
  readonly [field: string]: unknown;
}

/**
 * Confirms an operation: yield, scrap, times and the goods movements of one report, as one deep insert.
 *
 * SAP has no idempotent POST. What makes sending twice harmless is `ExternalSystemConfirmation`: the ERP is asked
 * for it first (also after a restart nobody else knows whether an earlier try arrived), and asked again when it
 * refuses, because the earlier try may have been on its way.
 */
export async function confirm(odata: OData, record: Outgoing): Promise<Receipt> {
  const body = confirmationOf(record);
  const earlier = await find(odata, body.ExternalSystemConfirmation);
  if (earlier) return receipt(earlier, 'was there');
  try {
    return receipt(await odata.create(confirmations, body), 'created');
  } catch (error) {
    const refusal = error instanceof HubError && error.code === 'HUB_REJECTED';
    const arrived = refusal && (await find(odata, body.ExternalSystemConfirmation).catch(() => undefined));
    if (arrived) return receipt(arrived, 'was there');
    throw error;
  }
}

function confirmationOf(record: Outgoing): Confirmation & { ExternalSystemConfirmation: string } {
  const body = record.body as Confirmation | null;
  if (typeof body !== 'object' || body === null || typeof body.OrderID !== 'string')
    throw new HubError('HUB_INVALID', `the confirmation ${record.key} names no OrderID`, { at: 'OrderID' });
  return { ...body, ExternalSystemConfirmation: body.ExternalSystemConfirmation ?? uuidOf(record.id) };
}

async function find(odata: OData, externalKey: string): Promise<Entity | undefined> {
  const [found] = await odata.list(
    confirmations,
    `ExternalSystemConfirmation eq guid${literal(externalKey)}`,
  );
  return found;
}

function receipt(stored: Entity, answer: string): Receipt {
  const { ConfirmationGroup, ConfirmationCount } = stored;
  return { counterpartId: `${ConfirmationGroup}/${ConfirmationCount}`, answer };
}

/** A UUID (version 8, RFC 9562: from a hash) that is the same for the same text. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
