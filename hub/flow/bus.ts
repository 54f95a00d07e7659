import type { Wake } from '../storage/store';

/** Works on a lane. True: it stopped for fairness, and there is more to do. Never rejects. */
export type Drain = (wake: Wake) => Promise<boolean>;

/** A receiver and how many of its lanes one process works on at the same time. */
export interface Receiver {
  readonly dest: string;
  readonly concurrency: number;
}

/**
 * Tells whoever can work that a lane has something to do. A wake may get lost (with Redis, with a process) or come
 * twice: the store says what is to be done, and the reconciler of lanes.ts finds what nobody was told.
 */
export interface Bus {
  wake(lanes: readonly Wake[]): void;
  /**
   * From now on this process works on the lanes of these receivers. With so many more lanes of one, as `room` says, it could
   * begin soon: more are better left to others.
   */
  start(drain: Drain, receivers: readonly Receiver[], room: (dest: string) => number): void;
  /** False while it can tell nobody: then waiting lanes are worked on without it. */
  works?(): boolean;
  /** True while no other process works on lanes: then telling one would only cost. May be out of date by a second. */
  alone?(): boolean;
  /** Starts nothing new and waits for what is running. */
  close(): Promise<void>;
}

/** More wakes of a receiver are not kept in memory: the store knows its lanes, and the reconciler brings them. */
const mostQueued = 10_000;

/** Urgent lanes need not wait until bulk gives up one of the receiver's slots. */
const urgentSlots = 2;

/** A lane that is offered is taken when its turn comes within so many ms: asking another process would take longer. */
const shortWaitMs = 100;

interface Queue {
  readonly concurrency: number;
  /** How long a lane is worked on, as it has been lately, in ms. */
  drainMs: number;
  readonly urgent: Wake[];
  readonly bulk: Wake[];
  running: number;
}

/** Until the next lane's turn, as it has been going lately. */
function waitMsOf({ concurrency, drainMs, urgent, bulk, running }: Queue): number {
  const before = running + urgent.length + bulk.length - concurrency + 1;
  return before > 0 ? (before * drainMs) / concurrency : 0;
}

/** The bus within one process: a queue for each receiver, so that a slow one takes nobody else's slots. */
export class InProcessBus implements Bus {
  private readonly queues = new Map<string, Queue>();
  /** What is queued or running; a lane woken while it runs runs once more. */
  private readonly lanes = new Map<number, 'queued' | 'urgent' | 'running' | Wake>();
  private drain: Drain | undefined;
  private closing = false;
  private readonly idle: Array<() => void> = [];
  /** Who waits until a lane is neither queued nor running any more. */
  private readonly waiting = new Map<number, Array<() => void>>();

  start(drain: Drain, receivers: readonly Receiver[]): void {
    this.drain = drain;
    for (const { dest, concurrency } of receivers)
      this.queues.set(dest, { concurrency, drainMs: shortWaitMs, urgent: [], bulk: [], running: 0 });
  }

  wake(lanes: readonly Wake[]): void {
    if (this.closing) return;
    for (const wake of lanes) this.put(wake);
  }

  /**
   * Takes a lane only where it can begin at once, or nearly so, or is here already; `alone`: where there is room, because
   * nobody else would begin with it.
   */
  offer(wake: Wake, alone = false): boolean {
    const queue = this.queues.get(wake.dest);
    if (!queue || this.closing) return false;
    const isTaken = alone ? queue.bulk.length < mostQueued : waitMsOf(queue) < shortWaitMs;
    if (!isTaken && !this.lanes.has(wake.lane)) return false;
    this.put(wake);
    return true;
  }

  /** With so many more lanes of a receiver it could begin at once, or nearly so. */
  room(dest: string): number {
    const queue = this.queues.get(dest);
    if (!queue || this.closing) return 0;
    const { concurrency, drainMs, urgent, bulk, running } = queue;
    const inTime = concurrency * (1 + shortWaitMs / Math.max(drainMs, 1));
    return Math.floor(inTime) - running - urgent.length - bulk.length;
  }

  /**
   * Works on a lane in its turn, for another bus that was told of it: what both bring shares the receiver's slots.
   * Resolves when there is nothing left to do here.
   */
  through(wake: Wake): Promise<void> {
    if (!this.closing) this.put(wake);
    if (this.closing || !this.lanes.has(wake.lane)) return Promise.resolve();
    return new Promise((resolve) => {
      const others = this.waiting.get(wake.lane);
      if (others) others.push(resolve);
      else this.waiting.set(wake.lane, [resolve]);
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    for (const [lane, state] of this.lanes) if (state === 'queued' || state === 'urgent') this.gone(lane);
    while ([...this.queues.values()].some((q) => q.running > 0))
      await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private gone(lane: number): void {
    for (const tell of this.waiting.get(lane) ?? []) tell();
    this.waiting.delete(lane);
  }

  private put(wake: Wake): void {
    const queue = this.queues.get(wake.dest);
    const state = this.lanes.get(wake.lane);
    if (!queue || state === 'urgent' || (state === 'queued' && !wake.urgent)) return;
    if (state !== undefined && state !== 'queued') {
      this.lanes.set(wake.lane, typeof state === 'object' && state.urgent ? state : wake);
      return;
    }
    if (queue.bulk.length >= mostQueued && !wake.urgent) return;
    // A queued lane that becomes urgent stands in both queues; the second place finds it done.
    this.lanes.set(wake.lane, wake.urgent ? 'urgent' : 'queued');
    (wake.urgent ? queue.urgent : queue.bulk).push(wake);
    this.go(queue);
  }

  private go(queue: Queue): void {
    while (!this.closing) {
      const slots = queue.concurrency + (queue.urgent.length > 0 ? urgentSlots : 0);
      if (queue.running >= slots) return;
      const wake = queue.urgent.shift() ?? queue.bulk.shift();
      if (!wake) return;
      const state = this.lanes.get(wake.lane);
      if (state === 'queued' || state === 'urgent') void this.run(queue, wake);
    }
  }

  private async run(queue: Queue, wake: Wake): Promise<void> {
    queue.running++;
    this.lanes.set(wake.lane, 'running');
    const began = performance.now();
    const more = await this.drain!(wake);
    queue.drainMs += (performance.now() - began - queue.drainMs) * 0.05;
    queue.running--;
    const state = this.lanes.get(wake.lane);
    this.lanes.delete(wake.lane);
    if (typeof state === 'object') this.put(state);
    else if (more) this.put(wake);
    if (this.closing || !this.lanes.has(wake.lane)) this.gone(wake.lane);
    this.go(queue);
    for (const tell of this.idle.splice(0)) tell();
  }
}
