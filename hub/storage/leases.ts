/** Who works on which lane, and until when. */
interface Lease {
  readonly owner: string;
  /** Epoch ms. */
  readonly until: number;
}

/**
 * The leases of the one process that has a SQLite file: in memory, for they end with the process. What a transaction that
 * is taken back has changed in them is taken back with it.
 */
export class Leases {
  private readonly held = new Map<number, Lease>();
  /** What stood there before each change since the last `keep`, the latest last. */
  private readonly before: Array<readonly [lane: number, lease: Lease | undefined]> = [];

  constructor(private readonly leaseMs: number) {}

  get count(): number {
    return this.held.size;
  }

  /** A lease that ends later than any that is given now was given before the clock stepped back, and is over. */
  isFree(lane: number): boolean {
    const lease = this.held.get(lane);
    if (!lease) return true;
    const now = Date.now();
    return lease.until <= now || lease.until > now + this.leaseMs;
  }

  /** A lease that is over is its owner's as long as nobody else has taken the lane. */
  isOf(lane: number, owner: string): boolean {
    return this.held.get(lane)?.owner === owner;
  }

  take(lane: number, owner: string): void {
    this.note(lane);
    this.held.set(lane, { owner, until: Date.now() + this.leaseMs });
  }

  giveBack(lane: number): void {
    this.note(lane);
    this.held.delete(lane);
  }

  /** A place to go back to. */
  mark(): number {
    return this.before.length;
  }

  back(mark = 0): void {
    for (const [lane, lease] of this.before.splice(mark).reverse())
      if (lease) this.held.set(lane, lease);
      else this.held.delete(lane);
  }

  keep(): void {
    this.before.length = 0;
  }

  private note(lane: number): void {
    this.before.push([lane, this.held.get(lane)]);
  }
}
