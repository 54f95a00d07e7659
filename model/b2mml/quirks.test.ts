import type { Message } from '../message';
import { instanceOf } from '../testing/instances';
import { order } from '../testing/messages';
import { transactionOf } from '../validate';
import { readB2mml, writeB2mml } from './index';
import { release } from './tables';

const applicationArea = { creationDateTime: '2026-01-01T00:00:00Z' };

/** What is written for a message, after it was read back the same. */
function xmlOf(message: Message): string {
  const xml = writeB2mml(message, { validate: false });
  expect(readB2mml(xml).message).toEqual(message);
  return xml;
}

const message = (verb: Message['verb'], noun: string, item: Message['items'][number]): Message => ({
  verb,
  noun,
  releaseId: 'V0701',
  applicationArea,
  items: [item],
});

test('SyncOperationalLocationClass holds OperationalLocation', () => {
  const xml = xmlOf(message('Sync', 'OperationalLocationClass', { id: 'DOCK-1' }));
  expect(xml).toMatch(/<SyncOperationalLocationClass [\s\S]*<OperationalLocation>/);
});

test('SyncWorkMasterCapability is spelt SyncWorkMasaterCapability', () => {
  const instance = instanceOf(transactionOf('Sync', 'WorkMasterCapability')!, 'minimal');
  expect(xmlOf(instance)).toContain('<SyncWorkMasaterCapability ');
});

test('ConfirmBOD and CancelPersonnelInformation have no releaseID', () => {
  const { releaseId: _, ...cancel } = message('Cancel', 'PersonnelInformation', { id: '1' });
  expect(xmlOf(cancel)).toMatch(/<CancelPersonnelInformation xmlns="[^"]*">/);
  const confirm: Message = {
    verb: 'Confirm',
    noun: 'BOD',
    applicationArea,
    criteria: { originalApplicationArea: { creationDateTime: '2026-01-01T00:00:00Z', bodId: 'm-1' } },
    items: [{ description: ['taken'] }],
  };
  expect(xmlOf(confirm)).toMatch(/<ConfirmBOD xmlns="[^"]*">[\s\S]*<Confirm>[\s\S]*<BOD>/);
});

test.each([
  'OperationsEventInformation',
  'OperationsEventClass',
  'OperationsEventDefinition',
  'OperationsEvent',
])('Notify%s carries a Sync element', (noun) => {
  const xml = xmlOf(instanceOf(transactionOf('Notify', noun)!, 'minimal'));
  expect(xml).toMatch(new RegExp(`<Notify${noun} [\\s\\S]*<DataArea>\\s*<Sync/>`));
});

test('OperationsPerformance ends at Endtime', () => {
  const performance = {
    id: '1',
    endtime: '2026-01-01T00:00:00Z',
    operationsResponse: [{ id: '1', segmentResponse: [{ id: '1' }] }],
  };
  expect(xmlOf(message('Process', 'OperationsPerformance', performance))).toContain('<Endtime>');
});

test('stamps of time and sublots are spelt in two ways, each in its place', () => {
  const at = '2026-01-01T00:00:00Z';
  const known = release('V0701');
  const elements = (type: string) => known.shape(type).children.map(({ element }) => element);
  expect(elements('OperationsEvent')).toEqual(
    expect.arrayContaining(['EffectiveTimeStamp', 'RecordTimeStamp']),
  );
  expect(elements('WorkRecord')).toEqual(expect.arrayContaining(['EffectiveTimestamp', 'RecordTimestamp']));
  expect(elements('MasterDataProfile')).toContain('MaterialSublot');
  const lot = { id: 'L', materialSubLot: [{ id: 'S' }] };
  expect(xmlOf(message('Sync', 'MaterialLot', lot))).toContain('<MaterialSubLot>');
  const segment = { id: '1', materialSegmentSpecification: [{ id: 'M', materialSublotId: ['S'] }] };
  expect(xmlOf(message('Sync', 'ProcessSegment', segment))).toContain('<MaterialSublotID>S');
  const record = { id: '1', recordTimestamp: at, workRecordEntry: [{ id: '1', externalReferenceId: 'x' }] };
  expect(xmlOf(message('Sync', 'WorkRecord', { ...record, workRecordSpecificationId: '1' }))).toContain(
    `<RecordTimestamp>${at}`,
  );
});

