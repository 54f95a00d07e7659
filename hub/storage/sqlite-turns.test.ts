import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from './sqlite';
import type { Answer, Call, Committed, EntryColumns, Message, Step } from './sqlite-calls';
import { type Database, openFile } from './sqlite-file';
import { Turns } from './sqlite-turns';

/** What the thread of the database does with what comes, without the thread. */
describe('turns', () => {
  let dataDir: string;
  let db: Database;
  let messages: Message[];
  let answers: Answer[];
  let committed: Committed[];
  let turns: Turns;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'esperanto-turns-'));
    await (await openSqlite(dataDir, 1000)).close();
    db = openFile(join(dataDir, 'esperanto.db'));
    [messages, answers, committed] = [[], [], []];
    turns = new Turns(db, 30_000, {
      next: () => messages.shift(),
      answer: (answer) => answers.push(answer),
      committed: (one) => committed.push(one),
      wanted: () => false,
      committing: () => {},
    });
  });
  afterEach(() => {
    db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** All of them are there at once. */
  const serve = (...some: Message[]): Committed[] => {
    committed = [];
    messages = [...some, ['close']];
    turns.serve();
    return committed;
  };
  const call = (...one: Call): unknown => {
    const [{ calls } = { calls: [] }] = serve(['calls', false, [one]]);
    return calls[0]!.answers[0];
  };
  const entry = (key: string, id = key): EntryColumns => ['mes', key, id, null, '1', 0, '2026-01-01'];
  const put = (...entries: EntryColumns[]): Step => ['append', entries];
  const statement = (text: string, ...values: unknown[]): Step => ['statement', text, values];
  const transaction = (...steps: Step[]): Message[] => [
    ['transactions', false],
    ['steps', steps],
    ['over', true],
  ];
  const fill = (...keys: string[]) => serve(...transaction(put(...keys.map((key) => entry(key)))));
  const outbox = () => db.prepare('select id from outbox order by id').all();
  const object = (id: string) => statement(`insert into object (noun, id, version) values ('N', $1, 1)`, id);
  const objects = () =>
    (db.prepare('select id from object order by id').all() as Array<{ id: string }>).map(({ id }) => id);

  test('what is there at once is answered by one commit, call by call', () => {
    const [both, ...more] = serve(
      ['calls', false, [['due', 10, 0, null]]],
      [
        'calls',
        true,
        [
          ['hurry', 'mes'],
          ['claim', 1, 10],
        ],
      ],
    );
    expect(more).toEqual([]);
    expect(both!.calls.map(({ answers }) => answers)).toEqual([[[]], [undefined, undefined]]);
  });

  test('a call that fails takes back its own writes only; the others are carried out again', () => {
    fill('a');
    const [, owner] = owned(1);
    db.exec(`create trigger refuse before insert on receipt begin select raise(abort, 'refused'); end`);
    const broken: Call = [
      'settle',
      {
        held: [1, owner],
        head: 1,
        limit: 1,
        release: false,
        receipts: [['a', 'delivered', 1, null, null, null, null, '2026-01-01']],
      },
    ];
    const [one] = serve(['calls', true, [['hurry', 'mes'], broken, ['due', 10, 0, 'other']]]);
    expect(one!.calls[0]!.answers).toEqual([undefined, undefined, []]);
    expect([...one!.calls[0]!.failures!.keys()]).toEqual([1]);
    // Neither the head nor the lease has moved.
    expect(
      call('settle', { held: [1, owner], head: 0, limit: 5, release: false, receipts: [] }),
    ).toHaveLength(1);
  });

  test('transactions whose turn has not come when a call fails have it next, and run once', () => {
    db.exec(`create trigger refuse before update on lane begin select raise(abort, 'refused'); end`);
    fill('a');
    const [first, second, ...more] = serve(
      ['calls', true, [['hurry', 'mes']]],
      ['calls', true, [['settle', { held: owned(1), head: 1, limit: 1, release: false, receipts: [] }]]],
      ['transactions', false],
      ['ask', [object('a'), statement('select count(*) from object')]],
      ['over', true],
    );
    expect(first).toEqual({
      durable: true,
      calls: [
        { answers: [undefined], failures: new Map() },
        { answers: [undefined], failures: new Map([[0, expect.objectContaining({ message: 'refused' })]]) },
      ],
    });
    expect(second).toMatchObject({ calls: [], told: [] });
    expect(answers).toMatchObject([{ rows: { rows: [[1]] } }]);
    expect(more).toEqual([]);
  });

  const owned = (lane: number): [number, string] => {
    const claim = call('claim', lane, 10) as [string, string, number, string, unknown];
    return [lane, claim[3]];
  };

  test('transactions share the commit of the calls beside them, and are told in their order', () => {
    fill('a');
    const held = owned(1);
    const [one] = serve(
      ['calls', true, [['hurry', 'mes']]],
      ['transactions', false],
      ['steps', [put(entry('b'))]],
      ['steps', [['advance', held, 1], put(entry('c'), entry('a', 'a2'))]],
      ['over', true],
    );
    expect(one!.told).toEqual([
      [[2, 'mes', false]],
      0,
      [
        [3, 'mes', false],
        [1, 'mes', false],
      ],
    ]);
    expect(outbox()).toHaveLength(4);
  });

  test('a question is answered with what was written before it', () => {
    serve(
      ['transactions', false],
      ['ask', [object('a'), statement('select id from object where noun = $1 limit $2', 'N', 5)]],
      ['over', true],
    );
    expect(answers).toEqual([{ rows: { columns: ['id'], rows: [['a']], changes: 0, lastInsertRowid: 0 } }]);
  });

  test.each<[string, Message[]]>([
    [
      'its caller gives it up',
      [
        ['steps', [object('a')]],
        ['over', false],
      ],
    ],
    [
      'a statement fails that nobody waits for',
      [
        ['steps', [object('a'), object('a')]],
        ['over', true],
      ],
    ],
    [
      'its lease is lost',
      [
        ['steps', [object('a'), ['advance', [7, 'nobody'], 1]]],
        ['over', true],
      ],
    ],
  ])('all of them run again where %s; the calls beside them are kept', (_name, steps) => {
    const [one] = serve(['calls', true, [['accept', []]]], ['transactions', false], ...steps);
    expect(one).toMatchObject({ again: true, calls: [{ answers: [[]] }] });
    expect(objects()).toEqual([]);
  });

  test('who asks after that is told at once', () => {
    serve(
      ['transactions', false],
      ['steps', [object('a'), object('a')]],
      ['ask', [statement('select 1')]],
      ['over', false],
    );
    expect(answers).toEqual([{ lost: true }]);
  });

  test('apart, a transaction takes back its own writes only, and what it has done with leases', () => {
    fill('a', 'b');
    const [a, b] = [owned(1), owned(2)];
    const [one] = serve(
      ['transactions', true],
      ['begin'],
      ['ask', [object('a'), ['advance', a, 1]]],
      ['end', true],
      ['begin'],
      ['ask', [object('b'), ['advance', b, 1]]],
      ['ask', [object('b')]],
      ['end', false],
      ['over', true],
    );
    expect(one!.told).toEqual([0]);
    expect(answers).toEqual([{}, {}, { failure: expect.objectContaining({ code: expect.any(String) }) }]);
    expect(objects()).toEqual(['a']);
    expect(call('settle', { held: a, head: 1, limit: 1, release: false, receipts: [] })).toBeUndefined();
    expect(call('settle', { held: b, head: 1, limit: 1, release: false, receipts: [] })).toEqual([]);
  });

  test('where the database has given up the whole transaction, those apart are told as well', () => {
    const [one] = serve(
      ['transactions', true],
      ['begin'],
      ['ask', [statement('rollback'), statement('no statement')]],
      ['ask', [object('a')]],
      ['end', false],
      ['begin'],
      ['ask', [object('b')]],
      ['end', true],
      ['over', true],
    );
    const failure = { message: expect.stringContaining('syntax error') };
    expect(answers).toMatchObject([{ failure }, { failure }, { failure }]);
    expect(one).toMatchObject({ again: true, cause: failure });
    expect(objects()).toEqual([]);
  });

  test('calls that come between the steps of a transaction have their turn after it', () => {
    const [first, second] = serve(
      ['transactions', false],
      ['calls', true, [['due', 10, 0, null]]],
      ['steps', [put(entry('a'))]],
      ['over', true],
    );
    expect(first).toMatchObject({ calls: [], told: [[[1, 'mes', false]]] });
    expect(second!.calls[0]!.answers).toEqual([[[1, 'mes', false]]]);
  });

  test('where nothing can be kept, everybody is told why', () => {
    db.exec('PRAGMA query_only = 1');
    const [one] = serve(['calls', true, [['hurry', 'mes']]], ...transaction(put(entry('a'))));
    expect(one).toMatchObject({ again: true, cause: { message: expect.stringContaining('readonly') } });
    expect(one!.calls[0]!.failures!.get(0)).toMatchObject({ message: expect.stringContaining('readonly') });
  });

  test('when the clock steps back, neither a pause nor a lease of before holds up a lane', () => {
    fill('paused', 'leased');
    const held = owned(1);
    const retry = { delayMs: 30_000, error: '{}' };
    call('settle', { held, head: 0, limit: 1, receipts: [], release: true, retry });
    owned(2);
    expect(call('due', 2, 0, null)).toEqual([]);
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now - 2 * 3_600_000);
    expect(call('due', 2, 0, null)).toHaveLength(2);
    expect(call('claim', 1, 1)).toBeDefined();
    expect(call('claim', 2, 1)).toBeDefined();
    clock.mockRestore();
  });
});
