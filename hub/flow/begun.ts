import { asHubError } from '../../model/errors';
import type { LaneStore, Wake } from '../storage/store';

export type Begun = NonNullable<Wake['begun']>;

/** Lanes that came claimed, with their rows, until their turn: then they need not be asked for. */
export class BegunLanes {
  private readonly lanes = new Map<number, Begun>();
  private readonly leaving = new Set<Promise<unknown>>();

  constructor(
    private readonly store: Pick<LaneStore, 'ack'>,
    private readonly log: (message: string) => void,
  ) {}

  keep(lane: number, begun: Begun): void {
    this.lanes.set(lane, begun);
  }

  take(lane: number): Begun | undefined {
    const begun = this.lanes.get(lane);
    this.lanes.delete(lane);
    return begun;
  }

  /** Gives a lane back as it is: whoever looks for lanes finds it. Where that fails, once its lease is over. */
  async giveBack(lane: number): Promise<void> {
    const begun = this.take(lane);
    if (!begun) return;
    const given = this.store.ack(begun.claim, [], true).then(
      () => {},
      (error) => this.log(`lane ${lane} is not given back: ${asHubError(error).message}`),
    );
    this.leaving.add(given);
    await given.finally(() => this.leaving.delete(given));
  }

  /** Gives all of them back. */
  async close(): Promise<void> {
    for (const lane of [...this.lanes.keys()]) void this.giveBack(lane);
    await Promise.all(this.leaving);
  }
}
