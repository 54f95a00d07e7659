import { join } from 'node:path';
import { packageRoot } from '../../model/paths';
import { loadMappings } from '.';
import { caseContext, readCases } from './cases';
import type { ReadOutcome, WriteOutcome } from './compiled';
import { generate, hintsOf, seeded } from './generate';

const set = loadMappings([
  join(packageRoot, 'mappings'),
  join(packageRoot, 'contract-tests/bench/plant/mappings'),
]);

/** With a trace every rule goes the careful way. */
const withoutTrace = (outcome: ReadOutcome | WriteOutcome) => {
  const { trace: _, ...rest } = outcome as { trace?: unknown };
  return rest;
};

describe('the usual way of a rule gives what the careful way gives', () => {
  test.each(set.all.map((mapping) => [mapping.name, mapping] as const))('%s, for its cases', (_, mapping) => {
    for (const { at } of readCases(mapping)) {
      const run = at.direction === 'out' || mapping.direction === 'out' ? mapping.write : mapping.read;
      const context = { ...caseContext, zone: 'Europe/Berlin', ...at.context };
      const input = at.input as never;
      expect(withoutTrace(run(input, context))).toEqual(withoutTrace(run(input, context, { trace: true })));
    }
  });

  const reading = set.all.filter(
    ({ direction, source }) => direction !== 'out' && set.schemas.has(source.native ?? ''),
  );
  test.each(reading.map((mapping) => [mapping.name, mapping] as const))(
    '%s, for generated records',
    (_, mapping) => {
      const random = seeded(7);
      const hints = hintsOf(mapping.source.rules, set.codes);
      for (let n = 0; n < 40; n++) {
        const record = generate(set.schemas.get(mapping.source.native!)!, hints, random);
        const context = { ...caseContext, zone: 'Europe/Berlin' };
        const usual = withoutTrace(mapping.read(record, context));
        expect(usual).toEqual(withoutTrace(mapping.read(record, context, { trace: true })));
      }
    },
  );
});
