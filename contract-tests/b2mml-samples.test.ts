import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { b2mmlSoap } from '../adapters/mes/b2mml-soap';
import { loadMappings } from '../mappings/engine';
import { packageRoot } from '../model/paths';
import { validateMessage } from '../model/validate';

/** Documents from other people's plants; not part of this repository. */
const folder = join(packageRoot, '..', 'shared', 'b2mml', 'samples');
const mapping = loadMappings([join(packageRoot, 'mappings', 'b2mml')]).get('b2mml/transaction');

describe.each([
  // a weighing MES of 2012: byte order mark, no release, empty units, seven fractional digits
  ['courbon-v0401-MAT.xml', 'Sync', 'MaterialDefinition', 'CRBN0001'],
  ['courbon-v0401-LOT.xml', 'Sync', 'MaterialInformation', 'CRBN0001'],
  ['courbon-v0401-PES.xml', 'Sync', 'OperationsPerformance', '53107'],
])('%s', (file, verb, noun, key) => {
  const path = join(folder, file);
  const isThere = existsSync(path);
  const when = isThere ? test : test.skip;

  when(
    `becomes a valid ${verb} of ${noun} under ${key}${isThere ? '' : ' (skipped: ../shared is not there)'}`,
    () => {
      const [record, ...others] = b2mmlSoap.read!({
        contentType: 'application/xml',
        text: readFileSync(path, 'utf8'),
      });
      expect(others).toEqual([]);
      expect(record).toMatchObject({ type: 'B2MML', key });
      const outcome = mapping.read(record!.body, {});
      expect(outcome).toMatchObject({ message: { verb, noun } });
      if ('message' in outcome) expect(validateMessage(outcome.message)).toEqual([]);
    },
  );
});
