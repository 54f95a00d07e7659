/** One figure of a bench. Ratios count: the machine cancels out of them. */
export interface BenchRow {
  readonly name: string;
  readonly value?: number;
  readonly unit?: string;
  readonly ratio?: number;
  /** What the ratio is to. */
  readonly against?: string;
  /** The most that the ratio, or without one the value, is to be. */
  readonly target?: number;
  /** The least that the ratio, or without one the value, is to be. */
  readonly least?: number;
  /** Why it was not measured. */
  readonly skipped?: string;
}

/** What is said on the command line. */
export interface BenchOptions {
  /** A minute or two where a bench takes many: too little to hold targets, enough to see that all of it works. */
  readonly short: boolean;
  /** Runs one part of a bench that has parts. */
  readonly part?: string;
  /** Tells whoever waits what is done so far. */
  readonly progress: (done: string) => void;
  /** Folder into which Node-RED is installed. */
  readonly nodeRed?: string;
  /** Folder into which jsondiffpatch is installed. */
  readonly jsondiffpatch?: string;
}

/** Whether a row keeps its target; one without a target, or not measured, does. */
export const holds = ({ value, ratio, target, least, skipped }: BenchRow): boolean => {
  const figure = ratio ?? value ?? 0;
  return skipped !== undefined || ((target === undefined || figure <= target) && figure >= (least ?? figure));
};

/** A row as whoever waits is told it. */
export const told = ({ name, value, unit, ratio, against, skipped }: BenchRow): string =>
  [
    `${name}:`,
    skipped === undefined ? '' : `not measured, ${skipped}`,
    value === undefined ? '' : `${value} ${unit ?? ''}`.trim(),
    ratio === undefined ? '' : `${ratio} times ${against}`,
  ]
    .filter((part) => part !== '')
    .join(' ');

/** Three digits that count. */
export const rounded = (value: number): number => Number(value.toPrecision(3));

/** CPU milliseconds of each way of doing it, as medians of rounds in which all ways take turns. */
export async function compare<Name extends string>(
  rounds: number,
  ways: Readonly<Record<Name, () => unknown>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(ways) as Name[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      globalThis.gc?.();
      const before = process.cpuUsage();
      await ways[name]();
      const { user, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round >= 0) times.get(name)!.push((user + system) / 1000);
    }
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
  return Object.fromEntries(names.map((name) => [name, median(times.get(name)!)])) as Record<Name, number>;
}
