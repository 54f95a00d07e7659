import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '../model/message';
import { projectModel } from './project-model';

const message: Message = {
  verb: 'Process',
  noun: 'OperationsSchedule',
  applicationArea: { creationDateTime: '2026-01-01T00:00:00Z' },
  items: [],
};

test('a record that is not for the hub gives a message without items, and nothing is wrong with it', () => {
  expect(projectModel(tmpdir()).validate(message)).toEqual([]);
});

test('without files of its own a project has the model as it is', () => {
  const { typed, validate } = projectModel('/nowhere');
  const wrong = { ...message, items: [{ id: '1', colour: 'red' }] };
  expect(typed(wrong)).toBe(wrong);
  expect(validate(wrong)).toContainEqual(
    expect.objectContaining({ rule: 'unknown', path: 'items[0].colour' }),
  );
});

test("a mistake in a project's units is told with its file", () => {
  const dir = mkdtempSync(join(tmpdir(), 'project-'));
  mkdirSync(join(dir, 'model'));
  writeFileSync(join(dir, 'model', 'units.yaml'), 'count:\n  - { code: TRAY }\n');
  expect(() => projectModel(dir)).toThrow(/units\.yaml: TRAY needs a 'factor'/);
});
