/** The ways in which a counterpart can fail. */
export type Fault = 'down' | 'busy' | 'rejecting' | 'silent';

export interface KitOptions {
  /** Where the hub's door is, for systems that push: `http://127.0.0.1:PORT`. */
  readonly hubUrl?: string;
  /** The name under which the hub knows this system. */
  readonly system?: string;
  /** Fixed port; 0 or absent: any free one. */
  readonly port?: number;
  /** Where the kit may keep files (certificates). A temporary folder of its own when absent. */
  readonly dataDir?: string;
  /** Given to the kit as it stands, e.g. what the example plant's machine is called. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * A stand-in for the system at the other end of an adapter: speaks the real wire format in a server of its own.
 * Runs inside a test, or alone in a process (`esperanto kit NAME`) with a control address.
 */
export interface Counterpart {
  /** The adapter's configuration that reaches this counterpart. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Makes a business event happen on the counterpart's side, e.g. `emit('order', {...})`. Returns what it did. Pushing kits retry until the hub confirms. */
  emit?(event: string, data: unknown): Promise<unknown>;
  /** What the counterpart has stored, newest last, each as the system itself keeps it. */
  holds?(what?: string): Promise<unknown[]>;
  /** Puts the counterpart into a fault that its kit lists, or back to `well`. */
  provoke(fault: Fault | 'well'): Promise<void>;
  /** May be called twice. Leaves no server, timer or file handle behind. */
  stop(): Promise<void>;
}

export interface Kit {
  start(options?: KitOptions): Promise<Counterpart>;
  /** The faults that this kind of system can have. */
  readonly faults: readonly Fault[];
  /** For the shared contract suite: one event that makes the counterpart hand over a record of `key`, and one record it takes. */
  readonly samples: {
    /** What the samples need besides `config`, of an adapter whose settings describe the system. */
    readonly settings?: Readonly<Record<string, unknown>>;
    /** Event and data for emit(), so that the adapter receives exactly one record of that key. */
    readonly event?: (key: string) => { event: string; data: unknown };
    /** A record for send(). */
    readonly record?: (key: string) => { type: string; key: string; body: unknown };
  };
}
