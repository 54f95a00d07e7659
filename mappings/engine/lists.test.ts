import { reading } from './test-mapping';

describe('lists', () => {
  const order = {
    Plant: '1000',
    Operations: [
      { No: '10', Key: 'PP01', Where: 'A' },
      { No: '20', Key: 'PP99', Where: 'B' },
    ],
    Components: [
      { Line: '1', Operation: '10' },
      { Line: '2', Operation: '20' },
      { Line: '3', Operation: '10' },
    ],
    Places: [{ Name: 'A', Text: 'Press' }],
  };

  test('one entry for each entry that meets the condition; $ is the record, ^ the entry outside', () => {
    const read = reading(`
  - set: segments
    each: Operations
    when: "Key != PP99"
    rules:
      - { set: id, from: No }
      - { set: plant, from: $.Plant }
      - set: parts
        each: $.Components
        when: "Operation = ^.No"
        rules: [ { set: id, from: Line }, { set: of, from: ^.No } ]
`);
    expect(read(order)).toEqual({
      segments: [
        {
          id: '10',
          plant: '1000',
          parts: [
            { id: '1', of: '10' },
            { id: '3', of: '10' },
          ],
        },
      ],
    });
  });

  test('a join finds the entry of another list by its key', () => {
    const read = reading(`
  - set: segments
    each: Operations
    join: { list: $.Places, by: Name, equals: Where }
    rules: [ { set: id, from: No }, { set: text, from: "#.Text", optional: true } ]
`);
    expect(read(order)).toEqual({ segments: [{ id: '10', text: 'Press' }, { id: '20' }] });
    const twice = {
      ...order,
      Places: [...order.Places, ...order.Places.map((at) => ({ ...at, Text: 'again' }))],
    };
    expect(read(twice)).toEqual(read(order));
  });

  test('item makes a list of one, and several rules may fill one list', () => {
    const read = reading(`
  - { set: parts, each: Components, rules: [ { set: id, from: Line } ] }
  - { set: parts, item: [ { set: id, from: Plant } ], when: "Plant exists" }
  - { set: parts, item: [ { set: id, from: Nothing, optional: true } ] }
  - { set: none, item: [ { set: id, from: Nothing, optional: true } ] }
`);
    expect(read(order)).toEqual({ parts: [{ id: '1' }, { id: '2' }, { id: '3' }, { id: '1000' }] });
  });

  test('other conditions than equality, and on other places than the entry outside, choose as well', () => {
    const lines = (when: string) =>
      reading(`
  - set: segments
    each: Operations
    rules: [ { set: parts, each: $.Components, when: "${when}", from: Line } ]
`)({ ...order, Wanted: '20' });
    expect(lines('Operation != ^.No')).toEqual({ segments: [{ parts: ['2'] }, { parts: ['1', '3'] }] });
    expect(lines('Operation = $.Wanted')).toEqual({ segments: [{ parts: ['2'] }, { parts: ['2'] }] });
  });

  test('an entry in which nothing was set is left out, and so is a place that an optional rule leaves empty', () => {
    const read = reading(`
  - { set: parts, each: Components, rules: [ { set: text, from: Text, optional: true } ] }
  - { set: "ids[0]", from: Nothing, optional: true }
  - { set: "ids[1]", from: Plant }
`);
    expect(read({ ...order, Components: [{}, { Text: 'x' }] })).toEqual({
      parts: [{ text: 'x' }],
      ids: ['1000'],
    });
  });

  test('issues name the place of the entry in the output', () => {
    const shared = reading(`
  - { set: parts, each: Components, rules: [ { set: id, from: Line } ] }
  - { set: parts, item: [ { set: id, from: Product } ] }
`);
    expect(shared(order)).toEqual(['parts[3].id <- Product: missing']);
    const items = reading('  - { set: id, from: Line }', 'each: Components');
    expect(items({ Components: [{ Line: '1' }, {}] })).toEqual(['id <- Components[1].Line: missing']);
  });

  test('each with from makes a list of values', () => {
    expect(reading('  - { set: ids, each: Components, from: Line }')(order)).toEqual({
      ids: ['1', '2', '3'],
    });
  });

  test('[*] puts the inner lists of all entries one after another', () => {
    const read = reading('  - { set: ids, each: "Sequences[*].Operations", from: No }');
    const sequences = [{ Operations: [{ No: '1' }] }, { Operations: [{ No: '2' }, { No: '3' }] }];
    expect(read({ Sequences: sequences })).toEqual({ ids: ['1', '2', '3'] });
  });

  test('within [*], ^ is the entry that holds the inner list, and issues name its place', () => {
    const read = reading(`
  - set: parts
    each: "Sequences[*].Operations"
    when: "No != 2"
    rules: [ { set: id, from: No }, { set: of, from: ^.Name }, { set: plant, from: ^.^.Plant } ]
`);
    const sequences = [
      { Name: 'A', Operations: [{ No: '1' }, { No: '2' }] },
      { Name: 'B' },
      { Operations: [{ No: '3' }] },
    ];
    expect(read({ Plant: '1000', Sequences: sequences.slice(0, 2) })).toEqual({
      parts: [{ id: '1', of: 'A', plant: '1000' }],
    });
    expect(read({ Plant: '1000', Sequences: sequences })).toEqual([
      'parts[1].of <- Sequences[2].Name: missing',
    ]);
  });

  test('[-1] reads and sets the last entry', () => {
    const read = reading(`
  - { set: ids, each: Operations, rules: [ { set: id, from: No } ] }
  - { set: "ids[-1].last", from: "Operations[-1].No" }
  - { set: "others[-1].id", from: Plant }
`);
    expect(read(order)).toEqual({ ids: [{ id: '10' }, { id: '20', last: '20' }], others: [{ id: '1000' }] });
  });

  test('each in the header makes one item for each entry', () => {
    const read = reading('  - { set: id, from: Line }', 'each: Components\nwhen: "Operation = 10"');
    expect(read(order)).toEqual([{ id: '1' }, { id: '3' }]);
  });
});

test('5,000 components grouped under 500 operations take linear time', () => {
  const read = reading(`
  - set: segments
    each: Operations
    rules:
      - { set: id, from: No }
      - { set: parts, each: $.Components, when: "Operation = ^.No", rules: [ { set: id, from: Line } ] }
`);
  const sizes = [500, 5_000].map((size) => {
    const Operations = Array.from({ length: size / 10 }, (_, n) => ({ No: `${n}` }));
    const Components = Array.from({ length: size }, (_, n) => ({
      Line: `${n}`,
      Operation: `${n % (size / 10)}`,
    }));
    let looks = 0;
    const watched = Components.map((one) => ({
      ...one,
      get Operation() {
        looks++;
        return one.Operation;
      },
    }));
    read({ Operations, Components: watched });
    return looks / size;
  });
  expect(sizes).toEqual([1, 1]);
});
