/**
 * Loaded into a hub's process before everything else (`--require`): each SIGUSR2 steps its clock, an hour back, right
 * again, an hour forth, right again. Time that only runs (`performance.now`) is left alone, as the system leaves it.
 */
const steps = [-3_600_000, 0, 3_600_000, 0];
let step = steps.length - 1;
const RealDate = Date;
const now = () => RealDate.now() + steps[step]!;

class SteppedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(now());
    else super(...(given as [number]));
  }
  static override now(): number {
    return now();
  }
}

globalThis.Date = SteppedDate as DateConstructor;
process.on('SIGUSR2', () => {
  step = (step + 1) % steps.length;
});
