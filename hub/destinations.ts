import type { MappingSet } from '../mappings/engine';
import type { ChangeDesk } from './change-desk/desk';
import { compensating } from './flow/compensate';
import type { Connections } from './flow/connections';
import { type Deliverer, deliver, refuseLate } from './flow/deliver';
import { type Batches, deliverTogether } from './flow/deliver-batch';
import type { Destination } from './flow/lanes';
import { latestOf } from './flow/latest';
import { processRecord } from './flow/process';
import { translate } from './flow/translate';
import type { IdentityDesk } from './identity/desk';
import type { Project } from './project';
import type { ProjectModel } from './project-model';
import type { Store, StoredRecord } from './storage/store';
import type { Systems } from './systems';

interface Joined {
  readonly project: Project;
  readonly systems: Systems;
  readonly store: Store;
  readonly mappings: MappingSet;
  readonly translate: Reader;
  readonly changes: ChangeDesk;
  readonly identities: IdentityDesk;
  readonly connected: Connections;
}

/** How a record becomes messages in this hub. */
export function readerOf({
  project,
  mappings,
  model,
  identities: { xref },
}: Pick<Joined, 'project' | 'mappings' | 'identities'> & { readonly model: ProjectModel }) {
  const mapping = (name: string) => mappings.get(name);
  return (record: StoredRecord) => translate(record, { project, mapping, xref, ...model });
}

type Reader = ReturnType<typeof readerOf>;

/** The two ends of lanes: `in:<system>` into the hub, `<system>` out of it. */
export function destinationsOf({
  project,
  systems,
  store,
  mappings,
  translate,
  changes,
  identities,
  connected,
}: Joined): Map<string, Destination> {
  const mapping = (name: string) => mappings.get(name);
  const { xref } = identities;
  const processor = {
    project,
    store,
    translate,
    restate: changes.restate,
    onApplied: changes.onApplied,
  };
  const deliverer = { project, store, mapping, xref, connection: (system: string) => connected.get(system) };
  const onlyLatest = new Set(
    project.flows.flatMap(({ latest, to }) => (latest ? to.map(({ system }) => system) : [])),
  );
  const destinations = new Map<string, Destination>();
  for (const [name, { declared }] of Object.entries(systems)) {
    destinations.set(`in:${name}`, {
      idempotent: true,
      // Each row is acknowledged by its own transaction.
      remembers: true,
      fenced: true,
      onPermanent: 'continue',
      retry: { firstMs: 250, longestMs: 5_000 },
      async handle({ claim, row, signal }) {
        await processRecord(claim, row, processor, signal);
        return 'acknowledged';
      },
    });
    const { batches } = declared;
    const idempotent = declared.promises.sendIsIdempotent;
    const { whenRefused, rate, retry, parallel } = project.systems[name]!;
    destinations.set(name, {
      idempotent,
      onPermanent: whenRefused,
      ...(onlyLatest.has(name) ? { superseded: latestOf } : {}),
      ...(rate === undefined ? {} : { rate }),
      ...(retry === undefined ? {} : { retry }),
      ...(parallel === undefined ? {} : { concurrency: parallel }),
      ...(batches && idempotent ? { together: togetherOf(batches, deliverer) } : {}),
      handle: (work) =>
        compensating(
          work,
          (one) =>
            changes.following(one.row, async () => {
              refuseLate(one.claim, one.row);
              return deliver(one.claim, one.row, deliverer, one);
            }),
          { project, store, idempotent, ...(retry === undefined ? {} : { retry }) },
        ),
    });
  }
  return destinations;
}

function togetherOf(batches: Batches, deliverer: Deliverer): NonNullable<Destination['together']> {
  return {
    most: Math.max(...Object.values(batches).map(({ max }) => max)),
    handle: (claim, rows, sure) => deliverTogether(claim, rows, deliverer, batches, sure),
  };
}
