import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { HubError } from '../../model/errors';
import { revisionA, revisionB } from '../change/pv-100.example';
import type { OperationsDefinition } from '../change/shapes';
import type { Parcel } from '../flow/route';
import { openStore } from '../storage/open';
import type { Row } from '../storage/store';
import { DeskPlant } from './desk-plant.example';
import { readSet } from './set';

// Two desks live through the same: one looks at the orders that it is about, the other always at the whole change.
// Whatever happens they must come to the same.

const orderIds = ['1000001', '1000002', '1000003', '1000004'] as const;
const LATE = '1000009';

const revisionC: OperationsDefinition = {
  ...revisionB,
  version: 'C',
  operationsSegment: revisionB.operationsSegment!.map((segment) => ({
    ...segment,
    parameterSpecification: (segment.parameterSpecification ?? []).map((one) =>
      one.id === 'HoldTime' ? { ...one, value: [{ ...one.value![0]!, valueString: '3' }] } : one,
    ),
  })),
};

type Step =
  | { readonly do: 'report'; readonly order: string; readonly segment: string; readonly state: string }
  | {
      readonly do: 'answer';
      readonly picks: readonly number[];
      readonly how: 'acknowledged' | 'failed' | 'refused';
    }
  | {
      readonly do: 'decide';
      readonly orders: readonly string[];
      readonly action: 'approve' | 'reject' | 'defer';
    }
  | { readonly do: 'retry'; readonly pick: number }
  | { readonly do: 'undo' | 'later revision' | 'late order' };

const order = fc.constantFrom(...orderIds, LATE);
const pick = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      order,
      segment: fc.constantFrom('0010', '0020'),
      state: fc.constantFrom('Running', 'Running', 'Completed'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      picks: fc.array(pick, { minLength: 1, maxLength: 4 }),
      how: fc.constantFrom(
        ...(['acknowledged', 'acknowledged', 'acknowledged', 'failed', 'refused'] as const),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('decide' as const),
      orders: fc.oneof(
        fc.constant([]),
        order.map((id) => [id]),
      ),
      action: fc.constantFrom(...(['approve', 'approve', 'reject', 'defer'] as const)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom(...(['undo', 'late order'] as const)) }),
  },
);

/** A plant that takes steps. */
class Plant extends DeskPlant {
  async take(step: Step): Promise<string | undefined> {
    try {
      await this.#take(step);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof HubError) return thrown.code;
      throw thrown;
    }
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'report':
        return this.report(step.order, step.segment, step.state, made);
      case 'answer': {
        const sent = await this.#commands((state) => state === 'sent');
        const chosen = new Set(sent.length === 0 ? [] : step.picks.map((n) => sent[n % sent.length]!));
        await Promise.all([...chosen].map((one) => this.#answer(one, step.how)));
        return;
      }
      case 'decide': {
        const { changeId } = await this.#newest();
        const until = step.action === 'defer' ? { until: { operation: '0010' } } : {};
        await this.desk.decide(changeId, {
          orderIds: step.orders,
          action: step.action,
          by: 'Ines',
          reason: 'because',
          ...until,
        });
        return;
      }
      case 'retry': {
        const failed = await this.#commands((state) => state === 'failed');
        const one = failed[step.pick % Math.max(1, failed.length)];
        if (one) await this.desk.retry(one.changeId, one.commandId);
        return;
      }
      case 'undo':
        await this.desk.undo((await this.#newest()).changeId, { by: 'Ines', reason: 'because' });
        return;
      case 'later revision':
        return this.publish(revisionC);
      case 'late order':
        return this.release(LATE);
    }
  }

  async #newest(): Promise<{ changeId: string }> {
    const [row] = await this.store.listChanges({ limit: 1 });
    return { changeId: row!.id };
  }

  async #commands(chosen: (state: string) => boolean) {
    const found: NonNullable<Parcel['command']>[] = [];
    for (const { id } of (await this.store.listChanges()).reverse()) {
      const { commands } = await readSet(this.store, id);
      for (const one of commands) if (chosen(one.state)) found.push({ changeId: id, commandId: one.id });
    }
    return found;
  }

  async #answer(command: NonNullable<Parcel['command']>, how: 'acknowledged' | 'failed' | 'refused') {
    const row = { payload: { command } } as unknown as Row;
    await this.desk.following(row, async () => {
      if (how === 'acknowledged') return { answer: 'yes' };
      throw new HubError(how === 'refused' ? 'HUB_TOO_LATE' : 'HUB_REJECTED', 'no');
    });
  }

  /** All that the store has of changes and orders, without ids and times of this store alone. */
  async told(): Promise<string> {
    const rows = (await this.store.listChanges()).reverse();
    const names = rows.map(({ id }, n): [string, string] => [id, `change-${n + 1}`]);
    const changes = [];
    for (const { id, state } of rows) {
      const { change, commands } = await readSet(this.store, id);
      // Differences from other revisions are worked out when an order that is made to one is looked at.
      const { diffsFrom: _, ...rest } = change;
      changes.push({ ...rest, state, commands });
    }
    const orders = await this.store.listObjects({ noun: 'OperationsSchedule' });
    let text = JSON.stringify({ changes, orders: orders.map(({ body, version }) => ({ body, version })) });
    for (const [id, name] of names) text = text.replaceAll(id, name);
    return text.replace(/"20\d\d-\d\d-\d\dT[\d:.]+\d{3}Z"/g, '"lately"');
  }
}

const made = {
  segmentData: [{ id: 'GoodQuantity', value: [{ valueString: '2', unitOfMeasure: 'PCE' }] }],
};

async function inBoth(test: (slices: Plant, whole: Plant) => Promise<void>): Promise<void> {
  const dirs = ['slices', 'whole'].map((name) => mkdtempSync(join(tmpdir(), `esperanto-${name}-`)));
  const stores = await Promise.all(dirs.map((dataDir) => openStore({ dataDir })));
  try {
    await test(new Plant(stores[0]!, false), new Plant(stores[1]!, true));
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  }
}

test('a change worked on order by order comes to the same as one that is always looked at as a whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 4 }),
      fc.array(step, { minLength: 3, maxLength: 18 }),
      (before, after) =>
        inBoth(async (...plants) => {
          for (const plant of plants) {
            await plant.publish(revisionA);
            for (const id of orderIds) await plant.release(id);
          }
          const early = before.filter((one) => one.do === 'report');
          const publish = { do: 'publish' } as const;
          // What a later change does to an order the older one sees with its next look: so it comes last.
          const later = { do: 'later revision' } as const;
          for (const one of [...early, publish, ...after, later]) {
            const ends = [];
            for (const plant of plants)
              ends.push(one.do === 'publish' ? await plant.publish(revisionB) : await plant.take(one));
            expect(ends[0]).toEqual(ends[1]);
            const [slices, whole] = [await plants[0].told(), await plants[1].told()];
            if (slices !== whole) expect(JSON.parse(slices)).toEqual(JSON.parse(whole));
          }
        }),
    ),
    { numRuns: 12 },
  );
}, 120_000);
