import type { ErrorCode, HubError } from '../../model/errors';

/** Failures that tell about the receiver as a whole, not about one message. */
const aboutTheReceiver: ReadonlySet<ErrorCode> = new Set([
  'HUB_UNREACHABLE',
  'HUB_BUSY',
  'HUB_NO_ANSWER',
  'HUB_UNTRUSTED',
]);

interface Circuit {
  /** Such failures in a row, over all lanes of the receiver. */
  failures: number;
  /** performance.now() from which one lane may try. 0: closed, all may. */
  openUntil: number;
  probing: boolean;
}

export interface CircuitSettings {
  /** So many failures in a row open it. */
  readonly threshold: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Keeps a dead receiver from being asked by every one of its lanes: after some failures in a row the circuit opens, and
 * from time to time one lane tries. Its success closes the circuit for all.
 */
export class Circuits {
  private readonly circuits = new Map<string, Circuit>();

  constructor(
    private readonly settings: CircuitSettings = { threshold: 5, firstMs: 1000, longestMs: 15_000 },
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** May a lane of that receiver try now? A true for an open circuit is the probe: report how it went, or `withdraw`. */
  admit(dest: string): boolean {
    const allowed = this.allowed(dest);
    if (allowed === 1) this.circuits.get(dest)!.probing = true;
    return allowed > 0;
  }

  /** The admitted lane had nothing to try. */
  withdraw(dest: string): void {
    const circuit = this.circuits.get(dest);
    if (circuit) circuit.probing = false;
  }

  /** True: this success closed an open circuit. */
  succeeded(dest: string): boolean {
    const circuit = this.circuits.get(dest);
    if (!circuit) return false;
    this.circuits.delete(dest);
    return circuit.openUntil > 0;
  }

  failed(dest: string, failure: HubError): void {
    // A receiver that answers, even with a refusal, is there.
    if (!aboutTheReceiver.has(failure.code)) {
      this.withdraw(dest);
      return;
    }
    const circuit = this.circuits.get(dest) ?? { failures: 0, openUntil: 0, probing: false };
    this.circuits.set(dest, circuit);
    // What was under way when the circuit opened says nothing new: only the probe makes the pause longer.
    if (circuit.openUntil > 0 && !circuit.probing) return;
    circuit.failures++;
    circuit.probing = false;
    const { threshold, firstMs, longestMs } = this.settings;
    const over = circuit.failures - threshold;
    if (over >= 0) circuit.openUntil = this.now() + Math.min(longestMs, firstMs * 2 ** Math.min(over, 20));
  }

  /** How many lanes of the receiver may try now: none, one, or all. */
  allowed(dest: string): number {
    const circuit = this.circuits.get(dest);
    if (!circuit || circuit.openUntil === 0) return Number.POSITIVE_INFINITY;
    return circuit.probing || this.now() < circuit.openUntil ? 0 : 1;
  }
}
