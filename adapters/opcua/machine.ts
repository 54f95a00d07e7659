import {
  AttributeIds,
  BrowseDirection,
  type ExtensionObject,
  getExtraDataTypeManager,
  makeBrowsePath,
  NodeId,
  NodeIdType,
  resolveNodeId,
} from 'node-opcua';
import { HubError } from '../../model/errors';
import { jobControlNamespace, type ReceiverMethod, receiverMethods, typeIds } from './job-control';
import { firstLine, type Session, within } from './session';
import type { OpcuaConfig } from './settings';

/** What one session needs to know of the machine. Node ids hold for this session only: indexes move between sessions. */
export interface Machine {
  readonly session: Session;
  readonly receiver: NodeId;
  readonly jobOrderList: NodeId;
  readonly methods: ReadonlyMap<ReceiverMethod, NodeId>;
  /** Where a job's response is asked for; some machines only push. */
  readonly responses?: { readonly objectId: NodeId; readonly methodId: NodeId };
  /** Index of the Job Control namespace. */
  readonly jobControl: number;
  /** A structure of that type. Fields that the type does not have would be dropped: name them with care. */
  make(type: keyof typeof typeIds, fields: Record<string, unknown>): Promise<ExtensionObject>;
  /** `nsu=<uri>;s=x`, or `s=x` in the machine's own namespace. Throws HUB_REJECTED for a namespace it does not have. */
  node(text: string): NodeId;
}

const BIND_LIMIT_MS = 60_000;
const OBJECTS_FOLDER = 'i=85';
const SERVER_OBJECT = 'i=2253';
const BROWSE_DEPTH = 5;
const BROWSE_NODES = 2_000;

export const bindMachine = (session: Session, settings: OpcuaConfig): Promise<Machine> =>
  within(bind(session, settings), BIND_LIMIT_MS, 'the machine was not read', session.ended);

async function bind(session: Session, settings: OpcuaConfig): Promise<Machine> {
  const { client } = session;
  const namespaces = await client.readNamespaceArray();
  const node = (text: string) => resolve(text, settings.namespaceUri, namespaces);
  node('i=0');
  const jobControl = indexOf(jobControlNamespace, namespaces);
  // Once per session and before any subscription: notifications that carry unknown structures arrive out of order.
  await getExtraDataTypeManager(client);
  const found = await discover(session, jobControl);
  const receiver = settings.receiver ? node(settings.receiver) : only(found.receivers);
  const children = async (objectId: NodeId, names: readonly string[]) => {
    const paths = names.map((name) => makeBrowsePath(objectId, `/${jobControl}:${name}`));
    return (await client.translateBrowsePath(paths)).map((result) => result.targets?.[0]?.targetId);
  };
  const [jobOrderList, ...methodIds] = await children(receiver, ['JobOrderList', ...receiverMethods]);
  if (!jobOrderList) throw unlike(`${receiver} has no JobOrderList`);
  const provider = found.providers[0];
  const [ask] = provider ? await children(provider, ['RequestJobResponseByJobOrderID']) : [];
  return {
    session,
    receiver,
    jobOrderList,
    methods: new Map(receiverMethods.flatMap((name, at) => (methodIds[at] ? [[name, methodIds[at]]] : []))),
    ...(provider && ask ? { responses: { objectId: provider, methodId: ask } } : {}),
    jobControl,
    make: (type, fields) =>
      client.constructExtensionObject(new NodeId(NodeIdType.NUMERIC, typeIds[type], jobControl), fields),
    node,
  };
}

const unlike = (message: string) =>
  new HubError('HUB_UNREACHABLE', `the machine is not as configured: ${message}`, {
    todo: 'Correct the settings of that system in hub.yaml.',
  });

function indexOf(uri: string, namespaces: readonly string[]): number {
  const index = namespaces.indexOf(uri);
  if (index < 0) throw unlike(`it has no namespace ${uri}, only ${namespaces.slice(1).join(', ')}`);
  return index;
}

function resolve(text: string, ownUri: string, namespaces: readonly string[]): NodeId {
  const [, uri = ownUri, id] = /^(?:nsu=([^;]+);)?([isgb]=.+)$/s.exec(text) ?? [];
  if (!id) {
    throw new HubError('HUB_BAD_PROJECT', `'${text}' is no node id`, {
      value: text,
      todo: 'Write nsu=<namespace uri>;s=<name>, or s=<name> in the namespace of the machine.',
    });
  }
  return resolveNodeId(`ns=${indexOf(uri, namespaces)};${id}`);
}

function only(receivers: readonly NodeId[]): NodeId {
  const [first, second] = receivers;
  if (!first) throw unlike('no job order receiver was found; name it in the setting receiver');
  if (second)
    throw unlike(
      `it has several job order receivers (${receivers.join(', ')}); name one in the setting receiver`,
    );
  return first;
}

/** Receivers and response providers below the Objects folder, by type or subtype. */
async function discover({ client }: Session, jobControl: number) {
  const references = async (nodeId: NodeId, referenceTypeId: string) => {
    const answer = await client.browse({
      nodeId,
      referenceTypeId,
      browseDirection: BrowseDirection.Forward,
      includeSubtypes: true,
      nodeClassMask: 0,
      resultMask: 63,
    });
    return answer.references ?? [];
  };
  const family = async (number: number): Promise<Set<string>> => {
    const ids = new Set<string>();
    const types = [new NodeId(NodeIdType.NUMERIC, number, jobControl)];
    for (const type of types) {
      ids.add(type.toString());
      types.push(...(await references(type, 'HasSubtype')).map((reference) => reference.nodeId));
    }
    return ids;
  };
  const receiverTypes = await family(typeIds.receiver);
  const providerTypes = await family(typeIds.responseProvider);
  const found = { receivers: [] as NodeId[], providers: [] as NodeId[] };
  const seen = new Set([SERVER_OBJECT]);
  let level: NodeId[] = [resolveNodeId(OBJECTS_FOLDER)];
  for (let depth = 0; depth < BROWSE_DEPTH && level.length > 0; depth++) {
    const next: NodeId[] = [];
    for (const parent of level) {
      for (const { nodeId, typeDefinition } of await references(parent, 'HierarchicalReferences')) {
        const id = nodeId.toString();
        if (seen.has(id) || seen.size > BROWSE_NODES) continue;
        seen.add(id);
        if (receiverTypes.has(String(typeDefinition))) found.receivers.push(nodeId);
        else if (providerTypes.has(String(typeDefinition))) found.providers.push(nodeId);
        else next.push(nodeId);
      }
    }
    level = next;
  }
  return found;
}

/** Awaits a read-only request: when it fails the machine has done nothing, so HUB_UNREACHABLE (transient). */
export async function reading<T>({ session }: Machine, request: Promise<T>): Promise<T> {
  try {
    return await session.answer(request);
  } catch (thrown) {
    throw new HubError('HUB_UNREACHABLE', `the machine could not be read: ${firstLine(thrown)}`, {
      cause: thrown,
    });
  }
}

/** The value of a node. Throws HUB_UNREACHABLE when there is none that can be used. */
export async function readValue(machine: Machine, nodeId: NodeId) {
  const answer = await reading(
    machine,
    machine.session.client.read({ nodeId, attributeId: AttributeIds.Value }),
  );
  if (answer.statusCode.isGood()) return answer;
  throw new HubError('HUB_UNREACHABLE', `${nodeId} has no value: ${answer.statusCode.name}`, {
    at: nodeId.toString(),
  });
}
