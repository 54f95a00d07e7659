import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Operation, type ProductRevision, processValve } from '../adapters/plm/revisions';
import type { ChangeView } from '../hub/change-desk/view';
import { until } from '../hub/client';
import { type LivePlant, startPlant } from '../hub/demo/plant';
import { packageRoot } from '../model/paths';
import { examplePlant } from './running-hub';

export type Row = Record<string, unknown>;
export type Bom = ProductRevision['bom'];

/**
 * The example plant with rules of its own: another body is a matter of the site and needs two people; the hold time is
 * decided within two seconds or changed without anybody.
 */
const ownRules = (rules: string): string =>
  rules
    .replace(
      '\nclasses:\n',
      `
classes:
  - { severity: site, kinds: [component-replaced], ids: ["BODY-*"] }
  - { severity: at-once, kinds: [parameter-changed], ids: [HoldTime] }
`,
    )
    .replace('\nseverities:\n', '\nseverities:\n  at-once: Changed by itself when nobody objects.\n')
    .replace(
      '\npolicy:\n',
      `
policy:
  at-once:
    not-started: ask
    started: ask
    component-consumed: ask
    operation-done: untouched
    order-done: untouched
`,
    )
    .replace(
      '\ndeadlines:\n',
      '\ndeadlines:\n  at-once: { within: PT2S, alertBefore: PT1S, otherwise: approve }\n',
    );

export interface ChangePlant extends LivePlant {
  /** Publishes a revision of a product at the PLM, with what `edit` makes of the example's A or B. */
  publish(product: string, revision: string, edit?: (bom: Bom) => Bom, how?: Published): Promise<void>;
  /** Releases an order at the ERP and waits until MES and press have it. */
  release(number: string, product: string, quantity: number, more?: Row): Promise<void>;
  /** The press makes pieces of an order; waits until the hub knows what was consumed for them. */
  press(number: string, pieces: number, job?: string): Promise<void>;
  /** The newest change of a product or order that is as wanted. */
  change(objectId: string, good?: (change: ChangeView) => boolean): Promise<ChangeView>;
  decide(id: string, decision: Row): Promise<ChangeView>;
  mesOrder(number: string, good?: (order: MesOrder) => boolean): Promise<MesOrder>;
  /** The order as the hub holds it. */
  stored(number: string): Promise<StoredOrder>;
  job(number: string, good?: (job: Row) => boolean): Promise<Row>;
  stop(): Promise<void>;
}

export interface StoredOrder {
  readonly operationsRequest: readonly [
    { requestState: string; _operationsDefinitionId?: { schemeVersionId: string } },
  ];
}

export interface Published {
  readonly effectiveFrom?: string;
  readonly force?: number;
  readonly hold?: number;
  /** What the pressing operation has besides. */
  readonly press?: Partial<Operation>;
}

export interface MesOrder {
  readonly id: string;
  readonly requestState: string;
  readonly quantity: string;
  readonly segments: readonly {
    id: string;
    state: string;
    good: string;
    held?: { reason: string; reference: string; serials?: string[] };
    materialRequirements: { id: string; material: string; quantity: string; unit?: string }[];
  }[];
}

/** The date so many days from now. */
export const day = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** `0020 SEAL-FKM 20` for every component of an order at the MES. */
export const components = ({ segments }: MesOrder): string[] =>
  segments.flatMap(({ id, materialRequirements }) =>
    materialRequirements.map(({ material, quantity }) => `${id} ${material} ${Number(quantity)}`),
  );

