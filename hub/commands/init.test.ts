import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { parse } from 'yaml';
import { type HubClient, hubClient, until } from '../client';
import type { Delivery, StoredRecord } from '../storage/store';
import { makeProject } from './init';
import { esperanto, folder, type Running, running } from './testing';

const place = folder();
const dir = place.path('my-plant');
const mapping = 'mappings/shop/order.map.yaml';
const sample = (): { number: string; state: string } =>
  JSON.parse(readFileSync(join(dir, 'samples/order.json'), 'utf8'));

test('a new project is in order, and its cases hold', () => {
  const made = esperanto(['init', dir, '--zone', 'Europe/Berlin', '--json']);
  expect(made.json()).toMatchObject({
    ok: true,
    files: expect.arrayContaining(['.gitignore', 'hub.yaml', mapping]),
  });
  expect(esperanto(['check', dir, '--json']).json()).toEqual({ ok: true, issues: [], unset: [] });
  expect(esperanto(['test', dir, '--json']).json()).toMatchObject({ ok: true, issues: [] });
  expect(esperanto(['coverage', 'shop/order', dir, '--json']).json()).toMatchObject({
    ok: true,
    percent: 100,
  });
});

test('editors find the schemas of hub.yaml and of mappings, by which the files of the project are right', () => {
  const settings = JSON.parse(readFileSync(join(dir, '.vscode/settings.json'), 'utf8'));
  const files = { 'hub.yaml': 'hub.yaml', 'mappings/**/*.map.yaml': mapping };
  expect(Object.values(settings['yaml.schemas']).sort()).toEqual(Object.keys(files).sort());
  for (const [schema, of] of Object.entries<keyof typeof files>(settings['yaml.schemas'])) {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(join(dir, schema), 'utf8')));
    validate(parse(readFileSync(join(dir, files[of]), 'utf8')));
    expect(validate.errors).toBeNull();
  }
});

