import {
  type BaseNode,
  coerceLocalizedText,
  DataType,
  type ExtensionObject,
  type Namespace,
  type OPCUAServer,
  StatusCodes,
  type UAMethod,
  type UAObject,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import {
  jobControlNamespace,
  receiverMethods,
  returnBits,
  stateNumbers,
  subStateNumber,
} from './job-control';
import type { JobOrderStructure } from './job-order';
import type { Press, PressJob, Setting } from './kit-press';
import { engineeringUnits } from './units';
import { toPlain, toVariant } from './values';

type Fields = Record<string, unknown>;
export type Order = ExtensionObject & JobOrderStructure;
type Job = PressJob<Order>;

/** What stands between the wire and the press. `undefined` from `intercept`: the method is carried out. */
export interface Wire {
  readonly press: Press<Order>;
  readonly maxJobs: number;
  /** A fault's answer instead of the press's own: bits, or a promise that never ends. */
  intercept(method: string): bigint | Promise<never> | undefined;
  /** Called after the method was carried out; never ending, the answer is lost. */
  answer(): Promise<void>;
  /** A client wrote a parameter. Returns what the press keeps of it; undefined: it does not take this value. */
  written(ID: string, value: Setting): Setting | undefined;
}

export interface PressNodes {
  /** Publishes the job list, the parameters and, for a changed job, an event. */
  show(job?: Job): void;
}

export const pressNamespace = 'urn:esperanto:press';

/** What a client may write: built-in type of the node, its unit and range, and how the press is set without anybody. */
interface PressParameter {
  readonly type: 'Double' | 'Int16' | 'Int64' | 'String';
  readonly unit?: string;
  readonly high?: number;
  /** What one step of the node's number is worth. */
  readonly scale?: number;
  readonly usual: Setting;
}

export const pressParameters: Readonly<Record<string, PressParameter>> = {
  PressForce: { type: 'Double', unit: 'kN', high: 1000, usual: 10 },
  HoldTime: { type: 'Double', unit: 's', high: 1000, usual: 5 },
  // In tenths of a millimetre a second, as small controllers keep it.
  Speed: { type: 'Int16', unit: 'mm/s', scale: 0.1, usual: 250 },
  PieceLimit: { type: 'Int64', usual: 1_000_000 },
  NCProgram: { type: 'String', usual: 'SEAL-50' },
  NCProgramVersion: { type: 'String', usual: '1' },
};

/** Puts the press's objects into a server's address space. */
export function buildPress(server: OPCUAServer, wire: Wire): PressNodes {
  const space = server.engine.addressSpace!;
  const index = space.getNamespaceIndex(jobControlNamespace);
  const own = space.registerNamespace(pressNamespace);
  const folder = own.addFolder(space.rootFolder.objects, { browseName: 'Press', nodeId: 's=Press' });
  const object = (type: string, name: string, optionals: readonly string[]) =>
    space.findObjectType(type, index)!.instantiate({
      browseName: name,
      componentOf: folder,
      optionals: [...optionals],
      nodeId: `s=${name}`,
      namespace: own,
    });
  const receiver = object('ISA95JobOrderReceiverObjectType', 'JobOrderReceiver', receiverMethods);
  const provider = object('ISA95JobResponseProviderObjectType', 'JobResponseProvider', []);
  const child = (parent: UAObject, name: string) => parent.getChildByName(name, index) as BaseNode;
  const make = (type: string, fields: Fields) =>
    space.constructExtensionObject(space.findDataType(type, index)!, fields);
  const words = structures(make);

  bindReceiver((name) => child(receiver, name) as UAMethod, wire);
  bindProvider((name) => child(provider, name) as UAMethod, wire, words.response);
  const showParameters = addParameters(own, folder, wire);
  // The event type of the standard is abstract: a machine raises one of its own.
  const eventType = own.addEventType({
    browseName: 'PressJobStatusEventType',
    subtypeOf: space.findEventType('ISA95JobOrderStatusEventType', index)!,
  });
  receiver.setEventNotifier(1);
  const list = child(receiver, 'JobOrderList') as UAVariable;
  (child(receiver, 'MaxDownloadableJobOrders') as UAVariable).setValueFromSource({
    dataType: DataType.UInt16,
    value: wire.maxJobs,
  });

  function show(job?: Job): void {
    const entries = [...wire.press.jobs.values()].map(words.listed);
    list.setValueFromSource(structureList(entries));
    showParameters();
    if (!job) return;
    receiver.raiseEvent(eventType, {
      message: new Variant({
        dataType: DataType.LocalizedText,
        value: coerceLocalizedText(`${job.jobOrderID} ${job.state}`),
      }),
      severity: new Variant({ dataType: DataType.UInt16, value: 100 }),
      jobOrder: new Variant({ dataType: DataType.ExtensionObject, value: job.order }),
      jobState: new Variant(structureList(words.state(job))),
      jobResponse: new Variant({ dataType: DataType.ExtensionObject, value: words.response(job) }),
    });
  }
  show();
  return { show };
}

const structureList = (value: ExtensionObject[]) => ({
  dataType: DataType.ExtensionObject,
  arrayType: VariantArrayType.Array,
  value,
});

/** Jobs in the structures of the standard. */
function structures(make: (type: string, fields: Fields) => ExtensionObject) {
  const oneState = (text: string, stateNumber: number) =>
    make('ISA95StateDataType', {
      browsePath: { elements: [] },
      stateText: coerceLocalizedText(text),
      stateNumber,
    });
  const state = ({ state: name, subState }: Job) => {
    const number = subState && subStateNumber(name, subState);
    return [oneState(name, stateNumbers[name]), ...(subState && number ? [oneState(subState, number)] : [])];
  };
  const datum = (ID: string, value: Setting, unit: string | undefined) =>
    make('ISA95ParameterDataType', {
      ID,
      value: new Variant({ dataType: typeof value === 'number' ? DataType.Double : DataType.String, value }),
      engineeringUnits: unit === undefined ? undefined : engineeringUnits(unit),
    });
  const response = (job: Job) =>
    make('ISA95JobResponseDataType', {
      jobResponseID: `R-${job.jobOrderID}`,
      jobOrderID: job.jobOrderID,
      startTime: job.startTime,
      endTime: job.endTime,
      jobState: state(job),
      jobResponseData: [
        datum('GoodQuantity', job.good, 'PCE'),
        ...Object.entries(job.settings).map(([ID, value]) => datum(ID, value, pressParameters[ID]?.unit)),
      ],
    });
  const listed = (job: Job) =>
    make('ISA95JobOrderAndStateDataType', { jobOrder: job.order, state: state(job) });
  return { state, response, listed };
}

/** Good or Uncertain, never Bad: a Bad answer would lose the ReturnStatus. */
const returned = (bits: bigint, outputs: object[] = []) => ({
  statusCode: bits & returnBits.noError ? StatusCodes.Good : StatusCodes.Uncertain,
  outputArguments: [
    ...outputs,
    // Without arrayType the pair of halves is taken for an array, and the answer dies without a word.
    {
      dataType: DataType.UInt64,
      arrayType: VariantArrayType.Scalar,
      value: [Number(bits >> 32n), Number(bits & 0xffffffffn)],
    },
  ],
});

type Carry = (argument: Order & string) => bigint;

function bindReceiver(method: (name: string) => UAMethod, wire: Wire): void {
  const { press } = wire;
  const carry: Record<string, Carry> = {
    Store: (order) => press.store(order, false),
    StoreAndStart: (order) => press.store(order, true),
    Update: (order) => press.update(order),
    Start: (id) => press.move('Start', id),
    RevokeStart: (id) => press.move('RevokeStart', id),
    Pause: (id) => press.move('Pause', id),
    Resume: (id) => press.move('Resume', id),
    Stop: (id) => press.move('Stop', id),
    Abort: (id) => press.move('Abort', id),
    Cancel: (id) => press.remove(id, ['NotAllowedToStart', 'AllowedToStart']),
    Clear: (id) => press.remove(id, ['Ended', 'Aborted']),
  };
  for (const name of receiverMethods) {
    // The stack counts the declared parameters of a handler: there must be two.
    method(name).bindMethod(async (inputs: Variant[], _context: unknown) => {
      const bits = await (wire.intercept(name) ?? carry[name]!(inputs[0]?.value));
      await wire.answer();
      return returned(bits);
    });
  }
}

function bindProvider(
  method: (name: string) => UAMethod,
  { press }: Wire,
  response: (job: Job) => ExtensionObject,
): void {
  method('RequestJobResponseByJobOrderID').bindMethod(async (inputs: Variant[], _context: unknown) => {
    const job = press.jobs.get(inputs[0]?.value as string);
    const output = { dataType: DataType.ExtensionObject, value: job ? response(job) : null };
    return returned(job ? returnBits.noError : returnBits.unknownJobOrder, [output]);
  });
  method('RequestJobResponseByJobOrderState').bindMethod(async (inputs: Variant[], _context: unknown) => {
    const wanted = ((inputs[0]?.value ?? []) as Array<{ stateNumber: number }>)[0]?.stateNumber;
    const jobs = [...press.jobs.values()].filter(({ state }) => stateNumbers[state] === wanted);
    return returned(returnBits.noError, [structureList(jobs.map(response))]);
  });
}

/** The parameters as variables that the client may write. Returns what shows the press's own settings. */
function addParameters(own: Namespace, folder: UAObject, { press, written }: Wire): () => void {
  const shows = Object.entries(pressParameters).map(([ID, { type, unit, high, usual }]) => {
    const common = {
      componentOf: folder,
      browseName: ID,
      nodeId: `s=${ID}`,
      dataType: type,
      minimumSamplingInterval: 0,
      accessLevel: 'CurrentRead | CurrentWrite',
      userAccessLevel: 'CurrentRead | CurrentWrite',
      value: {
        get: () => variantOf(type, press.setpoints[ID] ?? usual),
        set: (variant: Variant) => {
          const kept = written(ID, toPlain(variant) as Setting);
          if (kept === undefined) return StatusCodes.BadOutOfRange;
          press.setpoints[ID] = kept;
          return StatusCodes.Good;
        },
      },
    };
    const variable =
      high === undefined || unit === undefined
        ? own.addVariable(common)
        : own.addAnalogDataItem({
            ...common,
            engineeringUnitsRange: { low: 0, high },
            engineeringUnits: engineeringUnits(unit),
          });
    return () => variable.touchValue();
  });
  return () => {
    for (const show of shows) show();
  };
}

const variantOf = (type: PressParameter['type'], setting: Setting): Variant =>
  toVariant(setting, DataType[type], 'setting');
