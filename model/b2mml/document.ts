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

/** What the document element says, and what becomes of the document once it is read. */
export class Root {
  version: Version = modelVersion;
  /** Verb and noun in the words of the version; absent where an object stands alone. */
  transaction: { readonly verb: string; readonly noun: string } | undefined;
  readonly #defects: Issue[] = [];

  /** With `inside`, elements that are none of B2MML's, such as a SOAP envelope, are passed over. */
  constructor(private readonly inside = false) {}

  readonly choose: RootChoice = ({ element, namespace }) => {
    const known = namespaces.get(namespace);
    if (this.inside && known === undefined) return 'wrapper';
    this.version = known ?? modelVersion;
    if (known === undefined) {
      const message = `the namespace is none of B2MML; read as ${this.version}`;
      this.#defects.push({ rule: 'namespace', path: '', message, value: namespace });
    }
    this.transaction = release(this.version).transactions.get(element);
    return rootChoice(release(this.version), element, namespace);
  };

  document(result: ReadResult): NativeDocument {
    const message = messageOf(release(this.version), result);
    return { version: this.version, message, defects: [...this.#defects, ...result.defects] };
  }
}

/** Reads a transaction, or an object that stands alone, without translating it. */
export function readDocument(xml: string | Uint8Array, limits?: XmlLimits, inside = false): NativeDocument {
  const root = new Root(inside);
  return root.document(readXml(xml, root.choose, limits));
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
