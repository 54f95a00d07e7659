import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Accept, OpenOptions } from '../adapter';
import { poll, type Seen, type Watermark, watermark } from '../transports/poll';
import { type Entity, type EntitySet, literal, type OData } from './odata';
import { recordOf } from './odata-records';
import { changedAt, lastChange, timeLiteral } from './odata-times';

/** What is read of one entity set, as `poll` in the settings says. */
export interface PolledSet {
  /** An OData `$filter` that entities must pass. */
  readonly filter?: string;
}

/** Settings by record type. */
export type Polled = Readonly<Record<string, PolledSet>>;

export interface PollOptions {
  readonly polled: Polled;
  readonly everyMs: number;
  readonly overlapMs: number;
  readonly pageSize: number;
}

/** A set whose entities date their own changes: a change of a part need not change the date of the whole. */
interface Part {
  readonly set: EntitySet;
  readonly changed: string;
  /** Fields of the whole, and what the part calls them. */
  readonly whole: Readonly<Record<string, string>>;
}

interface Source {
  readonly set: EntitySet;
  readonly expand: string;
  /** When the entity was changed last. */
  readonly changed: string;
  /** How the service writes that: 14 digits of text, or a time. */
  readonly as: 'digits' | 'time';
  readonly parts: readonly Part[];
}

const bills = 'API_BILL_OF_MATERIAL_SRV;v=0002';
const routings = 'API_PRODUCTION_ROUTING';
const orders = 'API_PRODUCTION_ORDER_2_SRV';
const same = (...fields: readonly string[]) => Object.fromEntries(fields.map((field) => [field, field]));

/** By record type, in the order in which one needs the other. */
export const polledSources: Readonly<Record<string, Source>> = {
  MaterialBOM: {
    set: `${bills}/MaterialBOM`,
    expand: 'to_BillOfMaterialItem',
    changed: 'LastChangeDateTime',
    as: 'time',
    parts: [
      {
        set: `${bills}/MaterialBOMItem`,
        changed: 'LastChangeDateTime',
        whole: {
          ...same(
            'BillOfMaterial',
            'BillOfMaterialCategory',
            'BillOfMaterialVariant',
            'BillOfMaterialVersion',
          ),
          ...same('Material', 'Plant'),
          EngineeringChangeDocument: 'HeaderChangeDocument',
        },
      },
    ],
  },
  ProductionRouting: {
    set: `${routings}/ProductionRoutingHeader`,
    expand: 'to_MatlAssgmt,to_Sequence/to_Operation',
    changed: 'ChangedDateTime',
    as: 'time',
    parts: ['MatlAssgmt', 'Sequence', 'Operation'].map(
      (name): Part => ({
        set: `${routings}/ProductionRouting${name}`,
        changed: 'ChangedDateTime',
        whole: same('ProductionRoutingGroup', 'ProductionRouting'),
      }),
    ),
  },
  A_ProductionOrder_2: {
    set: `${orders}/A_ProductionOrder_2`,
    expand: 'to_ProductionOrderOperation,to_ProductionOrderComponent',
    changed: 'LastChangeDateTime',
    as: 'digits',
    parts: [
      {
        set: `${orders}/A_ProductionOrderOperation_2`,
        changed: 'LastChangeDateTime',
        whole: same('ManufacturingOrder'),
      },
    ],
  },
};

/**
 * Looks for what has changed in the named sets until `signal` aborts. Each set and each of its parts has a cursor of
 * its own on disk: a crash repeats and never loses. A state that is found twice has the same id both times.
 */
export async function pollEntities(
  odata: OData,
  { polled, everyMs, overlapMs, pageSize }: PollOptions,
  { dataDir, log }: Pick<OpenOptions, 'dataDir' | 'log'>,
  accept: Accept,
  signal: AbortSignal,
): Promise<void> {
  const sets = Object.entries(polledSources).flatMap(([type, source]) => {
    const settings = polled[type];
    if (!settings) return [];
    const markOf = (set: EntitySet) => watermark(join(dataDir, set.split('/')[1]!), overlapMs);
    const parts = source.parts.map((part) => ({ part, mark: markOf(part.set) }));
    const look = changes(odata, source, settings, pageSize, signal);
    return [{ look, mark: markOf(source.set), parts }];
  });
  await poll(
    async () => {
      for (const { look, mark, parts } of sets) {
        // What is read whole for the first time is read with its parts: theirs begin there.
        for (const one of parts) await look.begin(one);
        for await (const rows of look.wholes(mark)) await mark.handOver(rows, accept, signal);
        // A part's cursor says how far it was read; what of the whole was handed over is known to the whole's alone.
        const reached = (mark.from() ?? 0) + overlapMs;
        for (const one of parts)
          for await (const rows of look.ofParts(one, reached)) await mark.handOver(rows, accept, signal);
      }
    },
    { everyMs, signal, log },
  );
}

