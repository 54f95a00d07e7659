import type { ErrorCode, HubError } from '../../model/errors';

const STATUS: Partial<Record<ErrorCode, number>> = {
  HUB_TOO_LARGE: 413,
  HUB_UNKNOWN_SYSTEM: 404,
  HUB_NOT_FOUND: 404,
  HUB_NO_SUCH_CHANGE: 404,
  HUB_ALREADY_DECIDED: 409,
  HUB_CONFLICT: 409,
  HUB_INVALID: 422,
  HUB_BAD_DECISION: 422,
  HUB_OVERLOADED: 429,
  HUB_STORE: 503,
  HUB_BUG: 500,
};

/** The HTTP status under which a failure is answered. What a sender may repeat is 429 or 503, never 4xx else. */
export function httpStatus(error: HubError): number {
  return STATUS[error.code] ?? (error.kind === 'transient' ? 503 : 400);
}
