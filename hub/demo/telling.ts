import Table from 'cli-table3';
import { asHubError } from '../../model/errors';

export interface Step {
  readonly name: string;
  readonly ok: boolean;
}

/** Tells a story step by step as it happens and remembers what held and what did not. */
export interface Telling {
  readonly steps: readonly Step[];
  readonly failed: readonly string[];
  chapter(title: string): void;
  say(text: string): void;
  /** Runs one step and prints its line when it is over; a step that throws is a failed expectation and ends the story. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** One line of proof under a step. Throws when it does not hold. */
  expect(what: string, holds: boolean, seen?: unknown): void;
}

/** Thrown when an expectation failed: the story cannot go on. */
export class StoryFailed extends Error {}

export function telling(print: (text: string) => void): Telling {
  const steps: Step[] = [];
  const failed: string[] = [];
  const begun = performance.now();
  const clock = () => `${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s`;
  return {
    steps,
    failed,
    chapter: (title) => print(`\n${title}`),
    say: (text) => print(`          ${text}`),
    async step(name, run) {
      try {
        const result = await run();
        steps.push({ name, ok: true });
        print(`${clock()}   ${name}`);
        return result;
      } catch (thrown) {
        const error = asHubError(thrown);
        const seen = error.value === undefined ? '' : ` (seen: ${String(error.value)})`;
        steps.push({ name, ok: false });
        failed.push(`${name}: ${error.message}${seen}`);
        print(`${clock()}   FAILED: ${name}\n          ${error.message}${seen}`);
        throw new StoryFailed(name);
      }
    },
    expect(what, holds, seen) {
      if (holds) return;
      throw new Error(`expected: ${what}${seen === undefined ? '' : `; seen: ${JSON.stringify(seen)}`}`);
    },
  };
}

/** A delivery as the closing table shows it. */
export interface DeliveryLine {
  readonly what: string;
  readonly to: string;
  readonly key: string;
  readonly acknowledgedAt: string;
  readonly answer: string;
  /** From the arrival of what caused it to the acknowledgement, in ms. */
  readonly endToEndMs: number;
}

export function deliveryTable(lines: readonly DeliveryLine[]): string {
  const table = new Table({
    head: ['sent', 'to', 'about', 'acknowledged', 'answer', 'end to end'],
    colAligns: ['left', 'left', 'left', 'left', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const line of lines) {
    const ms = `${line.endToEndMs} ms`;
    table.push([
      line.what,
      line.to,
      line.key,
      line.acknowledgedAt.slice(11, 23),
      line.answer.slice(0, 36),
      ms,
    ]);
  }
  return table.toString();
}

/** The value below which `share` of the values lie; 0 for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
