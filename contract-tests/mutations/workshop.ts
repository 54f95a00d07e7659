import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import type { Mutation } from './table';

export type Verdict = 'caught' | 'survived' | 'stale';

/** A copy of what is compiled, in which faults may be put and taken out. */
export interface Workshop {
  /** `stale`: the text does not stand in the module once, or no test has that title. */
  verdict(mutation: Mutation): Verdict;
  close(): void;
}

const engine = ['dist', 'mappings', 'engine'];

/** Where the text of a mutation stands; undefined unless it stands once. */
export function placeOf({ file, text }: Pick<Mutation, 'file' | 'text'>, root = packageRoot) {
  const path = join(root, ...engine, `${file}.js`);
  const source = readFileSync(path, 'utf8');
  const at = source.indexOf(text);
  return at < 0 || source.indexOf(text, at + 1) >= 0 ? undefined : { path, source, at };
}

export function openWorkshop(): Workshop {
  const root = mkdtempSync(join(tmpdir(), 'esperanto-mutations-'));
  for (const name of ['package.json', 'model', 'mappings', 'hub', 'contract-tests', 'node_modules'])
    symlinkSync(join(packageRoot, name), join(root, name));
  for (const name of ['mappings', 'model'])
    cpSync(join(packageRoot, 'dist', name), join(root, 'dist', name), { recursive: true });
  return {
    verdict(mutation) {
      const place = placeOf(mutation, root);
      if (!place) return 'stale';
      const { path, source, at } = place;
      writeFileSync(path, source.slice(0, at) + mutation.becomes + source.slice(at + mutation.text.length));
      try {
        return runTest(root, mutation);
      } finally {
        writeFileSync(path, source);
      }
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Only the named test is run, and it must fail: that others fail as well is no comfort to who looks for the rule. */
function runTest(root: string, { tests, test }: Mutation): Verdict {
  const jest = join(packageRoot, 'node_modules', 'jest', 'bin', 'jest.js');
  const file = join(root, ...engine, `${tests}.test.js`);
  const title = test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const args = ['--rootDir', root, '--runTestsByPath', file, '-t', title, '--json', '--silent'];
  const { stdout } = spawnSync(process.execPath, [jest, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
    timeout: 120_000,
  });
  const told = JSON.parse(stdout || '{}') as {
    numFailedTests?: number;
    numPassedTests?: number;
    numRuntimeErrorTestSuites?: number;
  };
  const { numFailedTests = 0, numPassedTests = 0, numRuntimeErrorTestSuites = 0 } = told;
  if (numFailedTests > 0) return 'caught';
  // A module that does not even load proves nothing about the test.
  return numPassedTests === 0 || numRuntimeErrorTestSuites > 0 ? 'stale' : 'survived';
}