export async function startChangePlant(): Promise<ChangePlant> {
  const dir = mkdtempSync(join(tmpdir(), 'esperanto-change-'));
  const plant = await startPlant({ projectDir: projectIn(join(dir, 'project')), dataDir: dir });
  const { hub, kits } = plant;
  // A press takes its time to be read for the first time, the more so where others use the processors.
  await until(
    'all systems connected',
    () => hub.get<{ systems: Record<string, { state: string }> }>('/health/ready'),
    ({ systems }) => Object.values(systems).every(({ state }) => state === 'up'),
    90_000,
  );
  const mesOrder: ChangePlant['mesOrder'] = async (number, good = () => true) =>
    (await until(
      `order ${number} at the MES`,
      async () => ((await kits.mes!.holds('orders')) as MesOrder[]).find(({ id }) => id === number),
      (order) => order !== undefined && good(order),
    ))!;
  const job: ChangePlant['job'] = async (number, good = () => true) =>
    (await until(
      `job of ${number} at the press`,
      async () =>
        ((await kits.press!.holds('jobs')) as Row[]).find(
          ({ jobOrderID }) => jobOrderID === `${number}-0010`,
        ),
      (seen) => seen !== undefined && good(seen),
    ))!;

  return {
    ...plant,
    mesOrder,
    job,
    stored: async (number) =>
      (await hub.get<{ body: StoredOrder }>(`/objects/OperationsSchedule/${number}`)).body,
    async publish(product, revision, edit = (bom) => bom, { effectiveFrom, force, hold, press: more } = {}) {
      const from = effectiveFrom ?? new Date().toISOString();
      const { bom, processPlan } = processValve('A', from);
      const [press] = processPlan.operations;
      press!.parameters = press!.parameters.map((one) => ({
        ...one,
        value: (one.id === 'PressForce' ? force : hold) ?? one.value,
      }));
      Object.assign(press!, more);
      const changeNotice = { id: `ECN-${product}-${revision}`, effectiveFrom: from };
      await kits.plm!.emit('revision', {
        revision,
        product: { number: product },
        bom: edit(bom),
        processPlan,
        changeNotice,
      });
      await until(
        `${product} revision ${revision}`,
        () => hub.get<{ body: Row }>(`/objects/OperationsDefinition/${product}`),
        ({ body }) => body.version === revision,
      );
    },
    async release(number, product, quantity, more = {}) {
      await kits.erp!.emit('order', { number, material: product, quantity: String(quantity), ...more });
      await mesOrder(number);
      await job(number);
    },
    async press(number, pieces, name = '0010') {
      const { good } = (await kits.press!.emit('produce', {
        jobOrderID: `${number}-${name}`,
        pieces,
      })) as { good: number };
      await until(
        `${good} pieces of ${number} reported by the MES`,
        () => hub.get<{ consumption: Row[] }>(`/orders/${number}/execution`),
        ({ consumption }) =>
          consumption
            .filter(({ material }) => String(material).startsWith('BODY'))
            .reduce((sum, { quantity }) => sum + Number(quantity), 0) >= good,
      );
    },
    async change(objectId, good = () => true) {
      const newest = async () =>
        (await hub.get<{ changes: ChangeView[] }>('/changes')).changes.find(
          (one) => one.objectId === objectId,
        );
      return (await until(
        `change of ${objectId}`,
        newest,
        (change) => change !== undefined && good(change),
      ))!;
    },
    decide: (id, decision) =>
      hub.post(`/changes/${encodeURIComponent(id)}/decisions`, {
        by: 'Ines',
        reason: 'as agreed',
        ...decision,
      }),
    async stop() {
      await plant.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function projectIn(dir: string): string {
  mkdirSync(dir, { recursive: true });
  const hubYaml = readFileSync(join(examplePlant, 'hub.yaml'), 'utf8')
    .replace('\nchange:\n', '\nchange:\n  rules: rules.yaml\n  lookEvery: PT0.2S\n')
    .replace('kit: { pieceMs: 100 }', 'kit: { pieceMs: 20, maxJobs: 200 }');
  writeFileSync(join(dir, 'hub.yaml'), hubYaml);
  const rules = readFileSync(join(packageRoot, 'hub/change/rules.default.yaml'), 'utf8');
  writeFileSync(join(dir, 'rules.yaml'), ownRules(rules));
  return dir;
}

/** A line of the M-BOM with something else on it. */
export const withLine =
  (lineId: string, edit: Partial<Bom[number]>) =>
  (bom: Bom): Bom =>
    bom.map((line) => (line.lineId === lineId ? { ...line, ...edit } : line));

export const inForce = ({ state }: ChangeView): boolean => state === 'in force';
export const waiting = ({ orders }: ChangeView): boolean =>
  orders.some(({ standing }) => standing === 'waiting');
/** What has gone out is answered. */
export const allSent = ({ commands }: ChangeView): boolean => !commands.some(({ state }) => state === 'sent');

export const standings = ({ orders }: ChangeView) =>
  Object.fromEntries(
    orders.map(({ id, state, action, standing }) => [id, `${state}, ${action}: ${standing}`]),
  );