test('a hierarchy scope names its equipment and exactly one of two levels', () => {
  const scoped = (hierarchyScope: object) => message('Sync', 'Equipment', { id: '1', hierarchyScope });
  const strictly = (hierarchyScope: object) => () =>
    readB2mml(writeB2mml(scoped(hierarchyScope), { validate: false }));
  expect(strictly({ equipmentId: 'SITE', equipmentLevel: 'Site' })).not.toThrow();
  expect(strictly({ equipmentLevel: 'Site' })).toThrow(/EquipmentID/);
  expect(strictly({ equipmentId: 'SITE' })).toThrow(/equipmentElementLevel \| equipmentLevel/);
  expect(strictly({ equipmentId: 'S', equipmentLevel: 'Site', equipmentElementLevel: 'Site' })).toThrow(
    /one of/,
  );
});

test('the type of a class property may be Other, but not say what', () => {
  const property = { id: 'p', propertyType: 'Other' };
  expect(xmlOf(message('Sync', 'EquipmentClass', { id: '1', equipmentClassProperty: [property] }))).toContain(
    '<PropertyType>Other',
  );
  const told = { ...property, _propertyType: { otherValue: 'Mine' } };
  expect(() =>
    writeB2mml(message('Sync', 'EquipmentClass', { id: '1', equipmentClassProperty: [told] })),
  ).toThrow(/otherValue/);
});

test('V0401 wants a data type and a unit of each value: where there is none, they are nil', () => {
  const plain = order() as Message;
  delete plain.items[0]!.operationsType;
  const [request] = plain.items[0]!.operationsRequest as {
    segmentRequirement: { segmentParameter: { value: object[] }[] }[];
  }[];
  request!.segmentRequirement[0]!.segmentParameter[0]!.value = [{ valueString: 'A' }];
  const xml = writeB2mml(plain, { version: 'V0401' });
  expect(xml).toMatch(/<DataType xsi:nil="true"\/>\s*<UnitOfMeasure xsi:nil="true"\/>/);
  expect(readB2mml(xml).defects).toEqual([]);
});

test('elements and types of one name are told apart', () => {
  const types = new Map(release('V0701').tables.objects.map(({ element, type }) => [element, type]));
  expect(types.get('EquipmentRequirement')).toBe('BatchEquipmentRequirement');
  expect(types.get('Value')).toBe('BatchValue');
});

test('EquipmentLevel of a physical asset is a hierarchy scope', () => {
  const equipmentLevel = { equipmentId: 'LINE-1', equipmentElementLevel: 'Unit' };
  expect(xmlOf(message('Sync', 'PhysicalAsset', { id: '1', equipmentLevel }))).toMatch(
    /<EquipmentLevel>\s*<EquipmentID>LINE-1/,
  );
});

test('truth values are true and false only', () => {
  const xml = xmlOf(
    message('Sync', 'TestSpecification', {
      id: '1',
      physicalSampleRequired: true,
      evaluatedProperty: [{ id: '1' }],
    }),
  );
  const other = xml.replace('>true<', '>1<');
  expect(() => readB2mml(other)).toThrow(/neither true nor false/);
  expect(readB2mml(other, { tolerant: true }).message.items[0]!.physicalSampleRequired).toBe(true);
});

test('attributes keep the names of their families', () => {
  const request = {
    id: '1',
    _id: { schemeAgencyId: 'a', schemeURI: 'u' },
    priority: '1',
    requestState: 'Other',
    _requestState: { listSchemeURI: 's', otherValue: 'Parked' },
    segmentRequirement: [
      {
        id: '1',
        processSegmentId: '1',
        operationsDefinitionId: '1',
        operationsSegmentId: '1',
        segmentParameter: [{ id: '1', value: [{ valueString: '1', _valueString: { listSchemaURI: 'l' } }] }],
      },
    ],
  };
  const xml = xmlOf(message('Process', 'OperationsSchedule', { id: '1', operationsRequest: [request] }));
  expect(xml).toContain('<ID schemeAgencyID="a" schemeURI="u">');
  expect(xml).toContain('<RequestState listSchemeURI="s" OtherValue="Parked">Other<');
  expect(xml).toContain('<ValueString listSchemaURI="l">');
});

test('the segments of a dependency may alternate, and keep their order', () => {
  const segmentDependency = [
    {
      id: '1',
      dependency: 'Other',
      processSegmentId: ['a', 'c'],
      segmentId: ['b'],
      _order: ['processSegmentId', 'segmentId', 'processSegmentId'],
    },
  ];
  const xml = xmlOf(message('Sync', 'ProcessSegment', { id: '1', segmentDependency }));
  expect(xml.match(/<(ProcessSegmentID|SegmentID)>./g)).toEqual([
    '<ProcessSegmentID>a',
    '<SegmentID>b',
    '<ProcessSegmentID>c',
  ]);
});

