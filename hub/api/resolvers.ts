import type { ChangeFeed } from '../change-desk/feed';
import type {
  Delivery,
  DeliveryFilter,
  RecordFilter,
  StoredMessage,
  StoredObject,
  StoredRecord,
} from '../storage/store';
import { changeResolvers } from './change-resolvers';
import type { ApiContext } from './context';
import { definitionResolvers } from './definition-resolvers';
import { differences } from './definition-routes';
import { identityResolvers } from './identity-resolvers';
import { operatingResolvers } from './operating-resolvers';
import { executionView } from './reads';
import { hubVersion } from './version';

type Args = Record<string, string | number | undefined>;

/** One resolver a field, all of them reading the store; only the mutations write. */
export function resolvers(context: ApiContext, feed: ChangeFeed) {
  const { store, project } = context;
  const ofChanges = changeResolvers({ ...context, feed });
  const ofDefinitions = definitionResolvers(context);
  const ofIdentities = identityResolvers(context);
  const ofOperating = operatingResolvers(context.operating);
  return {
    Query: {
      hub: () => ({
        version: hubVersion,
        plant: project.plant.id,
        name: project.plant.name,
        timeZone: project.plant.timeZone,
        systems: Object.entries(context.systems()).map(([name, state]) => ({
          name,
          adapter: project.systems[name]!.adapter,
          ...state,
        })),
      }),
      objects: (_: unknown, args: { noun: string; after?: string; limit?: number }) =>
        store.listObjects(args),
      object: (
        _: unknown,
        { noun, id, ...as }: { noun: string; id: string; version?: number; at?: string },
      ) => store.getObject(noun, id, as),
      execution: (_: unknown, { orderId }: { orderId: string }) => executionView(store, orderId),
      records: (_: unknown, { noun, ...args }: RecordFilter & { noun?: string }) =>
        store.listRecords({
          ...args,
          ...(noun === undefined ? {} : { types: context.operating.typesOf(noun) }),
        }),
      record: (_: unknown, { id }: { id: string }) => store.getRecord(id),
      messages: (_: unknown, args: NonNullable<Parameters<typeof store.listMessages>[0]>) =>
        store.listMessages(args),
      message: (_: unknown, { id }: { id: string }) => store.getMessage(id),
      deliveries: (_: unknown, { system, ...args }: Omit<DeliveryFilter, 'dest'> & { system?: string }) =>
        store.listDeliveries({ ...args, ...(system === undefined ? {} : { dest: system }) }),
      lanes: () => store.laneStatistics(),
      ...ofOperating.Query,
      ...ofDefinitions.Query,
      ...ofIdentities.Query,
      ...ofChanges.Query,
    },
    Mutation: {
      ...ofDefinitions.Mutation,
      ...ofIdentities.Mutation,
      ...ofChanges.Mutation,
      ...ofOperating.Mutation,
    },
    Subscription: ofChanges.Subscription,
    CanonicalObject: {
      versions: ({ noun, id }: StoredObject) => store.objectVersions(noun, id),
      diff: (object: StoredObject, { from }: { from: number }) =>
        differences(store, object, from, object.version),
    },
    Record: {
      messages: ({ id }: StoredRecord) => store.listMessages({ recordId: id }),
      notes: ({ notes }: StoredRecord) => notes ?? [],
      replays: async ({ id }: StoredRecord) => (await store.trace(id))?.replays ?? [],
      attemptLog: ({ id }: StoredRecord) => store.attemptsOf(id),
    },
    Message: {
      deliveries: ({ id }: StoredMessage) => store.listDeliveries({ messageId: id }),
    },
    Delivery: {
      system: ({ dest }: Delivery) => dest,
      notes: ({ notes }: Delivery) => notes ?? [],
      attemptLog: ({ id }: Delivery) => store.attemptsOf(id),
      item: async ({ id }: Delivery) => (await context.operating.delivery(id))?.item,
    },
    Lane: { system: ({ dest }: { dest: string }) => dest },
  } satisfies Record<string, Record<string, Resolver | { readonly subscribe: Resolver }>>;
}

type Resolver = (parent: never, args: never & Args) => unknown;
