import type { ChangeFeed } from '../change-desk/feed';
import type {
  Delivery,
  DeliveryState,
  RecordState,
  StoredMessage,
  StoredObject,
  StoredRecord,
} from '../storage/store';
import { changeResolvers } from './change-resolvers';
import type { ApiContext } from './context';
import { definitionResolvers } from './definition-resolvers';
import { differences } from './definition-routes';
import { identityResolvers } from './identity-resolvers';
import { executionView } from './reads';
import { hubVersion } from './version';

type Args = Record<string, string | number | undefined>;
type Filter = { limit?: number; before?: string };

/** One resolver a field, all of them reading the store; only the mutations write. */
export function resolvers(context: ApiContext, feed: ChangeFeed) {
  const { store, project } = context;
  const ofChanges = changeResolvers({ changes: context.changes, feed });
  const ofDefinitions = definitionResolvers(context);
  const ofIdentities = identityResolvers(context);
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
      records: (_: unknown, args: Filter & { system?: string; key?: string; state?: RecordState }) =>
        store.listRecords(args),
      record: (_: unknown, { id }: { id: string }) => store.getRecord(id),
      messages: (_: unknown, args: Filter & { system?: string; noun?: string; objectKey?: string }) =>
        store.listMessages(args),
      message: (_: unknown, { id }: { id: string }) => store.getMessage(id),
      deliveries: (
        _: unknown,
        {
          system,
          ...args
        }: Filter & { system?: string; key?: string; state?: DeliveryState; messageId?: string },
      ) => store.listDeliveries({ ...args, ...(system === undefined ? {} : { dest: system }) }),
      lanes: () => store.laneStatistics(),
      ...ofDefinitions.Query,
      ...ofIdentities.Query,
      ...ofChanges.Query,
    },
    Mutation: {
      ...ofDefinitions.Mutation,
      ...ofIdentities.Mutation,
      ...ofChanges.Mutation,
      replayDelivery: async (_: unknown, { id, by, why }: { id: string; by: string; why: string }) => {
        await store.replay(id, { by, why });
        return true;
      },
      discardDelivery: async (_: unknown, { id, by, why }: { id: string; by: string; why: string }) => {
        await store.discard(id, { by, why });
        return true;
      },
    },
    Subscription: ofChanges.Subscription,
    CanonicalObject: {
      versions: ({ noun, id }: StoredObject) => store.objectVersions(noun, id),
      diff: (object: StoredObject, { from }: { from: number }) =>
        differences(store, object, from, object.version),
    },
    Record: {
      messages: ({ id }: StoredRecord) => store.listMessages({ recordId: id }),
    },
    Message: {
      deliveries: ({ id }: StoredMessage) => store.listDeliveries({ messageId: id }),
    },
    Delivery: { system: ({ dest }: Delivery) => dest },
    Lane: { system: ({ dest }: { dest: string }) => dest },
  } satisfies Record<string, Record<string, Resolver | { readonly subscribe: Resolver }>>;
}

type Resolver = (parent: never, args: never & Args) => unknown;
