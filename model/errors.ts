/**
 * What a failure says about the message, and so what the hub may do next.
 *
 * - `transient`: the counterpart certainly did not take the message. Try again.
 * - `ambiguous`: it may have taken it. Try again only if sending twice is harmless.
 * - `permanent`: it will never take this message as it stands. Park it for a person.
 */
export type FailureKind = 'transient' | 'ambiguous' | 'permanent';

/**
 * Every failure that leaves the hub, with what it means and what to do. A code is never reused.
 * The table in hub/README.md is tested against this one in both directions.
 */
export const errorCodes = {
  // what came in
  HUB_BAD_JSON: {
    kind: 'permanent',
    meaning: 'The body is not JSON.',
    todo: 'Correct the body and send it again.',
  },
  HUB_BAD_XML: {
    kind: 'permanent',
    meaning: 'The body is not well-formed XML.',
    todo: 'Correct the document and send it again.',
  },
  HUB_XML_DTD: {
    kind: 'permanent',
    meaning: 'The XML declares a document type or entities, which are never read.',
    todo: 'Send the document without a DOCTYPE.',
  },
  HUB_TOO_LARGE: {
    kind: 'permanent',
    meaning: 'The body is larger than the limit.',
    todo: 'Split it, or raise api.bodyLimitBytes in hub.yaml.',
  },
  HUB_UNKNOWN_SYSTEM: {
    kind: 'permanent',
    meaning: 'No system of that name is configured.',
    todo: 'Add it under systems in hub.yaml, or correct the address.',
  },
  HUB_UNKNOWN_RECORD: {
    kind: 'permanent',
    meaning: 'No mapping reads this type of record from this system.',
    todo: 'Name a mapping under systems.<name>.reads in hub.yaml, then replay the record.',
  },
  HUB_INVALID: {
    kind: 'permanent',
    meaning: 'The message does not fit its schema or a rule above it.',
    todo: 'Correct the named fields, or the mapping that sets them.',
  },
  // mappings
  HUB_MAPPING: {
    kind: 'permanent',
    meaning: 'A mapping could not be applied to a record.',
    todo: 'Correct the record or the mapping, then replay.',
  },
  HUB_BAD_MAPPING: {
    kind: 'permanent',
    meaning: 'A mapping file is wrong.',
    todo: 'Run esperanto check on the project.',
  },
  // counterparts
  HUB_UNREACHABLE: {
    kind: 'transient',
    meaning: 'The counterpart could not be reached; nothing was sent.',
    todo: 'Nothing: the hub tries again.',
  },
  HUB_BUSY: {
    kind: 'transient',
    meaning: 'The counterpart refused for now.',
    todo: 'Nothing: the hub tries again.',
  },
  HUB_NO_ANSWER: {
    kind: 'ambiguous',
    meaning: 'The counterpart was asked and did not answer; it may have taken the message.',
    todo: 'Nothing where repeating is harmless; else look at the counterpart and replay or discard.',
  },
  HUB_FAILED: {
    kind: 'ambiguous',
    meaning: 'The counterpart failed while working on the message.',
    todo: 'As for HUB_NO_ANSWER.',
  },
  HUB_REJECTED: {
    kind: 'permanent',
    meaning: 'The counterpart refused the message.',
    todo: 'Read its reason, correct the data, then replay.',
  },
  HUB_UNTRUSTED: {
    kind: 'transient',
    meaning: 'A certificate is not trusted by one of the two sides.',
    todo: 'Trust the certificate on the named side; the hub tries again by itself.',
  },
  HUB_UNAUTHORIZED: {
    kind: 'transient',
    meaning: 'The counterpart does not take the credentials; it has not looked at the message.',
    todo: 'Correct user, password or key of that system in hub.yaml; the hub tries again.',
  },
  HUB_TOO_LATE: {
    kind: 'permanent',
    meaning: 'The machine has begun the job and takes no change to it.',
    todo: 'Decide what to do with the running job.',
  },
  HUB_NOT_CONFIRMED: {
    kind: 'ambiguous',
    meaning: 'A value was written and reads back differently.',
    todo: 'Look at the machine before repeating.',
  },
  HUB_TAKES_NOTHING: {
    kind: 'permanent',
    meaning: 'The system does not take this type of record.',
    todo: 'Correct the flow in hub.yaml.',
  },
  HUB_WAITS: {
    kind: 'transient',
    meaning: 'The record needs an object that is not there yet.',
    todo: 'Nothing: it goes on by itself when the object arrives.',
  },
  HUB_EXPIRED: {
    kind: 'permanent',
    meaning: 'The time within which the message was to be sent is over; it was not sent.',
    todo: 'Replay it if it still counts, else discard it.',
  },
  // change
  HUB_NO_SUCH_CHANGE: {
    kind: 'permanent',
    meaning: 'There is no change with that id.',
    todo: 'List the changes and use one of their ids.',
  },
  HUB_ALREADY_DECIDED: {
    kind: 'permanent',
    meaning: 'That order has been decided for this change.',
    todo: 'Read the change again: it may show another decision.',
  },
  HUB_BAD_DECISION: {
    kind: 'permanent',
    meaning: 'The decision is incomplete or not possible in this state.',
    todo: 'See what the change proposes.',
  },
  // running the hub
  HUB_BAD_PROJECT: {
    kind: 'permanent',
    meaning: 'The project folder is missing or its hub.yaml is wrong.',
    todo: 'Run esperanto check DIR.',
  },
  HUB_PORT_TAKEN: {
    kind: 'permanent',
    meaning: 'Another program listens on that port.',
    todo: 'Choose another with --port or api.port in hub.yaml.',
  },
  HUB_DIRECTORY_IN_USE: {
    kind: 'permanent',
    meaning: 'Another hub runs on this data directory.',
    todo: 'Stop it, or choose another directory with --data.',
  },
  HUB_STORE: {
    kind: 'transient',
    meaning: 'The store could not take or give data.',
    todo: 'Look at disk space and at the database.',
  },
  HUB_OVERLOADED: {
    kind: 'transient',
    meaning: 'More records wait to be stored than the hub takes at once.',
    todo: 'Send it again after a pause.',
  },
  HUB_CONFLICT: {
    kind: 'transient',
    meaning: 'The object has changed since it was read.',
    todo: 'Read it again and repeat.',
  },
  HUB_LEASE_LOST: {
    kind: 'transient',
    meaning: 'Another worker has taken over the lane; nothing of this work was kept.',
    todo: 'Nothing: the other worker goes on.',
  },
  HUB_NOT_FOUND: {
    kind: 'permanent',
    meaning: 'There is nothing under that address.',
    todo: 'Check the id.',
  },
  HUB_WRONG_USE: {
    kind: 'permanent',
    meaning: 'The command or call is incomplete or contradicts itself.',
    todo: 'See --help.',
  },
  HUB_BUG: {
    kind: 'permanent',
    meaning: 'The hub did something it should not.',
    todo: 'Report it with the log.',
  },
} as const satisfies Record<string, { kind: FailureKind; meaning: string; todo: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** Where a failure is and what stood there. */
export interface FailureDetail {
  /** Path or place: a field path, a file with line, an address. */
  readonly at?: string;
  readonly value?: unknown;
  /** Overrides the code's own advice where more is known. */
  readonly todo?: string;
  /** Overrides the code's own kind where more is known. */
  readonly kind?: FailureKind;
  /** All issues of one record, where there is more than one. */
  readonly issues?: readonly Issue[];
  readonly cause?: unknown;
}

/** One thing that is wrong with a record or a message. */
export interface Issue {
  readonly rule: string;
  /** Canonical or native path, as in `operationsRequest[0].segmentRequirement[2].id`. */
  readonly path: string;
  readonly message: string;
  readonly value?: unknown;
  readonly todo?: string;
  /** The id that could not be looked up, where that is the reason: with a link, the record goes on. */
  readonly unlinked?: UnlinkedId;
}

/** An id that is linked with nothing, or may mean several. `needed`: it cannot stay as it is. */
export interface UnlinkedId {
  readonly system: string;
  readonly noun: string;
  readonly id: string;
  /** `in`: the id is that of the system; `out`: the hub's own. */
  readonly direction: 'in' | 'out';
  readonly needed: boolean;
}

/** The one error type of the hub: `{code, kind, message, at, value, todo}`. */
export class HubError extends Error {
  readonly kind: FailureKind;
  readonly at?: string;
  readonly value?: unknown;
  readonly todo: string;
  readonly issues: readonly Issue[];

  constructor(
    readonly code: ErrorCode,
    message: string,
    detail: FailureDetail = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'HubError';
    this.kind = detail.kind ?? errorCodes[code].kind;
    if (detail.at !== undefined) this.at = detail.at;
    if (detail.value !== undefined) this.value = detail.value;
    this.todo = detail.todo ?? errorCodes[code].todo;
    this.issues = detail.issues ?? [];
  }

  toJSON() {
    const { code, kind, message, at, value, todo, issues } = this;
    return { code, kind, message, at, value, todo, ...(issues.length > 0 ? { issues } : {}) };
  }
}

/** Any thrown thing as a HubError; what nobody foresaw is a bug, and ambiguous: it may have had its effect. */
export function asHubError(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HubError('HUB_BUG', message, { kind: 'ambiguous', cause: thrown });
}
