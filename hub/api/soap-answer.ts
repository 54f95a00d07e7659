import {
  escapeXml,
  type FaultCode,
  type SoapVersion,
  sealFault,
} from '../../adapters/transports/soap-envelope';
import type { HubError } from '../../model/errors';
import type { CanonicalObject, Message, Verb } from '../../model/message';
import { REFUSAL_NAMESPACE } from './soap-wsdl';

/** What became of a transaction at the door. */
export type Outcome =
  | {
      readonly taken: true;
      readonly records: readonly { readonly record: string; readonly duplicate: boolean }[];
    }
  | { readonly taken: false; readonly because: HubError };

export interface Answerer {
  /** Sender of the answers. */
  readonly logicalId: string;
  readonly bodId: string;
  readonly now: Date;
}

/** Part 5: a Process is acknowledged, a Change responded to; every other verb is confirmed when asked for. */
const answerVerbs: Partial<Record<Verb, Verb>> = { Process: 'Acknowledge', Change: 'Respond' };

/**
 * The B2MML answer to a transaction: Acknowledge or Respond with the objects as they were sent, or ConfirmBOD; with
 * the original application area. V0701 has no BODSuccess and BODFailure elements, so each response criterion carries
 * them as ChangeStatus/Code beside the action code Accepted or Rejected; a refusal has one criterion an issue.
 */
export function answerTo(request: Message, outcome: Outcome, answerer: Answerer): Message {
  const verb = answerVerbs[request.verb];
  const criteria = {
    originalApplicationArea: request.applicationArea,
    responseCriteria: outcome.taken ? [accepted(request, outcome.records)] : rejected(outcome.because),
  };
  const envelope = { applicationArea: areaOf(request, answerer), criteria };
  if (verb) return { ...envelope, verb, noun: request.noun, items: request.items };
  return { ...envelope, verb: 'Confirm', noun: 'BOD', items: [bod(request)] };
}

/** The shortest answer that says the same: for originals whose parts cannot be written back as valid B2MML. */
export function plainAnswerTo(request: Message, outcome: Outcome, answerer: Answerer): Message {
  const { bodId } = request.applicationArea;
  const original = { creationDateTime: answerer.now.toISOString(), ...(bodId ? { bodId } : {}) };
  const answer = answerTo(
    { ...request, verb: 'Sync', applicationArea: original, items: [] },
    outcome,
    answerer,
  );
  return answer;
}

function areaOf({ applicationArea }: Message, { logicalId, bodId, now }: Answerer) {
  const to = applicationArea.sender?.logicalId;
  return {
    sender: { logicalId },
    ...(to ? { receiver: [{ logicalId: to }] } : {}),
    creationDateTime: now.toISOString(),
    bodId,
  };
}

const bod = ({ applicationArea }: Message): CanonicalObject => ({ originalApplicationArea: applicationArea });

function accepted(request: Message, records: readonly { record: string; duplicate: boolean }[]) {
  const again = records.length > 0 && records.every(({ duplicate }) => duplicate);
  const numbers = records.map(({ record }) => record).join(', ');
  return criterion('Accepted', `${request.noun}`, {
    code: 'BODSuccess',
    description: [again ? `Stored before, as ${numbers}.` : `Stored as ${numbers}.`],
  });
}

function rejected({ code, message, at, todo, issues }: HubError) {
  const all = issues.length > 0 ? issues : [{ path: at ?? '', message, todo }];
  return all.map((issue) =>
    criterion('Rejected', issue.path, {
      code: 'BODFailure',
      description: [issue.message],
      reasonCode: code,
      reason: [issue.todo ?? todo],
    }),
  );
}

function criterion(actionCode: 'Accepted' | 'Rejected', path: string, changeStatus: Record<string, unknown>) {
  return { responseExpression: path, _responseExpression: { actionCode }, changeStatus };
}

/** A fault whose detail holds everything that a HubError says. */
export function faultFor(version: SoapVersion, error: HubError, code: FaultCode = codeFor(error)): string {
  const { kind, at, message, value, todo, issues } = error;
  const element = (name: string, text: string | undefined) =>
    text === undefined ? '' : `<${name}>${escapeXml(text)}</${name}>`;
  const detail = [
    element('code', error.code),
    element('kind', kind),
    element('where', at),
    element('what', message),
    element('value', shown(value)),
    element('todo', todo),
    ...issues.map((issue) => element('issue', `${issue.path}: ${issue.message}`)),
  ];
  return sealFault(
    version,
    code,
    message,
    `<Refusal xmlns="${REFUSAL_NAMESPACE}">${detail.join('')}</Refusal>`,
  );
}

/** Receiver asks the sender to repeat: only what says nothing against the message itself may do so. */
export const codeFor = ({ kind }: HubError): FaultCode => (kind === 'permanent' ? 'Sender' : 'Receiver');

function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
