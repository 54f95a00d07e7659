import type { HubError } from '../../model/errors';
import { parseSettings } from '../settings';
import { httpJson } from '.';
import type { HttpJsonConfig } from './settings';

const configured = (records: object, more: object = {}): HttpJsonConfig =>
  parseSettings(httpJson, { records, ...more }, 'hub.yaml');

function read(records: object, document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return httpJson.read!({ contentType: 'application/json', text }, configured(records));
}

function failure(records: object, document: unknown): HubError {
  try {
    read(records, document);
  } catch (error) {
    return error as HubError;
  }
  throw new Error('it was read');
}

const orders = { Order: { key: 'number' } };
const told = {
  Order: { key: 'number', when: { path: 'kind', equals: ['order', 'rush-order'] } },
  Part: { key: ['plant', 'item.code'], when: { path: 'kind', equals: 'part' } },
};

describe('a document', () => {
  test('is a record under its key', () => {
    const body = { number: '000042', state: 'REL' };
    expect(read(orders, body)).toEqual([{ type: 'Order', key: '000042', body, text: JSON.stringify(body) }]);
  });

  test.each([
    ['of the type that when tells', { kind: 'rush-order', number: 7 }, 'Order', '7'],
    ['under a key of several parts', { kind: 'part', plant: '1000', item: { code: 'A' } }, 'Part', '1000-A'],
  ])('is a record %s', (_, body, type, key) => {
    expect(read(told, body)).toMatchObject([{ type, key, body }]);
  });

  test('is of the type without when where it is of no other', () => {
    const types = { Part: told.Part, Order: { key: 'number' } };
    expect(read(types, { number: '1' })).toMatchObject([{ type: 'Order' }]);
  });

  test("has the sender's id of the event, together with what it speaks of", () => {
    const types = { Order: { key: 'number', id: 'meta.event' } };
    expect(read(types, { number: '1', meta: { event: 77 } })).toMatchObject([{ id: 'Order/1@77' }]);
  });

  test.each(['$.orders', 'orders'])('may hold several records in a list, at %s', (list) => {
    const types = { Order: { key: ['$.plant', 'number'], list } };
    const entries = [{ number: '1' }, { number: '2' }];
    expect(read(types, { plant: '1000', orders: entries })).toEqual([
      { type: 'Order', key: '1000-1', body: entries[0] },
      { type: 'Order', key: '1000-2', body: entries[1] },
    ]);
    expect(read(types, { orders: [] })).toEqual([]);
  });

  test('may be a list itself, of several types', () => {
    const types = {
      Order: { ...told.Order, list: '.' },
      Part: { ...told.Part, list: '.' },
    };
    const entries = [
      { kind: 'part', plant: '1', item: { code: 'A' } },
      { kind: 'order', number: '1' },
    ];
    expect(read(types, entries).map(({ type }) => type)).toEqual(['Part', 'Order']);
  });

  test('whose one event speaks twice of a record gives two', () => {
    const types = { Order: { key: 'number', id: '$.event', list: 'orders' } };
    const two = {
      event: 'e1',
      orders: [
        { number: '1', state: 'NEW' },
        { number: '1', state: 'REL' },
      ],
    };
    expect(read(types, two).map(({ id }) => id)).toEqual(['Order/1@e1', 'Order/1@e1#1']);
  });
});

describe('is refused', () => {
  test('a document that is no JSON, with the place', () => {
    expect(failure(orders, '{"number":\n 4,}')).toMatchObject({
      code: 'HUB_BAD_JSON',
      at: 'line 2, column 4',
    });
  });

  test.each([
    ['with what when looked at', told, { kind: 'invoice' }, 'no Order and no Part: kind is "invoice"'],
    ['when that is missing', told, {}, 'no Order and no Part: kind is missing'],
    ['when it is no object', told, 'null', 'kind is missing'],
    [
      'without its list',
      { Order: { key: 'n', list: 'orders' } },
      { order: [] },
      'there is no list at orders',
    ],
    [
      'in a list, with its place',
      { Order: { ...told.Order, list: 'all' } },
      { all: [{ kind: 'order', number: 1 }, { kind: 'x' }] },
      'no Order: all[1].kind is "x"',
    ],
  ])('what is of no type %s', (_, types, document, reason) => {
    const { code, message, kind } = failure(types, document);
    expect([code, kind, message]).toEqual([
      'HUB_UNKNOWN_RECORD',
      'permanent',
      expect.stringContaining(reason),
    ]);
  });

  test.each([
    ['is missing', {}, 'number', 'Order: number is missing'],
    ['is null', { number: null }, 'number', 'must be a text'],
    ['is empty', { number: ' ' }, 'number', 'must be a text'],
    ['is no name', { number: { a: 1 } }, 'number', 'must be a text'],
    ['has more digits than a number holds', '{"number":12345678901234567890}', 'number', 'must be a text'],
    ['is inherited', { number: [].length }, undefined, ''],
  ])('a record whose key %s', (_, document, at, reason) => {
    if (at === undefined) {
      expect(failure({ Order: { key: 'constructor' } }, document).code).toBe('HUB_INVALID');
      return;
    }
    expect(failure(orders, document)).toMatchObject({
      code: 'HUB_INVALID',
      at,
      message: expect.stringContaining(reason),
    });
  });

  test('a document with all that is missing, each with its place', () => {
    const types = { Order: { key: ['plant', 'number'], id: '$.event', list: 'orders' } };
    const { issues } = failure(types, { orders: [{ number: '1' }, { plant: '1' }] });
    expect(issues.map(({ path }) => path)).toEqual(['orders[0].plant', 'event', 'orders[1].number', 'event']);
  });

  test('whatever is pushed where all records are fetched', () => {
    const config = configured(orders, { url: 'http://shop', poll: { Order: { path: '/orders' } } });
    const push = () => httpJson.read!({ contentType: '', text: '{"number":"1"}' }, config);
    expect(push).toThrow('this system pushes no records');
  });
});
