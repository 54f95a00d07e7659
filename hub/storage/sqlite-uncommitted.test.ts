import { Uncommitted } from './sqlite-uncommitted';

/** What a transaction may read as it is committed, beside those that have written in the same turn. */
describe('what is not committed yet', () => {
  const readA = `select o.version, v.* from object o left join object_version v on v.id = o.id where o.id = 'A'`;
  let uncommitted: Uncommitted;
  beforeEach(() => {
    uncommitted = new Uncommitted();
  });

  test('does not concern what reads other tables', () => {
    uncommitted.wrote(1, 'insert into "segment_report" ("id") values (?)');
    expect(uncommitted.touches(1, 'select * from consumption')).toBe(false);
    expect(uncommitted.touches(1, 'select * from segment_report')).toBe(true);
    expect(
      uncommitted.touches(1, 'select 1 from change where id in (select order_id from "segment_report")'),
    ).toBe(true);
  });

  test.each([
    'update object set version = 2',
    'insert or ignore into object (id) values (1)',
    'delete from object where id = 1',
    'with a as (select 1) update "object" set version = 2 returning id',
  ])('is known of %s', (text) => {
    uncommitted.wrote(1, text);
    expect(uncommitted.touches(1, readA, 'A')).toBe(true);
  });

  test('of one row leaves questions for another one as they are, but not those for all', () => {
    uncommitted.wrote(1, 'update object set version = $1 where id = $2', 'A');
    expect(uncommitted.touches(1, readA, 'A')).toBe(true);
    expect(uncommitted.touches(1, readA, 'B')).toBe(false);
    expect(uncommitted.touches(1, 'select * from object')).toBe(true);
  });

  test('is over with its turn', () => {
    uncommitted.wrote(1, 'delete from object');
    expect(uncommitted.touches(2, readA, 'A')).toBe(false);
  });

  test('may stand in the tables of lanes and records at any time', () => {
    expect(uncommitted.touches(1, 'select l.head from outbox o join lane l on l.id = o.lane_id')).toBe(true);
    expect(uncommitted.touches(1, 'select state from record')).toBe(true);
  });
});
