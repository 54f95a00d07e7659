import { HubError } from '../../model/errors';
import type { HttpAnswer } from '../transports/http';
import { harmless, type ODataSettings, sapGateway } from './odata-gateway';

/** An entity as OData V2 gives it: decimals and times are text. */
export type Entity = { readonly __metadata?: { readonly etag?: string }; readonly [field: string]: unknown };

/** One entity set of a service, as in `API_PRODUCTION_ORDER_2_SRV/A_ProductionOrder_2`. */
export type EntitySet = `${string}/${string}`;
export type Key = Readonly<Record<string, string>>;
export type Query = Readonly<
  Partial<Record<'$filter' | '$expand' | '$orderby' | '$top' | '$skip' | '$select', string | number>>
>;

/**
 * SAP's OData V2, as the S/4 gateway speaks it. Failures are HubErrors whose kind says what the ERP can have done:
 * a read that fails has done nothing, so it is transient where a write would be ambiguous.
 */
export interface OData {
  /** All entities that fit `$filter`, over all pages. */
  list(set: EntitySet, filter: string, more?: Omit<Query, '$filter'>): Promise<Entity[]>;
  /** One page after another, as the service cuts them. */
  pages(set: EntitySet, query: Query, signal?: AbortSignal): AsyncGenerator<Entity[]>;
  /** One entity, or undefined when there is none of that key. */
  read(set: EntitySet, key: Key): Promise<Entity | undefined>;
  /** Creates an entity, with those below it where the body nests them. Gives what the ERP stored. */
  create(set: EntitySet, body: object): Promise<Entity>;
  /** Changes the given fields only. False when the entity was changed by others since `etag` was read. */
  change(set: EntitySet, key: Key, fields: object, etag: string | undefined): Promise<boolean>;
  /** Throws when the service cannot be used with these credentials right now. */
  check(set: EntitySet): Promise<void>;
  close(): void;
}

/** More pages than any order has components: a service that always names a next page is not followed for ever. */
const PAGE_LIMIT = 1000;

export function openOData(settings: ODataSettings): OData {
  const gateway = sapGateway(settings);
  const root = `/${settings.path.replace(/^\/+|\/+$/g, '')}`;
  async function* pages(set: EntitySet, query: Query, signal?: AbortSignal): AsyncGenerator<Entity[]> {
    const asked = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    let path: string | undefined = `${root}/${set}?${asked.join('&')}`;
    for (let page = 0; path; page++) {
      // Half a list would look like a list from which the rest was taken away.
      if (page === PAGE_LIMIT)
        throw new HubError('HUB_FAILED', `${set} does not end`, { kind: 'transient', at: set });
      const answer: HttpAnswer = await gateway.get(path, [], signal);
      const { results = [], __next } = await harmless(() => resultOf<Page>(answer));
      yield results;
      path = __next && nextPath(__next);
    }
  }
  return {
    pages,
    async list(set, filter, more = {}) {
      const found: Entity[] = [];
      for await (const page of pages(set, { $filter: filter, ...more })) found.push(...page);
      return found;
    },
    async read(set, key) {
      const answer = await gateway.get(`${root}/${set}${keyText(key)}`, [404]);
      return answer.status === 404 ? undefined : harmless(() => resultOf<Entity>(answer));
    },
    async create(set, body) {
      const path = `${root}/${set}`;
      return resultOf<Entity>(await gateway.write({ method: 'POST', path, tokenPath: `${path}/`, body }));
    },
    async change(set, key, fields, etag) {
      const path = `${root}/${set}${keyText(key)}`;
      const tokenPath = `${root}/${set}/`;
      const answer = await gateway.write({ method: 'PATCH', path, tokenPath, body: fields, etag }, [412]);
      return answer.status !== 412;
    },
    check: (set) => gateway.openSession(`${root}/${set}/`),
    close: gateway.close,
  };
}

interface Page {
  readonly results?: Entity[];
  readonly __next?: string;
}

function resultOf<T>(answer: HttpAnswer): T {
  const body = answer.json() as { d?: T } | null;
  if (body?.d !== undefined) return body.d;
  throw new HubError('HUB_FAILED', 'the ERP answered without a result', { value: answer.status });
}

/** The next page's address is absolute; only its path is followed, so that credentials go nowhere else. */
function nextPath(next: string): string {
  const { pathname, search } = new URL(next, 'http://erp');
  return pathname + search;
}

/** `(ManufacturingOrder='1000001')`; quotes inside of a value are doubled. */
export function keyText(key: Key): string {
  const parts = Object.entries(key).map(([name, value]) => `${name}=${encodeURIComponent(literal(value))}`);
  return `(${parts.join(',')})`;
}

/** A text as an OData literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
