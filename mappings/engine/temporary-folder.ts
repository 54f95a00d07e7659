import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of mappings for a test: made before each test and removed after it. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}) {
  let dir = '';
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mappings-'));
    for (const [file, text] of Object.entries(files)) write(file, text);
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  return {
    path: (...parts: string[]) => join(dir, ...parts),
    write,
    remove: (file: string) => rmSync(join(dir, file)),
  };
}
