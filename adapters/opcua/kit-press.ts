import { setTimeout as wait } from 'node:timers/promises';
import { hasBegun, hasFinished, type JobState, returnBits } from './job-control';

/** What a press can be set to: numbers, and the name and version of the program that it runs. */
export type Setting = number | string;
export type Settings = Readonly<Record<string, Setting>>;

/** A job as the press keeps it. `Order` is whatever its order is made of. */
export interface PressJob<Order> {
  readonly jobOrderID: string;
  order: Order;
  state: JobState;
  subState?: string;
  startTime?: Date;
  endTime?: Date;
  /** Good pieces so far. */
  good: number;
  /** What the press was set to when the job began. */
  settings: Settings;
}

/** What the press reads from an order. */
export interface OrderReading {
  readonly jobOrderID: string;
  /** Pieces to make; without it the job never ends by itself. */
  readonly quantity?: number;
  readonly parameters: Settings;
}

export type MoveName = 'Start' | 'RevokeStart' | 'Pause' | 'Resume' | 'Stop' | 'Abort';

interface Move {
  readonly from: readonly JobState[];
  readonly to: JobState;
  readonly subState?: string;
}

const moves: Record<MoveName, Move> = {
  Start: { from: ['NotAllowedToStart'], to: 'AllowedToStart' },
  RevokeStart: { from: ['AllowedToStart'], to: 'NotAllowedToStart' },
  Pause: { from: ['Running'], to: 'Interrupted', subState: 'Held' },
  Resume: { from: ['Interrupted'], to: 'Running' },
  Stop: { from: ['Running', 'Interrupted'], to: 'Ended', subState: 'Closed' },
  Abort: { from: ['NotAllowedToStart', 'AllowedToStart', 'Running', 'Interrupted'], to: 'Aborted' },
};

export interface PressOptions<Order> {
  readonly maxJobs: number;
  readonly pieceMs: number;
  readonly setpoints: Record<string, Setting>;
  readonly read: (order: Order) => OrderReading;
  /** Called after every change; `job` is absent when a job left the list. */
  readonly changed: (job?: PressJob<Order>) => void;
}

export type Press<Order> = ReturnType<typeof createPress<Order>>;

/** The press itself, without any protocol: jobs with the states of OPC 10031-4, one running at a time. */
export function createPress<Order>({ maxJobs, pieceMs, setpoints, read, changed }: PressOptions<Order>) {
  const jobs = new Map<string, PressJob<Order>>();
  const off = new AbortController();
  const newJob = (order: Order, state: JobState): PressJob<Order> => ({
    jobOrderID: read(order).jobOrderID,
    order,
    state,
    good: 0,
    settings: {},
  });

  function store(order: Order, start: boolean): bigint {
    const { jobOrderID } = read(order);
    if (!jobOrderID) return returnBits.invalidRequest;
    if (jobs.has(jobOrderID) || !makeRoom()) return returnBits.unableToAccept;
    const job = newJob(order, start ? 'AllowedToStart' : 'NotAllowedToStart');
    jobs.set(jobOrderID, job);
    changed(job);
    return returnBits.noError;
  }

  /** The list keeps finished jobs as long as there is room. */
  function makeRoom(): boolean {
    const finished = [...jobs.values()].find(({ state }) => hasFinished(state));
    if (jobs.size >= maxJobs && finished) jobs.delete(finished.jobOrderID);
    return jobs.size < maxJobs;
  }

  function update(order: Order): bigint {
    const job = jobs.get(read(order).jobOrderID);
    if (!job) return returnBits.unknownJobOrder;
    if (hasBegun(job.state)) return returnBits.invalidJobOrderStatus;
    job.order = order;
    changed(job);
    return returnBits.noError;
  }

  function move(name: MoveName, jobOrderID: string): bigint {
    const job = jobs.get(jobOrderID);
    const { from, to, subState } = moves[name];
    if (!job) return returnBits.unknownJobOrder;
    if (!from.includes(job.state)) return returnBits.invalidJobOrderStatus;
    if (name === 'Resume' && running(job)) return returnBits.unableToAccept;
    enter(job, to, subState);
    return returnBits.noError;
  }

  /** Cancel takes a job from the list before it begins, Clear after it ended. */
  function remove(jobOrderID: string, states: readonly JobState[]): bigint {
    const job = jobs.get(jobOrderID);
    if (!job) return returnBits.unknownJobOrder;
    if (!states.includes(job.state)) return returnBits.invalidJobOrderStatus;
    jobs.delete(jobOrderID);
    changed();
    return returnBits.noError;
  }

  const running = (besides: PressJob<Order>) =>
    [...jobs.values()].find((job) => job !== besides && job.state === 'Running');

  function enter(job: PressJob<Order>, state: JobState, subState?: string): void {
    job.state = state;
    job.subState = subState;
    if (state === 'Ended' || state === 'Aborted') job.endTime = new Date();
    changed(job);
  }

  /** The press is set to what the order asks for; what a client writes later holds until the next job begins. */
  function begin(job: PressJob<Order>): void {
    const other = running(job);
    if (other) throw new Error(`the press is busy with ${other.jobOrderID}`);
    Object.assign(setpoints, read(job.order).parameters);
    job.settings = { ...setpoints };
    job.startTime = new Date();
    enter(job, 'Running');
  }

  function makePiece(job: PressJob<Order>): void {
    job.good++;
    const { quantity } = read(job.order);
    if (quantity !== undefined && job.good >= quantity) enter(job, 'Ended', 'Completed');
    else changed(job);
  }

  /** Makes that many pieces, or fewer when the job is halted or complete before. A halted job makes none. */
  async function produce(jobOrderID: string, pieces: number) {
    const job = jobs.get(jobOrderID);
    if (!job) throw new Error(`the press has no job ${jobOrderID}`);
    if (job.state === 'NotAllowedToStart') throw new Error(`job ${jobOrderID} is not allowed to start`);
    if (job.state === 'AllowedToStart') begin(job);
    let made = 0;
    while (made < pieces && job.state === 'Running') {
      await wait(pieceMs, undefined, { signal: off.signal }).catch(() => {});
      // Only now: it may have been halted while the piece was in the press.
      if (off.signal.aborted || (job.state as JobState) !== 'Running') break;
      made++;
      makePiece(job);
    }
    return { jobOrderID, made, good: job.good, state: job.state };
  }

  /** A job entered at the press itself and run to its end, told of once. */
  function runLocally(order: Order, pieces: number): PressJob<Order> {
    const job: PressJob<Order> = {
      ...newJob(order, 'Ended'),
      subState: 'Completed',
      startTime: new Date(),
      endTime: new Date(),
      good: pieces,
      settings: { ...setpoints },
    };
    jobs.set(job.jobOrderID, job);
    changed(job);
    return job;
  }

  /** No piece is made any more. */
  const turnOff = () => off.abort();

  return { jobs, setpoints, store, update, move, remove, produce, runLocally, turnOff };
}
