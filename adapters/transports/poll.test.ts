import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NativeRecord } from '../adapter';
import { type Seen, watermark } from './poll';

describe('the cursor of a poller', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'cursor-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const row = (key: string, changedAt: number, print = 'a'): Seen => ({
    record: { type: 'T', key, body: {} },
    changedAt,
    print,
  });
  const quiet = new AbortController().signal;

  async function handedOver(rows: Seen[], mark = watermark(dir, 0)): Promise<string[]> {
    const keys: string[] = [];
    await mark.handOver(rows, async ({ key }: NativeRecord) => void keys.push(key), quiet);
    return keys;
  }

  test('hands over what is news, oldest first, and remembers it over a restart', async () => {
    expect(await handedOver([row('2', 20), row('1', 10)])).toEqual(['1', '2']);
    expect(await handedOver([row('2', 20), row('1', 10), row('3', 30)])).toEqual(['3']);
    expect(watermark(dir, 5).from()).toBe(25);
  });

  test('offers again what was not taken, and everything after it', async () => {
    const mark = watermark(dir, 0);
    const refuse = async ({ key }: NativeRecord) => {
      if (key === '2') throw new Error('store is down');
    };
    await expect(mark.handOver([row('1', 10), row('2', 20), row('3', 30)], refuse, quiet)).rejects.toThrow(
      'store is down',
    );
    expect(await handedOver([row('1', 10), row('2', 20), row('3', 30)], watermark(dir, 0))).toEqual([
      '2',
      '3',
    ]);
  });

  test('tells rows apart that have one key, and goes on where it is told to', async () => {
    const mark = watermark(dir, 5);
    await mark.reached(100);
    await mark.reached(7);
    expect(mark.from()).toBe(95);
    const both = [
      { ...row('1', 110), row: 'A' },
      { ...row('1', 111, 'b'), row: 'B' },
    ];
    expect(await handedOver(both, mark)).toEqual(['1', '1']);
    expect(await handedOver(both, mark)).toEqual([]);
  });

  test('is saved whole when a delivery forgets a row while a round hands others over', async () => {
    const mark = watermark(dir, 0);
    await handedOver(
      Array.from({ length: 20 }, (_, n) => row(`old-${n}`, n)),
      mark,
    );
    const forgetting = Array.from({ length: 20 }, (_, n) => mark.forget(`old-${n}`));
    await Promise.all([...forgetting, handedOver([row('new', 100)], mark)]);
    expect(await handedOver([row('old-7', 7), row('new', 100)])).toEqual(['old-7']);
  });
});