interface PartRead {
  readonly part: Part;
  readonly mark: Watermark;
}

/** How changes of one set are read. */
function changes(odata: OData, source: Source, { filter }: PolledSet, pageSize: number, signal: AbortSignal) {
  const and = (...terms: readonly (string | undefined)[]) => {
    const given = terms.filter((term) => term !== undefined);
    return given.length > 1 ? given.map((term) => `(${term})`).join(' and ') : (given[0] ?? '');
  };

  /**
   * By the time of change, oldest first. The next portion is asked for by the time that the last one ended with: a list
   * that is counted through loses an entity when one before it moves to its end.
   */
  async function* since(
    set: EntitySet,
    changed: string,
    more: object,
    from: number | undefined,
    only?: string,
  ) {
    let at = from;
    let skip = 0;
    for (;;) {
      const after = at === undefined ? undefined : `${changed} ge ${timeLiteral(at, source.as)}`;
      const $filter = and(only, after);
      const query = {
        ...($filter === '' ? {} : { $filter }),
        $orderby: `${changed} asc`,
        $top: pageSize,
        ...more,
      };
      let seen = 0;
      let last: number | undefined;
      for await (const page of odata.pages(set, { ...query, ...(skip > 0 ? { $skip: skip } : {}) }, signal)) {
        yield page;
        seen += page.length;
        last = page.length === 0 ? last : changedAt(page.at(-1)?.[changed]);
      }
      if (signal.aborted || seen < pageSize) return;
      if (last === undefined || last === at) skip += seen;
      else {
        at = last;
        skip = 0;
      }
    }
  }

  return {
    async begin({ part: { set, changed }, mark }: PartRead): Promise<void> {
      if (mark.from() !== undefined) return;
      const newest = { $orderby: `${changed} desc`, $top: 1, $select: changed };
      for await (const [row] of odata.pages(set, newest, signal))
        await mark.reached(changedAt(row?.[changed]) ?? 0);
    },
    async *wholes(mark: Watermark): AsyncGenerator<Seen[]> {
      const expand = { $expand: source.expand };
      for await (const page of since(source.set, source.changed, expand, mark.from(), filter))
        yield page.map((entity) => seenEntity(entity, changedAt(entity[source.changed]) ?? 0));
    },
    /** Wholes of which a part has changed, dated not later than wholes have been read. */
    async *ofParts({ part, mark }: PartRead, reached: number): AsyncGenerator<Seen[]> {
      const { set, changed, whole } = part;
      const select = { $select: [...new Set([...Object.values(whole), changed])].join(',') };
      for await (const page of since(set, changed, select, mark.from())) {
        const wanted = new Map<string, number>();
        for (const row of page) {
          const terms = Object.entries(whole).map(
            ([its, own]) => `${its} eq ${literal(String(row[own] ?? ''))}`,
          );
          wanted.set(terms.join(' and '), changedAt(row[changed]) ?? 0);
        }
        for (const [key, at] of wanted) {
          const found = await odata.list(source.set, and(filter, key), { $expand: source.expand });
          yield found.map((entity) => seenEntity(entity, Math.min(at, reached)));
        }
        if (!signal.aborted) await mark.reached(changedAt(page.at(-1)?.[changed]) ?? 0);
      }
    },
  };
}

/** Its id has the newest time in it, and its content: times are whole seconds, in which much can happen. */
function seenEntity(entity: Entity, at: number): Seen {
  const print = createHash('sha256').update(JSON.stringify(entity)).digest('base64url').slice(0, 22);
  const { id: _, ...record } = recordOf(entity, 'd.results');
  const { uri = record.key } = (entity.__metadata ?? {}) as { uri?: string };
  const row = uri.slice(uri.lastIndexOf('/') + 1);
  return { record: { ...record, id: `${row}@${lastChange(entity)}/${print}` }, changedAt: at, print, row };
}