test('the commands of its README work', () => {
  const readme = readFileSync(join(dir, 'README.md'), 'utf8');
  expect(readme).toMatch(/^# my-plant\n/);
  const map = ['map', 'shop/order', join(dir, 'samples/order.json'), '--dir', dir];
  expect(esperanto(map).code).toBe(0);
  for (const [file] of readme.matchAll(/[\w./-]+\.(?:yaml|json)/g)) {
    expect([file, existsSync(join(dir, file))]).toEqual([file, true]);
  }
});

test('nothing that is there is written over', () => {
  place.write('full/notes.txt', 'mine');
  const { code, err } = esperanto(['init', place.path('full')]);
  expect([code, err]).toEqual([2, expect.stringContaining('is not empty')]);
});

test('a zone that is none is refused', () => {
  expect(() => makeProject(place.path('mars'), { zone: 'Mars/Olympus' })).toThrow(/is no time zone/);
  expect(existsSync(place.path('mars'))).toBe(false);
});

describe('a new project that runs', () => {
  let hub: Running;
  let client: HubClient;

  beforeAll(async () => {
    // The stand-ins need a port that is known beforehand; only the receiver's is needed here.
    const kit = running(['kit', 'b2mml-soap', '--json']);
    kits.push(kit);
    const { config } = JSON.parse(await kit.line(/"ok":true/)) as { config: object };
    const settings = place.write('settings.json', JSON.stringify({ mes: config }));
    hub = running(['start', dir, '--port', '0', '--json', '--settings', settings]);
    const { url } = JSON.parse(await hub.line(/"ok":/)) as { url: string };
    client = hubClient(url);
  });
  const kits: Running[] = [];
  afterAll(async () => {
    await hub?.stop();
    for (const kit of kits) await kit.stop();
  });

  const push = (body: unknown) => client.post('/intake/shop', body);
  const settled = (count: number) =>
    until(
      `${count} records that are settled`,
      () => client.get<{ records: StoredRecord[] }>('/records'),
      ({ records }) => records.filter(({ state }) => state !== 'waiting').length === count,
    );

  test('carries its sample to the MES', async () => {
    await push(sample());
    const { deliveries } = await until(
      'the delivery to the MES',
      () => client.get<{ deliveries: Delivery[] }>('/deliveries?system=mes'),
      ({ deliveries }) => deliveries.some(({ state }) => state === 'delivered'),
    );
    expect(deliveries).toMatchObject([{ key: 'order/42', attempts: 1 }]);
  });

  describe('replay --with tries a mapping on what has come', () => {
    const replay = (map: string, at: string, ...more: string[]) =>
      esperanto(
        ['replay', '--with', map, '--since', '2026-01-01', '--dry-run', '--dir', at, '--json', ...more],
        { env: { ESPERANTO_HUB: client.url } },
      );

    beforeAll(async () => {
      await push({ ...sample(), number: '000043' });
      await push({ ...sample(), number: '000044', state: 'STOP' });
      await settled(3);
    });

    /** A copy of the project with one text in one file put in the place of another. */
    function changed(name: string, file: string, from: string, to: string): string {
      const at = place.path(name);
      cpSync(dir, at, { recursive: true, filter: (source) => !source.includes('.esperanto') });
      const text = readFileSync(join(at, file), 'utf8');
      expect(text).toContain(from);
      writeFileSync(join(at, file), text.replace(from, to));
      return at;
    }

    test('as it stands, nothing comes out differently', () => {
      const { code, json } = replay('shop/order', dir);
      expect([code, json()]).toMatchObject([0, { ok: true, seen: 3, same: 3, different: 0, paths: [] }]);
    });

    test('what comes out differently is grouped by path, with examples', () => {
      const due = '2026-03-06T14:00:00+01:00';
      const at = changed('other-due', mapping, '{ set: endTime, from: due', '{ set: startTime, from: due');
      const { code, json } = replay('shop/order', at);
      expect(json()).toMatchObject({ different: 2, same: 1 });
      const request = 'items[].operationsRequest[]';
      expect(json().paths).toMatchObject([
        { path: `${request}.endTime`, count: 2, examples: [{ key: '000043' }, { key: '000042' }] },
        { path: `${request}.startTime`, count: 2, examples: [{ new: due }, { new: due }] },
      ]);
      expect(code).toBe(0);
    });

    test('what was refused and would be taken is counted', () => {
      const at = changed('stops', 'codes/shop-state.yaml', 'NEW: Waiting', 'NEW: Waiting\nSTOP: Held');
      expect(replay('shop/order', at).json()).toMatchObject({ understood: 1, same: 2 });
    });

    test('what was taken and would be refused is a no, with the reason', () => {
      const at = changed('strict', 'codes/shop-state.yaml', 'REL: Released\n', '');
      const { code, json } = replay('shop/order', at);
      expect([code, json()]).toMatchObject([
        1,
        { ok: false, refused: 2, refusals: [{ count: 2, message: expect.stringContaining("'REL'") }] },
      ]);
    });

    test('a mapping to a system is tried on its deliveries', () => {
      const { json } = replay('b2mml/transaction', dir);
      expect(json()).toMatchObject({ ok: true, seen: 2, same: 2 });
    });

    test.each([
      [['replay', '--with', 'shop/order', '--since', '2026-01-01'], /needs --dry-run/],
      [['replay', '--with', 'shop/order', '--dry-run'], /needs --since/],
      [['replay', '--with', 'shop/gone', '--since', '2026-01-01', '--dry-run'], /no mapping 'shop\/gone'/],
      [['replay', '--with', 'sap/material', '--since', '2026-01-01', '--dry-run'], /no system of .* uses/],
      [
        ['replay', '--with', 'shop/order', '--since', 'yesterday', '--dry-run'],
        /takes a time, not 'yesterday'/,
      ],
      [['replay'], /what is to be replayed is not named/],
    ])('%j is wrong use', (args, reason) => {
      const { code, err } = esperanto([...args, '--dir', dir]);
      expect([code, err]).toEqual([2, expect.stringMatching(reason)]);
    });
  });
});

test('a hub that is away is told as such', () => {
  const { code, err } = esperanto(['messages', '--hub', 'http://127.0.0.1:1']);
  expect([code, err]).toEqual([1, expect.stringContaining('no hub answers at http://127.0.0.1:1')]);
});
