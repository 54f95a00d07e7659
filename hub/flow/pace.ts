import { asHubError } from '../../model/errors';
import type { Store } from '../storage/store';

export interface PaceOptions {
  readonly store: Pick<Store, 'allowance'>;
  /** Deliveries a second, by receiver; one that is absent gets as many as it takes. */
  readonly rates: ReadonlyMap<string, number>;
  readonly log: (message: string) => void;
}

/** Between two questions for more, in ms. */
const askEveryMs = 100;

/** Keeps receivers to their rates, all processes together: deliveries are begun only as far as the store hands them out. */
export class Pace {
  private readonly left = new Map<string, number>();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly waiting: Array<() => void> = [];
  private closed = false;
  private asking: Promise<void> = Promise.resolve();

  constructor(private readonly options: PaceOptions) {
    if (options.rates.size === 0) return;
    const ask = () => {
      this.asking = this.asking.then(() => this.ask());
    };
    ask();
    this.timer = setInterval(ask, askEveryMs);
  }

  /** How many deliveries may begin now. */
  allowed(dest: string): number {
    return this.options.rates.has(dest) ? (this.left.get(dest) ?? 0) : Number.POSITIVE_INFINITY;
  }

  /** Takes one of them. False: not now. */
  admit(dest: string): boolean {
    const left = this.allowed(dest);
    if (left < 1) return false;
    if (left !== Number.POSITIVE_INFINITY) this.left.set(dest, left - 1);
    return true;
  }

  /** It was not needed. */
  giveBack(dest: string): void {
    if (this.options.rates.has(dest)) this.left.set(dest, this.allowed(dest) + 1);
  }

  /** Resolves when the next answer has come, or at once where none is asked for. */
  more(dest: string): Promise<void> {
    if (!this.options.rates.has(dest) || this.closed) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** A process that has no use for what it was given asks for no more, so that another one gets it. */
  private async ask(): Promise<void> {
    for (const [dest, rate] of this.options.rates) {
      if (this.allowed(dest) >= 1) continue;
      try {
        this.left.set(dest, await this.options.store.allowance(dest, rate));
      } catch (error) {
        this.options.log(`no allowance for ${dest}: ${asHubError(error).message}`);
      }
    }
    for (const tell of this.waiting.splice(0)) tell();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    for (const tell of this.waiting.splice(0)) tell();
    await this.asking;
  }
}
