import {
  type CallMethodResult,
  DataType,
  type StatusCode,
  StatusCodes,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import { HubError } from '../../model/errors';
import { type ReceiverMethod, returnBits } from './job-control';
import type { Machine } from './machine';
import { firstLine } from './session';
import { bitsOf } from './values';

/** Every receiver method wants a comment, be it an empty list. */
const noComment = () =>
  new Variant({ dataType: DataType.LocalizedText, arrayType: VariantArrayType.Array, value: [] });

/**
 * Calls a method of the receiver. Returns when the machine says it is done. Refused is HUB_BUSY, HUB_TOO_LATE or
 * HUB_REJECTED; no answer is HUB_NO_ANSWER, and then only the job list tells what happened.
 */
export async function callReceiver(
  machine: Machine,
  method: ReceiverMethod,
  argument: Variant,
): Promise<void> {
  const methodId = machine.methods.get(method);
  if (!methodId) {
    throw new HubError('HUB_REJECTED', `the machine has no method ${method}`, {
      at: method,
      todo: `It has ${[...machine.methods.keys()].join(', ') || 'none'}.`,
    });
  }
  const inputArguments = [argument, noComment()];
  let result: CallMethodResult;
  try {
    const { client, answer } = machine.session;
    result = await answer(client.call({ objectId: machine.receiver, methodId, inputArguments }));
  } catch (thrown) {
    throw new HubError('HUB_NO_ANSWER', `${method}: ${firstLine(thrown)}`, { at: method, cause: thrown });
  }
  // Bad answers carry no ReturnStatus; Good and Uncertain do.
  if (isBad(result.statusCode)) throw badStatus(method, result);
  const bits = bitsOf(result.outputArguments?.[0]?.value ?? [0, 0]);
  if ((bits & returnBits.noError) === 0n) throw refusal(method, bits);
}

const isBad = (status: StatusCode): boolean => status.value >= 0x80000000;

function refusal(method: string, bits: bigint): HubError {
  const detail = { at: method, value: `ReturnStatus ${bits}` };
  if (bits & returnBits.unableToAccept) {
    return new HubError('HUB_BUSY', `${method}: the machine is unable to accept it now`, detail);
  }
  if (bits & returnBits.invalidJobOrderStatus) {
    return new HubError('HUB_TOO_LATE', `${method}: the state of the job does not allow it`, detail);
  }
  if (bits & returnBits.unknownJobOrder) {
    return new HubError('HUB_REJECTED', `${method}: the machine does not know the job order`, detail);
  }
  if (bits & returnBits.invalidRequest) {
    return new HubError('HUB_REJECTED', `${method}: the machine calls the request invalid`, detail);
  }
  return new HubError('HUB_REJECTED', `${method}: refused with ReturnStatus ${bits}`, detail);
}

const busy = [
  StatusCodes.BadTooManyOperations,
  StatusCodes.BadResourceUnavailable,
  StatusCodes.BadServerTooBusy,
  StatusCodes.BadOutOfMemory,
  StatusCodes.BadInvalidState,
];
const unclear = [
  StatusCodes.BadInternalError,
  StatusCodes.BadUnexpectedError,
  StatusCodes.BadTimeout,
  StatusCodes.BadRequestTimeout,
  StatusCodes.BadCommunicationError,
];

/** Bad_ statuses of a call or a write, by what they say about the message. */
export function statusFailure(what: string, status: StatusCode): HubError {
  const detail = { at: what, value: status.name };
  if (busy.some((one) => one.equals(status))) {
    return new HubError('HUB_BUSY', `${what}: ${status.name}`, detail);
  }
  if (unclear.some((one) => one.equals(status))) {
    return new HubError('HUB_FAILED', `${what}: ${status.name}`, detail);
  }
  return new HubError('HUB_REJECTED', `${what}: ${status.name}`, detail);
}

function badStatus(method: string, { statusCode, inputArgumentResults }: CallMethodResult): HubError {
  const wrong = (inputArgumentResults ?? []).findIndex((result) => !result.isGood());
  if (wrong < 0) return statusFailure(method, statusCode);
  return new HubError(
    'HUB_REJECTED',
    `${method}: argument ${wrong + 1} is ${inputArgumentResults?.[wrong]?.name}`,
    {
      at: method,
      value: statusCode.name,
    },
  );
}
