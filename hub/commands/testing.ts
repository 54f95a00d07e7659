import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(__dirname, '..', 'main.js');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** What was printed with `--json`: one object and nothing else. */
  // biome-ignore lint/suspicious/noExplicitAny: each command has its own shape.
  json(): any;
}

/** For tests: runs the command in a process of its own, as a person would. */
export function esperanto(
  args: readonly string[],
  { input, env }: { input?: string; env?: object } = {},
): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
    ...(input === undefined ? {} : { input }),
  });
  return { code: status, out: stdout, err: stderr, json: () => JSON.parse(stdout) };
}

/** A command that stays up. */
export interface Running {
  /** The next line that it prints and that the pattern matches. */
  line(pattern: RegExp): Promise<string>;
  stop(): Promise<number | null>;
}

export function running(args: readonly string[]): Running {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'error' },
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  const tell = () => {
    for (const check of [...waiting]) check();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    tell();
  });
  const gone = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => {
      ended = true;
      resolve(code);
      tell();
    }),
  );
  return {
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const at = lines.findIndex((line) => pattern.test(line));
          if (at < 0 && !ended) return;
          waiting.delete(check);
          if (at < 0) reject(new Error(`it ended without ${pattern}; it said:\n${lines.join('\n')}`));
          else resolve(lines.splice(0, at + 1)[at]!);
        };
        waiting.add(check);
        check();
      }),
    stop() {
      child.kill('SIGTERM');
      return gone;
    },
  };
}

/** A folder for a test file: made before its tests and removed after them. */
export function folder(files: Readonly<Record<string, string>> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'esperanto-'));
  const write = (file: string, text: string): string => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
    return join(dir, file);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return { path: (...parts: string[]) => join(dir, ...parts), write };
}