test('a recipe header has descriptions of its own and of its products', () => {
  const header = {
    description: ['of the recipe'],
    productId: ['P1', 'P2'],
    productInformationDescription: ['of P1', 'of P2'],
    _order: ['productId', 'productInformationDescription', 'productId', 'productInformationDescription'],
  };
  const gRecipe = message('Sync', 'GRecipeInformation', { id: '1', recipe: [{ id: '1', header }] });
  const xml = xmlOf(gRecipe);
  expect(
    xml
      .slice(xml.indexOf('<Header>'))
      .match(/<(Description|ProductID)>[^<]*/g)
      ?.slice(0, 5),
  ).toEqual([
    '<Description>of the recipe',
    '<ProductID>P1',
    '<Description>of P1',
    '<ProductID>P2',
    '<Description>of P2',
  ]);
});

test('a work master has a place for extensions of its base in the middle, and its own at the end', () => {
  const element = (name: string) => [
    { ns: 'urn:plant', name, xml: `<p:${name} xmlns:p="urn:plant">1</p:${name}>` },
  ];
  const master = {
    id: '1',
    workDefinitionExtension: element('Base'),
    workMasterPatternId: 'x',
    extension: element('Own'),
  };
  const xml = xmlOf(message('Sync', 'WorkMaster', master));
  expect(xml.match(/Base|WorkMasterPatternID|Own/g)?.filter((_, index) => index % 2 === 0)).toEqual([
    'Base',
    'WorkMasterPatternID',
    'Own',
  ]);
});

test('information objects hold elements without a namespace, as their schema file says', () => {
  const informationObject = { equipment: { id: 'PRESS-01' } };
  const record = {
    id: '1',
    workRecordEntry: [{ id: '1', informationObject }],
    workRecordSpecificationId: '1',
  };
  const xml = xmlOf(message('Sync', 'WorkRecord', record));
  expect(xml).toMatch(/<Equipment xmlns="">\s*<ID xmlns="http:\/\/www.mesa.org\/xml\/B2MML">PRESS-01/);
  const qualified = xml.replace(' xmlns=""', '').replace(/<ID xmlns="[^"]*">PRESS/, '<ID>PRESS');
  expect(readB2mml(qualified, { tolerant: true })).toMatchObject({ defects: [{ rule: 'namespace' }] });
});

test('a value that is nil is null', () => {
  const message = order() as Message;
  const [request] = message.items[0]!.operationsRequest as {
    segmentRequirement: { segmentParameter: { value: object[] }[] }[];
  }[];
  request!.segmentRequirement[0]!.segmentParameter[0]!.value = [{ valueString: null, dataType: null }];
  expect(xmlOf(message)).toContain('<ValueString xsi:nil="true"/>');
});

test('extensions, user areas and signatures are carried as they came', () => {
  const xml = `<b:SyncJobList xmlns:b="http://www.mesa.org/xml/B2MML" releaseID="">
    <b:ApplicationArea>
      <b:CreationDateTime>2026-01-01T00:00:00Z</b:CreationDateTime>
      <b:Signature qualifyingAgencyID="x"><s:Sig xmlns:s="urn:sig"/></b:Signature>
      <b:UserArea><plain xmlns="">text &amp; <!-- note --><b:More a="1"/></plain></b:UserArea>
    </b:ApplicationArea>
    <b:DataArea><b:Sync/><b:JobList><b:ID>1</b:ID><p:Extra xmlns:p="urn:plant" p:unit="kN"><p:Deep/></p:Extra></b:JobList></b:DataArea>
  </b:SyncJobList>`;
  const { message } = readB2mml(xml);
  expect(message.applicationArea.signature).toEqual({
    qualifyingAgencyId: 'x',
    extension: [{ ns: 'urn:sig', name: 'Sig', xml: '<s:Sig xmlns:s="urn:sig"/>' }],
  });
  expect(message.applicationArea.userArea).toEqual({
    extension: [
      {
        ns: '',
        name: 'plain',
        xml: '<plain xmlns="">text &amp; <b:More xmlns:b="http://www.mesa.org/xml/B2MML" a="1"/></plain>',
      },
    ],
  });
  expect(message.items[0]!.extension).toEqual([
    { ns: 'urn:plant', name: 'Extra', xml: '<p:Extra xmlns:p="urn:plant" p:unit="kN"><p:Deep/></p:Extra>' },
  ]);
  expect(readB2mml(writeB2mml(message)).message).toEqual(message);
});
