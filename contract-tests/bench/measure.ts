import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one round cost. */
export interface Round {
  readonly count: number;
  readonly ms: number;
  /** CPU time of this process and of the servers it used, in ms. */
  readonly cpuMs: number;
  readonly serverCpuMs: number;
}

export interface Figures {
  /** A second. */
  readonly rate: number;
  /** µs of CPU for one: this process, servers. */
  readonly cpuUs: number;
  readonly serverCpuUs: number;
}

/** Runs `work` over `count` things and tells what it cost. `pids`: servers, with all their children. */
export async function measured(
  count: number,
  work: () => Promise<unknown>,
  pids: readonly number[] = [],
): Promise<Round> {
  const [cpu, servers, began] = [process.cpuUsage(), cpuOf(pids), performance.now()];
  await work();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { count, ms, cpuMs: (user + system) / 1000, serverCpuMs: cpuOf(pids) - servers };
}

export function figuresOf(rounds: readonly Round[]): Figures {
  return {
    rate: median(rounds.map(({ count, ms }) => (count / ms) * 1000)),
    cpuUs: median(rounds.map(({ count, cpuMs }) => (cpuMs / count) * 1000)),
    serverCpuUs: median(rounds.map(({ count, serverCpuMs }) => (serverCpuMs / count) * 1000)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The value below which a share of all lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU ms that processes and their children have used so far; of a child that ended as well. */
function cpuOf(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids.flatMap(familyOf)) {
    const [utime, stime, cutime, cstime] = statOf(pid).slice(11, 15).map(Number);
    ticks += utime! + stime! + cutime! + cstime!;
  }
  return (ticks / ticksPerSecond) * 1000;
}

function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').map(Number))];
}

/** The fields of /proc/PID/stat from the state on. */
function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return Array.from({ length: 20 }, () => '0');
  }
}
