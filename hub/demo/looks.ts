/** Looks at the hub's API and at the counterparts themselves, each from where a person could look. */
import { type HubClient, until } from '../client';
import type { Delivery, StoredObject } from '../storage/store';
import type { LivePlant } from './plant';

export type Row = Record<string, unknown>;

/** A change as the API shows it, as far as the story looks at it. */
export interface ChangeSeen {
  readonly id: string;
  readonly state: string;
  readonly differences: readonly string[];
  readonly orders: ReadonlyArray<{
    id: string;
    state: string;
    severity: string | null;
    action: string;
    reason: string;
  }>;
  readonly commands: ReadonlyArray<{
    id: string;
    kind: string;
    orderId: string | null;
    system: string;
    state: string;
    expectation: string;
  }>;
}

const CHANGE_FIELDS = `id state differences
  orders { id state severity action reason }
  commands { id kind orderId system state expectation problem receipt }`;

export async function objects(hub: HubClient, noun: string, good: (ids: string[]) => boolean): Promise<void> {
  const ask = async () =>
    (await hub.get<{ objects: StoredObject[] }>(`/objects/${noun}`)).objects.map(({ id }) => id);
  await until(`objects ${noun}`, ask, good);
}

export async function revisionIs(hub: HubClient, product: string, revision: string): Promise<void> {
  const ask = () => hub.get<{ body: Row }>(`/objects/OperationsDefinition/${product}`);
  await until(`revision ${revision}`, ask, ({ body }) => body.version === revision);
}

export async function segmentsDone(hub: HubClient, order: string): Promise<void> {
  const ask = () => hub.get<{ segments: Row[] }>(`/orders/${order}/execution`);
  await until(
    `order ${order} done`,
    ask,
    ({ segments }) => segments.length === 2 && segments.every(({ state }) => state === 'Completed'),
    30_000,
  );
}

export async function consumed(
  hub: HubClient,
  order: string,
  material: string,
  quantity: number,
): Promise<void> {
  const ask = () => hub.get<{ consumption: Row[] }>(`/orders/${order}/execution`);
  const sum = (rows: Row[]) =>
    rows.filter((row) => row.material === material).reduce((n, row) => n + Number(row.quantity), 0);
  await until(
    `${quantity} ${material} consumed by ${order}`,
    ask,
    ({ consumption }) => sum(consumption) === quantity,
  );
}

export async function changes(hub: HubClient): Promise<ChangeSeen[]> {
  return (await hub.graphql<{ changes: ChangeSeen[] }>(`{ changes { ${CHANGE_FIELDS} } }`)).changes;
}

export async function changeNow(hub: HubClient, id: string): Promise<ChangeSeen> {
  const query = `query ($id: ID!) { change(id: $id) { ${CHANGE_FIELDS} } }`;
  return (await hub.graphql<{ change: ChangeSeen }>(query, { id })).change;
}

export async function waitingFor(hub: HubClient, system: string): Promise<Delivery[]> {
  return (await hub.get<{ deliveries: Delivery[] }>(`/deliveries?system=${system}&state=waiting&limit=500`))
    .deliveries;
}

export async function mesOrder(
  kits: LivePlant['kits'],
  id: string,
  good: (order: Row) => boolean,
): Promise<Row> {
  const ask = async () => ((await kits.mes!.holds('orders')) as Row[]).find((order) => order.id === id);
  return (await until(`order ${id} at the MES`, ask, (order) => order !== undefined && good(order)))!;
}

export async function job(kits: LivePlant['kits'], id: string, good: (job: Row) => boolean): Promise<Row> {
  const ask = async () =>
    ((await kits.press!.holds('jobs')) as Row[]).find((seen) => JSON.stringify(seen).includes(id));
  return (await until(`job ${id} at the press`, ask, (seen) => seen !== undefined && good(seen)))!;
}

export async function confirmationsSettled(
  kits: LivePlant['kits'],
  order: string,
  pieces: number,
): Promise<Row[]> {
  const ask = async () => (await kits.erp!.holds('confirmations')) as Row[];
  return until(
    `${pieces} pieces of ${order} confirmed`,
    ask,
    (rows) => yieldOf(rows, order, '0010') === pieces,
  );
}

export function yieldOf(confirmations: readonly Row[], order: string, operation = '0020'): number {
  return confirmations
    .filter((row) => row.OrderID === order && row.OrderOperation === operation)
    .reduce((sum, row) => sum + Number(row.ConfirmationYieldQuantity), 0);
}

function movements(confirmation: Row): Row[] {
  return (confirmation.to_ProdnOrdConfMatlDocItm as Row[] | undefined) ?? [];
}

export function issued(confirmations: readonly Row[], order: string, material: string): number {
  return total(
    confirmations.filter((row) => row.OrderID === order),
    material,
  );
}

export function total(confirmations: readonly Row[], material: string): number {
  return confirmations
    .flatMap(movements)
    .filter((movement) => movement.Material === material)
    .reduce((sum, movement) => sum + Number(movement.QuantityInEntryUnit), 0);
}

/** The ERP's confirmations of an order stand in the order in which the MES posted its reports. */
export async function inOrder(
  kits: LivePlant['kits'],
  confirmations: readonly Row[],
  order: string,
): Promise<boolean> {
  const seen = confirmations
    .filter((row) => row.OrderID === order)
    .map((row) => `${row.OrderOperation} ${Number(row.ConfirmationYieldQuantity)}`);
  const posted = (await kits.mes!.holds('performances')) as Array<{ items: Row[] }>;
  const said = posted.flatMap(({ items }) => items).flatMap((item) => reportsOf(item, order));
  return JSON.stringify(seen) === JSON.stringify(said);
}

function reportsOf(performance: Row, order: string): string[] {
  if (performance.operationsScheduleId !== order) return [];
  const responses = (performance.operationsResponse as Row[]).flatMap(
    (response) => response.segmentResponse as Row[],
  );
  return responses.map((segment) => {
    const good = ((segment.segmentData as Row[] | undefined) ?? []).find(({ id }) => id === 'GoodQuantity');
    const value = (good?.value as Row[] | undefined)?.[0]?.valueString ?? 0;
    return `${(segment.segmentRequirementId as string[])[0]} ${Number(value)}`;
  });
}
