import { spawnSync } from 'node:child_process';
import fs, { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { openSqlite } from './sqlite';
import { openFile } from './sqlite-file';
import { Link } from './sqlite-link';

/** The way to the thread of the database, and what a caller sees of it. */
describe('the link to the database', () => {
  let dataDir: string;
  let file: string;
  let link: Link;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'esperanto-link-'));
    file = join(dataDir, 'esperanto.db');
    await (await openSqlite(dataDir, 1000)).close();
    link = await Link.open(file, 30_000);
  });
  afterEach(async () => {
    await link.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const put = (id: string) => link.send(`insert into object (noun, id, version) values ('N', $1, 1)`, [id]);
  const objects = () => {
    const db = openFile(file);
    const found = db.prepare('select id from object order by id').all() as Array<{ id: string }>;
    db.close();
    return found.map(({ id }) => id);
  };

  test('transactions of the same moment see one another, and are there together', async () => {
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((id) =>
        link.transaction(async () => {
          put(id);
          return link.ask('select count(*) as n from object', []).rows;
        }),
      ),
    );
    expect(seen).toEqual([[[1]], [[2]], [[3]]]);
    expect(objects()).toEqual(['a', 'b', 'c']);
  });

  test('one that fails takes back its own writes only, wherever it fails', async () => {
    const results = await Promise.allSettled([
      link.transaction(async () => put('a')),
      link.transaction(async () => {
        put('b');
        throw new Error('given up');
      }),
      link.transaction(async () => {
        put('c');
        put('c');
      }),
      link.transaction(async () => {
        put('d');
        link.step(['advance', [7, 'nobody'], 1]);
      }),
      link.transaction(async () => {
        put('e');
        return 'kept';
      }),
      link.call(true, 'hurry', 'mes'),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled'],
    ]);
    expect(results.map((result) => (result.status === 'rejected' ? result.reason : undefined))).toMatchObject(
      [
        undefined,
        { message: 'given up' },
        { message: expect.stringContaining('UNIQUE'), code: expect.any(String) },
        { code: 'LEASE_LOST' },
        undefined,
        undefined,
      ],
    );
    expect(objects()).toEqual(['a', 'e']);
  });

  test('one that is alone is not run again to find out why it has failed', async () => {
    let runs = 0;
    const failing = link.transaction(async () => {
      runs++;
      throw new Error('given up');
    });
    await expect(failing).rejects.toThrow('given up');
    expect(runs).toBe(1);
  });

  test('more steps than are kept here go on ahead; all of them or none are there', async () => {
    const ids = Array.from({ length: 450 }, (_, n) => `${1000 + n}`);
    await link.transaction(async () => ids.forEach(put));
    expect(objects()).toEqual(ids);
    await expect(link.transaction(async () => ['x', ...ids].forEach(put))).rejects.toThrow('UNIQUE');
    expect(objects()).toEqual(ids);
  });

  test('a transaction that is over writes nothing more', async () => {
    await link.transaction(async () => undefined);
    expect(() => put('late')).toThrow('over');
  });

  describe('and the disk', () => {
    const syncs: Array<(error: Error | null) => void> = [];
    let sync: jest.SpyInstance;
    beforeEach(() => {
      syncs.length = 0;
      sync = jest.spyOn(fs, 'fsync').mockImplementation((_file, told) => void syncs.push(told));
    });
    afterEach(() => sync.mockRestore());
    const committed = async (count: number) => {
      while (syncs.length < count) await new Promise(setImmediate);
    };

    test('nobody hears of what the disk does not have yet, nor of what came after it', async () => {
      const heard: string[] = [];
      const first = link.transaction(async () => put('a')).then(() => heard.push('a'));
      await committed(1);
      const later = [
        link.call(true, 'hurry', 'mes').then(() => heard.push('durable')),
        link.call(false, 'due', 1, 0, null).then(() => heard.push('light')),
        link.transaction(async () => put('b')).then(() => heard.push('b')),
      ];
      // The next transaction has not waited for it.
      while (objects().length < 2) await new Promise(setImmediate);
      expect(heard).toEqual([]);
      expect(syncs).toHaveLength(1);
      sync.mockImplementation((_file, told) => told(null));
      syncs[0]!(null);
      await Promise.all([first, ...later]);
      expect(heard[0]).toBe('a');
    });

    test('where it refuses, all that wait are told, and nothing is promised any more', async () => {
      const waiting = [link.transaction(async () => put('a')), link.call(true, 'hurry', 'mes')];
      const results = Promise.allSettled(waiting);
      await committed(1);
      syncs[0]!(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' }));
      const after = link.call(false, 'hurry', 'mes');
      await expect(after).rejects.toThrow('EIO');
      for (const result of await results) expect(result).toMatchObject({ reason: { code: 'EIO' } });
      expect(await link.lost).toMatchObject({ code: 'EIO' });
    });

    test.each([
      ['is on its way', () => new Promise(setImmediate)],
      ['has not been sent', () => undefined],
    ])('what %s when it refuses is told as well, and holds nobody up', async (_what, later) => {
      const first = link.transaction(async () => put('a'));
      await committed(1);
      const results = Promise.allSettled([first, link.call(true, 'hurry', 'mes')]);
      await later();
      syncs[0]!(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' }));
      for (const result of await results) expect(result).toMatchObject({ reason: { code: 'EIO' } });
      // What the thread has done of it comes back now.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await link.close();
      expect(syncs).toHaveLength(1);
      link = await Link.open(file, 30_000);
    });
  });

  test('a thread that ends fails all that wait for it, and all that come', async () => {
    const waiting = Promise.allSettled([
      link.call(true, 'hurry', 'mes'),
      link.transaction(async () => new Promise(() => {})),
    ]);
    await (link as unknown as { worker: Worker }).worker.terminate();
    for (const result of [
      ...(await waiting),
      ...(await Promise.allSettled([link.call(true, 'hurry', 'mes')])),
    ])
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { message: expect.stringContaining('thread') },
      });
    expect(await link.lost).toMatchObject({ message: expect.stringContaining('thread') });
  });

  test('one that is closed is not lost', async () => {
    const told = jest.fn();
    void link.lost.then(told);
    await link.close();
    await new Promise(setImmediate);
    expect(told).not.toHaveBeenCalled();
    link = await Link.open(file, 30_000);
  });

  test('a process may end while nothing is asked, and not before it has been answered', () => {
    const program = `require(${JSON.stringify(join(__dirname, 'sqlite-link.js'))}).Link.open(${JSON.stringify(file)}, 1000)
      .then((link) => link.call(true, 'hurry', 'mes')).then(() => console.log('answered'))`;
    const { stdout, status } = spawnSync(process.execPath, ['-e', program], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect([stdout, status]).toEqual(['answered\n', 0]);
  });
});
