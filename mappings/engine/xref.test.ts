import { compileMapping } from './apply';
import { invertMapping } from './invert';
import { lintMapping } from './lint';
import type { MappingContext, Xref } from './mapping';
import { parseMapping } from './parse';

const native = {
  type: 'object',
  properties: {
    No: { type: 'string' },
    Place: { type: 'string' },
    Count: { type: 'integer' },
    Places: { type: 'array', items: { type: 'string' } },
  },
};

/** 100 and 200 of the ERP are presses, and 200 stands for two of them; each has its id there, one has two. */
const xref: Xref = (system, noun, id, direction) => {
  if (noun !== 'Equipment') return undefined;
  if (direction === 'in')
    return id === '200'
      ? { candidates: ['PRESS-01', 'PRESS-02'] }
      : id === '100'
        ? { id: `PRESS-01@${system}` }
        : undefined;
  return id === 'PRESS-09' ? { candidates: ['900', '901'] } : id === 'PRESS-01' ? { id: '100' } : undefined;
};
const context: MappingContext = { system: 'erp', now: '2026-01-01T00:00:00Z', xref };

function mapping(rule: string, direction = 'both') {
  const parsed = parseMapping(
    'mappings/erp/place.map.yaml',
    `version: "1"\ndirection: ${direction}\nrecords: [Place]\nnative: erp/Place\nmessage: { verb: Sync, noun: Equipment }\nkey: id\nrules:\n  - { set: id, from: No }\n  - ${rule}\n`,
  );
  const schemas = new Map([['erp/Place', native as Record<string, unknown>]]);
  const compiled = compileMapping(parsed, new Map(), schemas);
  return {
    compiled,
    lost: invertMapping(parsed).lost,
    lint: () => lintMapping(compiled, schemas, new Map()).map(({ code, message }) => `${code}: ${message}`),
    read(body: object, known = context) {
      const outcome = compiled.read({ No: '7', ...body }, known);
      return 'message' in outcome ? outcome.message.items[0] : outcome.issues;
    },
    write(item: object) {
      const outcome = compiled.write({ id: '7', ...item }, context);
      return 'records' in outcome ? outcome.records[0]?.body : outcome.issues;
    },
  };
}

const place = '{ set: "hierarchyScope.equipmentId", from: Place, as: trim, xref: Equipment }';
const scoped = (equipmentId: string) => ({ hierarchyScope: { equipmentId } });

test('reading gives the canonical id, after the transforms; writing the id of the receiver', () => {
  const { read, write, lost } = mapping(place.replace('as: trim, ', ''));
  expect(mapping(place).read({ Place: ' 100 ' })).toMatchObject(scoped('PRESS-01@erp'));
  expect(read({ Place: '100' })).toMatchObject(scoped('PRESS-01@erp'));
  expect(write(scoped('PRESS-01'))).toEqual({ No: '7', Place: '100' });
  expect(lost).toEqual([]);
});

test('the native id may be of another system than the one that sends', () => {
  const { read } = mapping(place.replace('xref: Equipment', 'xref: { noun: Equipment, system: alm }'));
  expect(read({ Place: '100' })).toMatchObject(scoped('PRESS-01@alm'));
});

test('an id that is not linked stays as it is, and so do all where nobody knows links', () => {
  const { read, write } = mapping(place);
  expect(read({ Place: '300' })).toMatchObject(scoped('300'));
  expect(read({ Place: '100' }, { system: 'erp' })).toMatchObject(scoped('100'));
  expect(mapping(place.replace('as: trim, ', '')).write(scoped('300'))).toMatchObject({ Place: '300' });
  expect(write).toBeDefined();
});

test('with unknown: issue it is refused in both directions, with the command that links it', () => {
  const { read, write } = mapping(
    place.replace('as: trim, xref: Equipment', 'xref: { noun: Equipment, unknown: issue }'),
  );
  expect(read({ Place: '300' })).toMatchObject([
    {
      message: "Place: no Equipment is linked with '300' of erp",
      todo: "Link it (esperanto identity link erp Equipment '300' CANONICAL-ID --why REASON): then it goes on.",
      unlinked: { system: 'erp', noun: 'Equipment', id: '300', direction: 'in', needed: true },
    },
  ]);
  expect(write(scoped('PRESS-03'))).toMatchObject([
    { message: expect.stringContaining("Equipment 'PRESS-03' has no id in erp") },
  ]);
});

test('an id that is not certain is always an issue and names the candidates', () => {
  const { read, write } = mapping(place.replace('as: trim, ', ''));
  expect(read({ Place: '200' })).toMatchObject([
    { message: expect.stringContaining("'200' of erp may be the Equipment PRESS-01 or PRESS-02") },
  ]);
  expect(write(scoped('PRESS-09'))).toMatchObject([
    {
      message: expect.stringContaining("'PRESS-09' has several ids in erp: 900, 901"),
      todo: expect.stringContaining('--alternative'),
    },
  ]);
});

test('a list of ids is looked up one by one', () => {
  const { read } = mapping('{ set: equipmentClassId, each: Places, from: ., xref: Equipment }');
  expect(read({ Places: ['100', '300'] })).toMatchObject({ equipmentClassId: ['PRESS-01@erp', '300'] });
});

test('a noun that the model does not have, and an id that is no text, are found without running', () => {
  expect(mapping(place.replace('Equipment }', 'Equipmnt }')).lint()).toContainEqual(
    expect.stringMatching(/unknown-noun: .*Equipmnt.*did you mean 'Equipment'/),
  );
  expect(mapping(place.replace('from: Place, as: trim', 'from: Count')).lint()).toContainEqual(
    expect.stringMatching(/wrong-type: .*an id is text, and this is integer; use as: text/),
  );
  expect(
    mapping(place)
      .lint()
      .filter((line) => line.includes('hierarchyScope')),
  ).toEqual([]);
});

test.each([
  ['xref: { system: erp }', /xref needs a noun/],
  ['xref: { noun: Equipment, unknown: skip }', /keep or issue/],
  ['xref: { noun: Equipment, side: left }', /xref needs a noun/],
  ['xref: Equipment, codes: places', /does not go with codes/],
])('%s is no xref', (words, expected) => {
  expect(() => mapping(place.replace('xref: Equipment', words))).toThrow(expected);
});
