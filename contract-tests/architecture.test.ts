import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import { packageRoot } from '../model/paths';

/** Who may import whom. Nothing else keeps the rooms apart, so this table must not grow exceptions. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  model: ['model'],
  mappings: ['mappings', 'model'],
  adapters: ['adapters', 'model'],
  hub: ['hub', 'adapters', 'mappings', 'model'],
};

/** Each engine is imported in one place, so that it can be replaced there. */
const ENGINES: Record<string, readonly string[]> = {
  bullmq: ['hub/storage/'],
  ioredis: ['hub/storage/'],
  '@photostructure/sqlite': ['hub/storage/'],
  pg: ['hub/storage/'],
  kysely: ['hub/storage/'],
  '@apollo/server': ['hub/api/graphql.ts'],
  fastify: ['hub/api/', 'hub/kit-process.ts', 'adapters/'],
  'node-opcua': ['adapters/opcua/'],
  soap: ['adapters/transports/soap.ts', 'adapters/mes/kit', 'hub/api/soap.ts', 'hub/api/soap/'],
  axios: ['adapters/transports/', 'adapters/erp/'],
  saxes: ['model/b2mml/', 'model/import/', 'adapters/'],
  jsonata: ['mappings/engine/'],
  commander: ['hub/main.ts', 'hub/commands/'],
  luxon: ['mappings/engine/', 'hub/change/', 'hub/project.ts', 'model/', 'adapters/'],
};

/** The one place where adapters and mappings meet. */
const JOINS = 'hub/assemble.ts';

const sources = ['model', 'mappings', 'adapters', 'hub'].flatMap((room) =>
  readdirSync(join(packageRoot, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => `${room}/${file.split(sep).join('/')}`),
);

function importsOf(file: string): string[] {
  const source = readFileSync(join(packageRoot, file), 'utf8');
  return [...source.matchAll(/(?:from|import|require|import\()\s*\(?['"]([^'"]+)['"]/g)].map(
    ([, path]) => path!,
  );
}

function roomOf(file: string, path: string): string {
  return normalize(join(file, '..', path)).split(sep)[0]!;
}

test.each(sources)('%s imports only what its room may', (file) => {
  const room = file.split('/')[0]!;
  const rooms = importsOf(file)
    .filter((path) => path.startsWith('.'))
    .map((path) => roomOf(file, path));
  expect(rooms.filter((target) => !MAY_IMPORT[room]!.includes(target))).toEqual([]);
});

test.each(sources)('%s imports engines only where they belong', (file) => {
  const misplaced = importsOf(file)
    .filter((path) => !path.startsWith('.'))
    .filter((path) => {
      const engine = Object.keys(ENGINES).find((name) => path === name || path.startsWith(`${name}/`));
      return engine !== undefined && !ENGINES[engine]!.some((place) => file.startsWith(place));
    });
  expect(misplaced).toEqual([]);
});

/** A chain of files of one folder that leads back to its first. */
function circleIn(folder: string): string[] | undefined {
  const inside = new Set(sources.filter((file) => file.startsWith(`${folder}/`)));
  const next = (file: string) =>
    importsOf(file)
      .filter((path) => path.startsWith('./'))
      .map(
        (path) =>
          `${normalize(join(file, '..', path))
            .split(sep)
            .join('/')}.ts`,
      )
      .filter((path) => inside.has(path));
  const done = new Set<string>();
  function walk(file: string, way: readonly string[]): string[] | undefined {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const one of next(file)) {
      const found = walk(one, [...way, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  }
  for (const file of inside) {
    const found = walk(file, []);
    if (found) return found;
  }
  return undefined;
}

test.each(['hub/change', 'hub/change-desk', 'hub/definitions'])(
  '%s can be read from one end to the other: no circle of imports',
  (folder) => expect(circleIn(folder)).toBeUndefined(),
);

test(`adapters and mappings are joined in ${JOINS} alone`, () => {
  const both = sources.filter((file) => {
    if (!file.startsWith('hub/') || file === JOINS) return false;
    const paths = importsOf(file)
      .filter((path) => path.startsWith('.'))
      .map((path) =>
        normalize(join(file, '..', path))
          .split(sep)
          .join('/'),
      );
    const opens = paths.includes('adapters') || paths.includes('adapters/index');
    return opens && paths.some((path) => path.startsWith('mappings/engine'));
  });
  expect(both).toEqual([]);
});

/** The files of the hub's own that a file imports, types included. */
function ownImports(file: string): string[] {
  return importsOf(file)
    .filter((path) => path.startsWith('.'))
    .flatMap((path) => {
      const target = normalize(join(file, '..', path))
        .split(sep)
        .join('/');
      return [`${target}.ts`, `${target}/index.ts`].filter((one) => sources.includes(one));
    });
}

/** A way from the file back to itself, where there is one. */
function circleThrough(file: string): string[] | undefined {
  const ways = [[file]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way; way = ways.shift()) {
    for (const next of ownImports(way.at(-1)!)) {
      if (next === file) return [...way, file];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

test.each(['model', 'mappings', 'adapters'])('no file of %s imports itself through others', (room) => {
  const circles = sources
    .filter((file) => file.startsWith(`${room}/`))
    .flatMap((file) => circleThrough(file) ?? []);
  expect(circles).toEqual([]);
});

test('the root holds the rooms and only what tools demand there', () => {
  const allowed = new Set(
    (
      'model adapters mappings hub contract-tests package.json tsconfig.json README.md package-lock.json LICENSE ' +
      // my-plant: the project that the tutorial in mappings/README.md makes.
      'biome.json .gitignore .ci .git node_modules dist .esperanto my-plant'
    ).split(' '),
  );
  expect(readdirSync(packageRoot).filter((name) => !allowed.has(name))).toEqual([]);
  expect(existsSync(join(packageRoot, 'LICENSE'))).toBe(true);
});
