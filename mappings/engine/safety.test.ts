import { reading } from './test-mapping';

describe('safety', () => {
  const hostile = JSON.parse(
    '{"__proto__": {"polluted": "yes"}, "constructor": "c", "a": {"__proto__": {"x": 1}}}',
  );

  test('names that every object inherits are read only where the record holds them', () => {
    const read = reading(`
  - { set: a, from: constructor.name, optional: true }
  - { set: b, from: toString, optional: true }
  - { set: c, from: list.length, optional: true }
  - { set: d, from: constructor }
`);
    expect(read({ list: [1], constructor: 'own' })).toEqual({ d: 'own' });
    expect(read({ list: [1] })).toEqual(['d <- constructor: missing']);
  });

  test('no path can write to what all objects share', () => {
    expect(() => reading('  - { set: __proto__.polluted, value: x }')).toThrow('is not allowed');
    expect(() => reading('  - { set: a.constructor.b, value: x }')).toThrow('is not allowed');
    const read = reading('  - { set: copy, from: a }\n  - { set: whole, from: "$" }');
    const item = read(hostile) as { copy: object };
    expect(Object.keys(item)).toEqual(['copy', 'whole']);
    expect(Object.getPrototypeOf(item.copy)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('neither the record nor a constant is reachable from the output', () => {
    const read = reading(
      '  - { set: a, from: part }\n  - { set: a.b, value: changed }\n  - { set: c, value: { d: [1] } }',
    );
    const body = Object.freeze({ part: Object.freeze({ b: 'original' }) });
    const [first, second] = [read(body), read(body)] as { c: { d: number[] } }[];
    expect(first).toEqual({ a: { b: 'changed' }, c: { d: [1] } });
    expect(first?.c.d).not.toBe(second?.c.d);
    expect(body.part.b).toBe('original');
  });

  test('a record that is nested too deep is an issue, not the end of the process', () => {
    const nested = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const read = reading('  - { set: a, from: deep }\n  - { set: b, expr: deep }\n  - { set: c, from: "$" }');
    expect(read({ deep: nested })).toEqual([
      'a <- deep: is nested deeper than 200 levels',
      expect.stringContaining('b <- expr: '),
      expect.stringContaining('is nested deeper than 200 levels'),
    ]);
  });
});
