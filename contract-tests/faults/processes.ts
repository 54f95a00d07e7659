import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../model/paths';

/** A process of the hub that may be killed and frozen, and that is started again when it ends by itself. */
export interface HubProcess {
  readonly name: string;
  start(): Promise<void>;
  pid(): number;
  /** kill -9. */
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Steps its clock: an hour back, right again, an hour forth, right again. */
  stepClock(): void;
  /** How often it ended without being told to. */
  crashes(): number;
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly name: string;
  /** Of the esperanto command. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Standard error goes to `<logDir>/<name>.log`. */
  readonly logDir: string;
}

export function hubProcess({ name, args, env, logDir }: ProcessOptions): HubProcess {
  let child: ChildProcess | undefined;
  let wanted = false;
  let crashes = 0;

  async function start(): Promise<void> {
    wanted = true;
    const log = openSync(join(logDir, `${name}.log`), 'a');
    const clock = join(packageRoot, 'dist/contract-tests/faults/clock.js');
    const main = join(packageRoot, 'dist/hub/main.js');
    const started = spawn(process.execPath, ['--require', clock, main, ...args, '--json', '--with-parent'], {
      stdio: ['pipe', 'pipe', log],
      env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'warn', ...env },
    });
    child = started;
    started.once('exit', () => {
      if (child !== started || !wanted) return;
      crashes++;
      setTimeout(() => wanted && child === started && void start(), 500);
    });
    const line = once(createInterface({ input: started.stdout! }), 'line');
    await Promise.race([line, once(started, 'exit')]);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    wanted = false;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  return {
    name,
    start,
    pid: () => child!.pid!,
    kill: () => end('SIGKILL'),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    stepClock: () => void child?.kill('SIGUSR2'),
    crashes: () => crashes,
    stop: () => end('SIGTERM'),
  };
}
