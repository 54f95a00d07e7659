import { type ErrorCode, HubError } from '../../model/errors';
import { Circuits } from './circuit';

let now: number;
let circuits: Circuits;
beforeEach(() => {
  now = 0;
  circuits = new Circuits({ threshold: 3, firstMs: 100, longestMs: 300 }, () => now);
});

const fail = (times: number, code: ErrorCode = 'HUB_UNREACHABLE') => {
  for (let i = 0; i < times; i++) circuits.failed('mes', new HubError(code, 'no'));
};

test('opens after failures in a row, and lets one lane try when its time has come', () => {
  fail(2);
  expect(circuits.admit('mes')).toBe(true);
  fail(1);
  expect([circuits.admit('mes'), circuits.allowed('mes')]).toEqual([false, 0]);
  now = 100;
  expect(circuits.allowed('mes')).toBe(1);
  expect([circuits.admit('mes'), circuits.admit('mes')]).toEqual([true, false]);
  expect(circuits.admit('erp')).toBe(true);
});

test('waits longer after each probe that fails, up to a limit, and closes with the first success', () => {
  fail(3);
  for (const [from, until] of [
    [100, 300],
    [300, 600],
    [600, 900],
  ] as const) {
    now = from;
    expect(circuits.admit('mes')).toBe(true);
    fail(1);
    now = until - 1;
    expect(circuits.admit('mes')).toBe(false);
  }
  now = 900;
  circuits.admit('mes');
  expect(circuits.succeeded('mes')).toBe(true);
  expect([circuits.admit('mes'), circuits.admit('mes')]).toEqual([true, true]);
});

test('a probe that found nothing to do makes room for another', () => {
  fail(3);
  now = 100;
  circuits.admit('mes');
  circuits.withdraw('mes');
  expect(circuits.admit('mes')).toBe(true);
});

test('a receiver that answers is there, whatever it answers', () => {
  fail(10, 'HUB_REJECTED');
  fail(10, 'HUB_FAILED');
  expect(circuits.admit('mes')).toBe(true);
});

test('failures of what was under way when it opened do not make the pause longer', () => {
  fail(10);
  now = 100;
  expect(circuits.admit('mes')).toBe(true);
});
