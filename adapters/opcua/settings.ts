import { HubError } from '../../model/errors';
import type { Setting } from '../adapter';

/** A parameter's node, and how its numbers are kept there. */
export interface ParameterNode {
  readonly node: string;
  /** What one step of the node's number is worth: 0.1 where 12.5 kN is kept as 125. */
  readonly scale?: number;
  /** Unit of the parameter, where the node itself does not tell it. */
  readonly unit?: string;
}

export interface OpcuaConfig {
  readonly endpointUrl: string;
  readonly user: string;
  readonly password: string;
  readonly namespaceUri: string;
  readonly receiver?: string;
  /** Parameter id → node. */
  readonly parameters: Readonly<Record<string, string | ParameterNode>>;
  readonly counters: readonly string[];
  readonly trustedCertificates?: string;
  readonly serverThumbprint?: string;
  readonly publishCertificateTo?: string;
  readonly timeoutMs: number;
}

export const settings: { readonly [K in keyof OpcuaConfig]-?: Setting } = {
  endpointUrl: { type: 'string', description: 'Address of the machine, as in opc.tcp://press-01:4840/UA.' },
  user: { type: 'string', description: 'User that the machine knows.' },
  password: { type: 'string', secret: true, description: 'Password of that user.' },
  namespaceUri: {
    type: 'string',
    description: 'Namespace of the machine itself; node ids without nsu= are looked up in it.',
  },
  receiver: {
    type: 'string',
    optional: true,
    description:
      'Node id of the job order receiver, as in s=JobOrderReceiver; found by its type when left out and the machine has one.',
  },
  parameters: {
    type: 'object',
    default: {},
    description:
      'Parameters that may be written: id to node id, as in PressForce: s=PressForce or nsu=urn:maker:press;s=PressForce; ' +
      'with { node, scale, unit } where the machine keeps the number in steps, as in Speed: { node: s=Speed, scale: 0.1, unit: mm/s }.',
  },
  counters: {
    type: 'object',
    default: ['GoodQuantity'],
    description:
      'Ids of job response data that the machine reports as running totals of the job; records carry the increase under that id and the total under id + Total.',
  },
  trustedCertificates: {
    type: 'string',
    optional: true,
    description:
      "Certificate of the machine: PEM text, a file, or a folder of files. Certificates in the connection's own folder pki/trusted/certs are trusted as well.",
  },
  serverThumbprint: {
    type: 'string',
    optional: true,
    description: 'SHA-1 thumbprint; when given, the machine must present exactly this certificate.',
  },
  publishCertificateTo: {
    type: 'string',
    optional: true,
    description:
      "Folder into which the hub's own certificate is copied before connecting, for a machine that trusts what lies there.",
  },
  timeoutMs: { type: 'number', default: 10_000, description: 'Longest wait for one answer of the machine.' },
};

/** Throws HUB_BAD_PROJECT for a parameter that names no node, or a step that is no number. */
export function parameterNode(ID: string, given: string | ParameterNode): ParameterNode {
  const parameter = typeof given === 'string' ? { node: given } : given;
  const { node, scale } = parameter;
  if (typeof node === 'string' && (scale === undefined || scale > 0)) return parameter;
  throw new HubError(
    'HUB_BAD_PROJECT',
    `opcua-job-control: parameter ${ID} needs a node and a scale above 0`,
    {
      at: `parameters.${ID}`,
      value: given,
      todo: 'Write s=<name>, or { node: s=<name>, scale: 0.1, unit: kN }.',
    },
  );
}

/** Throws HUB_BAD_PROJECT for an address that is none of this protocol. */
export function checkEndpoint({ endpointUrl }: OpcuaConfig): void {
  if (/^opc\.tcp:\/\/[^/\s]+/.test(endpointUrl)) return;
  throw new HubError('HUB_BAD_PROJECT', 'opcua-job-control: endpointUrl must begin with opc.tcp://', {
    at: 'endpointUrl',
    value: endpointUrl,
  });
}
