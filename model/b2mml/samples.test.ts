import { HubError } from '../errors';
import { describeWithReference, sample, xsdErrors } from '../testing/shared';
import { validateMessage } from '../validate';
import { checkRoundTrip } from './convert';
import { readB2mml, writeB2mml } from './index';

describeWithReference('documents from plants', () => {
  test.each([
    // file                              noun                    version  defects
    ['courbon-v0401-MAT.xml', 'MaterialDefinition', 'V0401', []],
    ['courbon-v0401-LOT.xml', 'MaterialInformation', 'V0401', []],
    ['courbon-v0401-PES.xml', 'OperationsPerformance', 'V0401', ['required releaseId']],
    ['cocop-v0600-PPS.xml', 'OperationsSchedule', 'V0600', []],
    ['rwth-v07-Wabe10_Grundrezept.xml', 'BatchInformation', 'V0701', []],
  ])('%s becomes a valid %s', (file, noun, version, defects) => {
    const read = readB2mml(sample(file), { tolerant: true });
    expect(read).toMatchObject({ version, message: { noun } });
    expect(read.defects.map(({ rule, path }) => `${rule} ${path}`)).toEqual(defects);
    expect(validateMessage(read.message)).toEqual([]);
    expect(xsdErrors('V0701/AllSchemas.xsd', [writeB2mml(read.message)])).toEqual([null]);
  });

  test('a performance without releaseID is refused where the reader is strict', () => {
    expect(() => readB2mml(sample('courbon-v0401-PES.xml'))).toThrow(/releaseID is missing/);
  });

  test('a schedule with a date that is none is refused, or refused by validation, with its path', () => {
    const path = 'earliestStartTime';
    const file = sample('cocop-v0600-Neg_PPS_InvalidDate.xml');
    expect(() => readB2mml(file)).toThrow(HubError);
    const { message } = readB2mml(file, { tolerant: true });
    expect(validateMessage(message)).toMatchObject([
      { rule: 'format', path: `items[0].operationsRequest[0].segmentRequirement[0].${path}` },
    ]);
  });

  test.each([
    'courbon-v0401-MAT.xml',
    'courbon-v0401-LOT.xml',
    'courbon-v0401-PES.xml',
    'cocop-v0600-PPS.xml',
    'cocop-v0600-Neg_PPS_InvalidDate.xml',
    'rwth-v07-Wabe10_Grundrezept.xml',
  ])('%s goes through JSON and back unchanged', (file) => {
    expect(checkRoundTrip(sample(file).toString()).equal).toBe(true);
  });
});
