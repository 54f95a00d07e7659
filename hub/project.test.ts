import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProject } from './project';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'esperanto-project-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A plant of one system, with what is said of it and of the plant. */
function read(ofSystem: string, ofPlant = '') {
  writeFileSync(
    join(dir, 'hub.yaml'),
    `plant: { id: "1000", timeZone: Europe/Berlin }\nsystems:\n  plm: { adapter: plm-json, settings: {}, ${ofSystem} }\n${ofPlant}`,
  );
  return readProject(dir, {});
}

test('how a system is delivered to: pauses, tries, slots, and for how long equal content is a copy', () => {
  const { project, issues } = read(
    'retry: { first: PT2S, longest: PT1M, giveUpAfter: 20 }, parallel: 1, duplicatesWithin: PT10M',
  );
  expect(issues).toEqual([]);
  expect(project!.systems.plm).toMatchObject({
    retry: { firstMs: 2000, longestMs: 60_000, giveUpAfter: 20 },
    parallel: 1,
    duplicatesWithinMs: 600_000,
  });
});

test('what is not said is left to the hub', () => {
  const { plm } = read('').project!.systems;
  expect([plm!.retry, plm!.parallel, plm!.duplicatesWithinMs]).toEqual([undefined, undefined, undefined]);
});

test('plants that share a Redis keep apart by their ids, unless they say otherwise', () => {
  expect(read('').project!.redis).toEqual({ namespace: 'esperanto-1000', queues: 1 });
  expect(read('', 'redis: { namespace: north, queues: 4 }').project!.redis).toEqual({
    namespace: 'north',
    queues: 4,
  });
});

test.each([
  ['a pause of an hour', 'retry: { longest: PT1H }', 'systems.plm.retry.longest'],
  ['a pause that is no duration', 'retry: { first: 2s }', 'systems.plm.retry.first'],
  ['no slot at all', 'parallel: 0', 'systems.plm.parallel'],
  ['a window that is no duration', 'duplicatesWithin: 10', 'systems.plm.duplicatesWithin'],
])('%s is refused where it stands', (_what, said, path) => {
  expect(read(said).issues).toMatchObject([{ path, line: 3 }]);
});
