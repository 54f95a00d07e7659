/** A canonical object or part of one, in the JSON form of model/README.md. */
export type CanonicalObject = { id?: string; [field: string]: unknown };

export type Verb =
  | 'Get'
  | 'Show'
  | 'Process'
  | 'Acknowledge'
  | 'Change'
  | 'Respond'
  | 'Cancel'
  | 'Sync'
  | 'Notify'
  | 'Confirm';

/** ISA-95 part 5 application area, as far as senders use it. */
export interface ApplicationArea {
  sender?: {
    logicalId?: string;
    componentId?: string;
    taskId?: string;
    /** The business document that caused the message, e.g. a change notice. */
    referenceId?: string;
    confirmationCode?: string;
    authorizationId?: string;
  };
  receiver?: Array<{ logicalId?: string; componentId?: string; id?: string[] }>;
  /** Instant or local time as sent. */
  creationDateTime: string;
  bodId?: string;
  [field: string]: unknown;
}

/**
 * The canonical message: one ISA-95 part 5 transaction. `items` are objects of the noun
 * (for `ConfirmBOD`: BOD objects). The B2MML codec reads and writes exactly this.
 */
export interface Message<Item = CanonicalObject> {
  verb: Verb;
  noun: string;
  releaseId?: string;
  versionId?: string;
  /** In XML the object stands alone, without a transaction around it. */
  bare?: true;
  applicationArea: ApplicationArea;
  /** What stands in the verb element: action criteria, original application area, response criteria. */
  criteria?: Record<string, unknown>;
  items: Item[];
}
