import { until } from '../hub/client';
import type { Accepted, StoredRecord, Trace } from '../hub/storage/store';
import { type RunningHub, runningHub } from './running-hub';

/** REST, GraphQL and SOAP stand on the same intake and the same store: what comes in by one is seen by all. */
describe('the APIs', () => {
  let hub: RunningHub;
  beforeAll(async () => {
    hub = await runningHub();
  });
  afterAll(() => hub.stop());

  const revision = (revisionOf: string, force: string) => ({
    changeNotice: { id: `ECN-${revisionOf}`, reason: 'test', effectiveFrom: '2026-01-01T00:00:00Z' },
    product: { number: 'PV-9', revision: revisionOf, description: 'Valve', plant: '1000' },
    bom: [
      { lineId: '0010', item: 'BODY-50', description: 'Body', quantity: '1', unit: 'PCE', operation: '0010' },
    ],
    processPlan: {
      operations: [
        {
          number: '0010',
          description: 'Press',
          workCenter: 'PRESS-01',
          durationSeconds: 60,
          parameters: [{ id: 'PressForce', value: force, unit: 'kN', type: 'decimal' }],
        },
      ],
    },
  });
  const object = '/objects/OperationsDefinition/PV-9';

  async function publish(name: string, force: string): Promise<string> {
    const { accepted } = await hub.post<{ accepted: [{ record: string }] }>(
      '/intake/plm',
      revision(name, force),
    );
    await until(
      `revision ${name}`,
      () => hub.get<{ body: { version: string } }>(object),
      ({ body }) => body.version === name,
    );
    return accepted[0].record;
  }

  test('a record can be followed from its arrival to the objects it changed, with the mapping that read it', async () => {
    const id = await publish('A', '12.5');
    const trace = await hub.get<Trace>(`/records/${id}`);
    expect(trace.record).toMatchObject({
      system: 'plm',
      type: 'ProductRevision',
      key: 'PV-9',
      state: 'applied',
    });
    expect(trace.messages).toMatchObject([
      {
        verb: 'Sync',
        noun: 'OperationsDefinition',
        mapping: expect.stringMatching(/^plm\/product-revision@\S+#\w{8}$/),
      },
    ]);
    expect(trace.objects).toMatchObject([{ noun: 'OperationsDefinition', id: 'PV-9', version: 1 }]);
    const { messages } = await hub.get<{ messages: unknown[] }>(`/messages?recordId=${id}`);
    expect(messages).toMatchObject([{ recordId: id, noun: 'OperationsDefinition' }]);
    expect(await hub.get('/messages?recordId=none')).toEqual({ messages: [] });
  });

  test('an object keeps its versions: read as of a version, as of an instant, and compared', async () => {
    const before = new Date().toISOString();
    await publish('B', '14.0');
    expect(await hub.get(`${object}?version=1`)).toMatchObject({ version: 1, body: { version: 'A' } });
    expect(await hub.get(`${object}?at=${before}`)).toMatchObject({ version: 1 });
    const { versions } = await hub.get<{ versions: unknown[] }>(`${object}/versions`);
    expect(versions).toHaveLength(2);
    const { object: seen } = await hub.graphql<{
      object: { version: number; diff: { path: string; old: unknown; new: unknown }[] };
    }>(
      '{ object(noun: "OperationsDefinition", id: "PV-9") { version diff(from: 1) { path kind old new } } }',
    );
    expect(seen.version).toBe(2);
    const force = seen.diff.find(({ path }) => path.includes('valueString'));
    expect(force).toMatchObject({ path: expect.stringContaining('PressForce'), old: '12.5', new: '14.0' });
  });

  test('the document of the API refers to the model, and to nothing that is not in it', async () => {
    const document = await hub.get<{ components: { schemas: object }; paths: Record<string, object> }>(
      '/docs/json',
    );
    const known = Object.keys(document.components.schemas);
    expect(known).toEqual(expect.arrayContaining(['OperationsDefinition', 'JobOrder', 'StoredObject']));
    const named = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g)].map(
      ([, name]) => name,
    );
    expect(named.filter((name) => !known.includes(name!))).toEqual([]);
    expect(JSON.stringify(document.paths['/objects/{noun}/{id}'])).toContain('StoredObject');
    expect(JSON.stringify(document.paths['/definitions/{noun}/{id}'])).toContain(
      '#/components/schemas/Definition',
    );
  });

  test('GraphQL knows the objects of the model with their members', async () => {
    const { operationsDefinition, operationsDefinitions } = await hub.graphql<Record<string, unknown>>(`{
      operationsDefinition(id: "PV-9") { id version operationsSegment { id parameterSpecification { id value { valueString unitOfMeasure } } } }
      operationsDefinitions(limit: 5) { id }
    }`);
    expect(operationsDefinition).toMatchObject({
      id: 'PV-9',
      operationsSegment: [
        { id: '0010', parameterSpecification: [{ id: 'PressForce', value: [{ unitOfMeasure: 'kN' }] }] },
      ],
    });
    expect(operationsDefinitions).toEqual([{ id: 'PV-9' }]);
  });

  test('GraphQL sees records, messages and deliveries as REST does', async () => {
    const { records } = await hub.get<{ records: StoredRecord[] }>('/records?system=plm');
    const answer = await hub.graphql<{ records: { id: string; messages: { noun: string }[] }[] }>(
      '{ records(system: "plm") { id state messages { noun verb deliveries { id state } } } }',
    );
    expect(answer.records.map(({ id }) => id)).toEqual(records.map(({ id }) => id));
    expect(answer.records[0]!.messages).toMatchObject([{ noun: 'OperationsDefinition' }]);
  });

  test('a revision that hits no order is a change in force at once, and what-if writes nothing', async () => {
    const { changes } = await hub.get<{ changes: { id: string; differences: string[] }[] }>('/changes');
    expect(changes).toHaveLength(1);
    expect(changes[0]!.differences).toEqual([
      expect.stringContaining('PressForce changes from 12.5 kN to 14.0 kN'),
    ]);
    const { id } = changes[0]!;
    const none = { orders: [], counts: { orders: {}, commands: {} } };
    expect(await hub.get(`/changes/${id}?limit=10&after=0`)).toMatchObject(none);
    await expect(hub.get(`/changes/${id}?limit=ten`)).rejects.toThrow(/limit/);
    const query = 'query ($id: ID!) { change(id: $id, limit: 10) { orders { id } counts nextOrders } }';
    expect(await hub.graphql(query, { id })).toEqual({ change: { ...none, nextOrders: null } });
    const { body } = await hub.get<{ body: { operationsSegment: object[] } }>(object);
    const what = await hub.post<{ differences: string[] }>('/changes/what-if', {
      ...body,
      version: 'C',
      operationsSegment: [],
    });
    expect(what.differences.join()).toMatch(/removed/);
    expect((await hub.get<{ changes: unknown[] }>('/changes')).changes).toHaveLength(1);
  });

  test('the same transaction by SOAP: acknowledged after it is kept, then an object as well', async () => {
    const envelope =
      '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' +
      '<SyncMaterialDefinition xmlns="http://www.mesa.org/xml/B2MML" releaseID="V0701"><ApplicationArea>' +
      '<Sender><ConfirmationCode>Always</ConfirmationCode></Sender><CreationDateTime>2026-03-02T06:00:00Z</CreationDateTime><BODID>soap-1</BODID></ApplicationArea>' +
      '<DataArea><Sync/><MaterialDefinition><ID>SOAP-MAT</ID></MaterialDefinition></DataArea></SyncMaterialDefinition></soap:Body></soap:Envelope>';
    const answer = await fetch(`${hub.url}/soap/mes`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml' },
      body: envelope,
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('ConfirmBOD')]);
    await until(
      'the material',
      () => hub.get<{ id: string }>('/objects/MaterialDefinition/SOAP-MAT'),
      ({ id }) => id === 'SOAP-MAT',
    );
  });

  test('OpenAPI describes every REST address, and its page is served', async () => {
    const { paths } = await hub.get<{ paths: Record<string, unknown> }>('/docs/json');
    for (const path of [
      '/intake/{system}',
      '/records/{id}',
      '/objects/{noun}/{id}',
      '/changes/{id}/decisions',
      '/deliveries',
      '/health/ready',
    ]) {
      expect(Object.keys(paths)).toContain(path);
    }
    expect(await hub.text('/docs')).toMatch(/swagger/i);
    expect(await hub.text('/graphql/explorer/')).toMatch(/altair/i);
  });

  test('health: alive, ready, and how each system stands', async () => {
    expect(await hub.get('/health/live')).toEqual({ ok: true });
    expect(await hub.get('/health/ready')).toMatchObject({
      ok: true,
      systems: { erp: { state: expect.any(String) } },
    });
  });

  test('a stored record can be taken in again, and says whose repetition it is', async () => {
    const { records } = await hub.get<{ records: StoredRecord[] }>('/records?system=plm&limit=1');
    const again = await hub.post<Accepted>(`/records/${records[0]!.id}/replay`, {
      by: 'Ann',
      why: 'once more',
    });
    expect(again).toMatchObject({ duplicate: false });
    const trace = await until(
      'the replay',
      () => hub.get<Trace>(`/records/${again.id}`),
      ({ record }) => record.state !== 'waiting',
    );
    expect(trace.record).toMatchObject({ replayOf: records[0]!.id, state: 'unchanged' });
  });
});
