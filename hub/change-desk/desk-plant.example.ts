import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanonicalObject, Message } from '../../model/message';
import { packageRoot } from '../../model/paths';
import { completeOrder } from '../change/explode';
import { orderFromErp, revisionA } from '../change/pv-100.example';
import { loadRules } from '../change/rules';
import { type MaterialLine, type OperationsDefinition, type Order, withRequest } from '../change/shapes';
import { type DefinitionDesk, definitionDesk } from '../definitions/desk';
import { enact } from '../flow/process';
import type { Parcel } from '../flow/route';
import { loadProject } from '../project';
import { openStore } from '../storage/open';
import type { Row, Store } from '../storage/store';
import { type ChangeDesk, changeDesk } from './desk';
import type { ChangeView } from './view';

/** What the tests of this room live in: the desks of the example plant over a store, without the systems around them. */

export const project = loadProject(join(packageRoot, 'contract-tests', 'example-plant'), {});
const file = join(packageRoot, 'hub', 'change', 'rules.default.yaml');
export const rules = loadRules(readFileSync(file, 'utf8'), file);

export const messageOf = (noun: string, item: object): Message => ({
  verb: 'Sync',
  noun,
  applicationArea: { creationDateTime: '2026-03-02T06:00:00Z', sender: { referenceId: 'ECN-2001' } },
  items: [item as CanonicalObject],
});

/** What an order of so many pieces of the valve makes; `more`: its serial numbers or its lot. */
const output = (quantity: number, more: Partial<MaterialLine>): MaterialLine => ({
  id: 'PV-100',
  materialDefinitionId: ['PV-100'],
  materialUse: 'Produced',
  quantity: [{ quantityString: String(quantity), dataType: 'decimal', unitOfMeasure: 'PCE' }],
  ...more,
});

export interface Released {
  readonly quantity?: number;
  readonly startTime?: string;
  readonly made?: Partial<MaterialLine>;
  readonly revision?: OperationsDefinition | undefined;
  /** Who has been given it; else MES and press. */
  readonly given?: readonly string[];
}

export class DeskPlant {
  readonly store: Store;
  readonly desk: ChangeDesk;
  readonly definitions: DefinitionDesk;

  constructor(store: Store, alwaysWhole = false) {
    this.store = store;
    this.desk = changeDesk({ project, store, rules, alwaysWhole });
    const { restate, onApplied, onEffectivity } = this.desk;
    const enactor = { project, restate, onApplied };
    this.definitions = definitionDesk({ ...enactor, store, onEffectivity, validate: () => [] });
  }

  async state(noun: string, item: object, system: string): Promise<void> {
    const { restate, onApplied } = this.desk;
    const said = { message: messageOf(noun, item), read: { map: '' } };
    await this.store.transaction((tx) => enact(tx, said, { system }, { project, restate, onApplied }));
  }

  publish(revision: OperationsDefinition): Promise<void> {
    return this.state('OperationsDefinition', revision, 'plm');
  }

  /** An order as if execution had been given it; to no stated revision where that is said. */
  async release(id: string, how: Released = {}): Promise<void> {
    const { quantity = 10, startTime, made = {}, revision = revisionA, given = ['mes', 'press'] } = how;
    const stated = withRequest(orderFromErp(id, quantity), (request) => ({
      ...request,
      ...(startTime === undefined ? {} : { startTime }),
      segmentRequirement: request.segmentRequirement.map((segment, i, all) => {
        const lines = (segment.materialRequirement ?? []).filter(
          ({ materialUse }) => materialUse !== 'Produced',
        );
        const last = i === all.length - 1 ? [output(quantity, made)] : [];
        return { ...segment, materialRequirement: [...lines, ...last] };
      }),
    }));
    const order = 'revision' in how && how.revision === undefined ? stated : completeOrder(stated, revision);
    await this.state('OperationsSchedule', order, 'erp');
    await this.store.transaction(async (tx) => {
      for (const system of given)
        await tx.putIdentity({ system, noun: 'OperationsSchedule', nativeId: id, canonicalId: id });
    });
  }

  report(orderId: string, segment: string, state: string, more: object = {}): Promise<void> {
    const response = { id: segment, segmentRequirementId: [segment], segmentState: state, ...more };
    const performance = {
      id: `${orderId}-${segment}-${state}`,
      operationsType: 'Production',
      operationsScheduleId: orderId,
      operationsResponse: [{ id: orderId, operationsRequestId: [orderId], segmentResponse: [response] }],
    };
    return this.state('OperationsPerformance', performance, 'mes');
  }

  /** Every command that goes out is acknowledged, until none does any more. */
  async answerAll(): Promise<void> {
    for (;;) {
      const sent = await this.store.listCommands({ state: 'sent', content: false });
      if (sent.length === 0) return;
      await Promise.all(
        sent.map(({ id, changeId }) => {
          const command: Parcel['command'] = { changeId, commandId: id };
          return this.desk.following({ payload: { command } } as unknown as Row, async () => ({}));
        }),
      );
    }
  }

  /** The newest change. */
  async newest(): Promise<ChangeView> {
    const [change] = await this.desk.list();
    return change!;
  }

  async order(id: string): Promise<Order> {
    return (await this.store.getObject('OperationsSchedule', id))!.body as Order;
  }
}

/** A plant over a store of its own, which knows revision A of the valve. */
export async function startDeskPlant(name: string): Promise<{ plant: DeskPlant; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), `esperanto-${name}-`));
  const store = await openStore({ dataDir });
  const plant = new DeskPlant(store);
  await plant.publish(revisionA);
  return {
    plant,
    async stop() {
      await store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}
