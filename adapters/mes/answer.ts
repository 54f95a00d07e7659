import { readB2mml } from '../../model/b2mml';
import type { Message } from '../../model/message';
import type { Part } from '../transports/soap-envelope';

/** What a system says about a transaction it was sent. */
export interface Verdict {
  readonly taken: boolean;
  /** What stands in the answer for people: descriptions and reasons, else the name of the answer. */
  readonly said: string;
  /** BODID of the answer. */
  readonly id?: string;
}

interface Criterion {
  readonly _responseExpression?: { readonly actionCode?: string };
  readonly changeStatus?: {
    readonly code?: string;
    readonly description?: readonly string[];
    readonly reason?: readonly string[];
  };
}

/**
 * Reads an Acknowledge, Respond or ConfirmBOD. The transaction is refused when a response criterion has the action
 * code Rejected or the status BODFailure, or where a BOD holds OAGIS's own BODFailure elements, which some systems
 * send although B2MML has none. An answer that is no B2MML says nothing against the transaction.
 */
export function verdictOf(answer: Part | undefined): Verdict {
  if (!answer) return { taken: true, said: 'no answer body' };
  const taken = !/<(?:[\w.-]+:)?BODFailure/.test(answer.xml);
  const message = messageIn(answer);
  if (!message) return { taken, said: answer.name };
  const criteria = (message.criteria?.responseCriteria ?? []) as readonly Criterion[];
  const texts = [...criteria.flatMap(textsOf), ...message.items.flatMap(descriptionsOf)];
  return {
    taken: taken && !criteria.some(refuses),
    said: texts.join(' ') || answer.name,
    ...(message.applicationArea.bodId ? { id: message.applicationArea.bodId } : {}),
  };
}

function messageIn(answer: Part): Message | undefined {
  try {
    return readB2mml(answer.xml, { tolerant: true }).message;
  } catch {
    return undefined;
  }
}

const refuses = ({ _responseExpression, changeStatus }: Criterion) =>
  _responseExpression?.actionCode === 'Rejected' || changeStatus?.code === 'BODFailure';

const textsOf = ({ changeStatus }: Criterion) => [
  ...(changeStatus?.description ?? []),
  ...(changeStatus?.reason ?? []),
];

/** Only a BOD's description is about the transaction; that of an acknowledged object is its own. */
const descriptionsOf = (item: Record<string, unknown>) =>
  'originalApplicationArea' in item && Array.isArray(item.description) ? (item.description as string[]) : [];
