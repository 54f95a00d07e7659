import { HubError, type Issue } from '../errors';
import type { CanonicalObject, Message, Verb } from '../message';
import type { XmlLimits } from './parser';
import { type ReadResult, type RootChoice, readXml } from './reader';
import { modelVersion, namespaces, type Release, release, type Version } from './tables';

/** A B2MML document in the words of its own version. */
export interface NativeDocument {
  readonly version: Version;
  readonly message: Message;
  readonly defects: Issue[];
}

/**
 * Reads a transaction, or an object that stands alone, without translating it. With `inside`, elements around it that
 * are none of B2MML's, such as a SOAP envelope, are passed over.
 */
export function readDocument(xml: string | Uint8Array, limits?: XmlLimits, inside = false): NativeDocument {
  let version: Version = modelVersion;
  const early: Issue[] = [];
  const choose: RootChoice = ({ element, namespace }) => {
    const known = namespaces.get(namespace);
    if (inside && known === undefined) return 'wrapper';
    version = known ?? modelVersion;
    if (known === undefined) {
      early.push({
        rule: 'namespace',
        path: '',
        message: `the namespace is none of B2MML; read as ${version}`,
        value: namespace,
      });
    }
    return rootChoice(release(version), element, namespace);
  };
  const result = readXml(xml, choose, limits);
  return { version, message: messageOf(release(version), result), defects: [...early, ...result.defects] };
}

function rootChoice(
  known: Release,
  element: string,
  namespace: string,
): Exclude<ReturnType<RootChoice>, 'wrapper'> {
  const transaction = known.transactions.get(element);
  if (transaction !== undefined)
    return { release: known, shape: known.transactionShape(transaction), step: '' };
  const type = known.objects.get(element);
  if (type !== undefined) return { release: known, shape: known.shape(type), step: 'items[0]' };
  throw new HubError('HUB_INVALID', `<${element}> of namespace '${namespace}' is no document of B2MML`, {
    at: element,
  });
}

function messageOf(known: Release, { root, object }: ReadResult): Message {
  const transaction = known.transactions.get(root.element);
  if (transaction === undefined) return bareMessage(root.element, object);
  const { releaseId, versionId, applicationArea = {} } = object as Partial<Message>;
  const { criteria, items = [] } = (object[''] ?? {}) as Partial<Message>;
  return {
    verb: transaction.verb as Verb,
    noun: transaction.noun,
    ...(releaseId === undefined ? {} : { releaseId }),
    ...(versionId === undefined ? {} : { versionId }),
    applicationArea: applicationArea as Message['applicationArea'],
    ...(criteria === undefined || Object.keys(criteria).length === 0 ? {} : { criteria }),
    items,
  };
}

/** An object that came alone is to be had as it is, which is what Sync says. */
function bareMessage(noun: string, object: CanonicalObject): Message {
  const applicationArea = { creationDateTime: new Date().toISOString() };
  return { verb: 'Sync', noun, bare: true, applicationArea, items: [object] };
}
