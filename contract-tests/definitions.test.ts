import { until } from '../hub/client';
import { type RunningHub, runningHub } from './running-hub';

/** Definitions live in revisions with states: what a system publishes is approved by its dates, what people write here is a draft. */
describe('definitions', () => {
  let hub: RunningHub;
  beforeAll(async () => {
    hub = await runningHub();
  });
  afterAll(() => hub.stop());

  const place = '/definitions/OperationsDefinition/PV-9';
  const revision = (name: string, force: string, effectiveFrom: string) => ({
    changeNotice: { id: `ECN-${name}`, reason: 'test', effectiveFrom },
    product: { number: 'PV-9', revision: name, description: 'Valve', plant: '1000' },
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
  interface Read {
    revision: string;
    state: string;
    version?: number;
    body: { version: string };
  }
  const publish = async (name: string, force: string, from: string) => {
    await hub.post('/intake/plm', revision(name, force, from));
    await until(
      `revision ${name}`,
      () => hub.get<{ body: { version: string } }>('/objects/OperationsDefinition/PV-9'),
      ({ body }) => body.version === name,
    );
  };
  const order = (
    id: string,
    start: string,
  ) => `<ProcessOperationsSchedule xmlns="http://www.mesa.org/xml/B2MML" releaseID="">
    <ApplicationArea><CreationDateTime>2026-01-01T00:00:00Z</CreationDateTime></ApplicationArea>
    <DataArea><Process/><OperationsSchedule><ID>${id}</ID><OperationsRequest><ID>${id}</ID><StartTime>${start}</StartTime>
    <OperationsDefinitionID>PV-9</OperationsDefinitionID><SegmentRequirement><ID>0010</ID>
    <ProcessSegmentID>0010</ProcessSegmentID><OperationsDefinitionID>PV-9</OperationsDefinitionID><OperationsSegmentID>0010</OperationsSegmentID>
    </SegmentRequirement></OperationsRequest></OperationsSchedule></DataArea></ProcessOperationsSchedule>`;

  test('a revision published for a later time is kept, and effective at that time', async () => {
    await publish('A', '12.5', '2026-01-01T00:00:00Z');
    await publish('B', '14.0', '2099-01-01T00:00:00Z');
    expect(await hub.get<Read>(place)).toMatchObject({ revision: 'A', state: 'effective', version: 1 });
    expect(await hub.get<Read>(`${place}?at=2099-01-01T00:00:00Z`)).toMatchObject({
      revision: 'B',
      body: { version: 'B' },
    });
    expect(await hub.get<Read>(`${place}?revision=B`)).toMatchObject({ state: 'approved', version: 2 });
    expect(await hub.get(`${place}/revisions?at=2099-06-01T00:00:00Z`)).toMatchObject({
      revisions: [
        { revision: 'A', state: 'obsolete' },
        { revision: 'B', state: 'effective' },
      ],
    });
  });

  test('an order that names no revision is made by the one that is effective when its work begins', async () => {
    for (const [id, start, force] of [
      ['91', '2099-02-01T06:00:00Z', '14.0'],
      ['92', '2098-02-01T06:00:00Z', '12.5'],
    ] as const) {
      await hub.push('mes', order(id, start));
      const kept = await until(
        `order ${id}`,
        () => hub.get<object>(`/objects/OperationsSchedule/${id}`),
        (found) => found !== undefined,
      );
      expect(JSON.stringify(kept)).toContain(`"valueString":"${force}"`);
    }
  });

  test('a draft is seen by its readers only, until somebody approves it: then it is published', async () => {
    const { body } = await hub.get<{ body: object }>(`${place}?revision=B`);
    const definition = { ...body, version: 'C', description: ['Lighter valve'] };
    const said = { by: 'kim', why: 'ECN-C' };
    expect(await hub.post('/definitions/OperationsDefinition', { definition, ...said })).toMatchObject({
      revision: 'C',
      state: 'draft',
    });
    expect(await hub.get('/objects/OperationsDefinition/PV-9')).toMatchObject({ body: { version: 'B' } });
    const state = (to: string, more: object = {}) =>
      hub.post(`${place}/revisions/C/state`, { state: to, ...said, ...more });
    expect(await state('in review')).toMatchObject({
      state: 'in review',
      notes: [{ by: 'kim' }, { why: 'ECN-C' }],
    });
    const foreseen = { objectId: 'PV-9', reference: 'what if', commands: [] };
    expect(await hub.post(`${place}/revisions/C/what-if`, {})).toMatchObject(foreseen);
    expect(
      await hub.graphql(
        '{ whatIfRevision(id: "PV-9", revision: "C") { objectId differences } effectivityIssues(noun: "OperationsDefinition", id: "PV-9") }',
      ),
    ).toMatchObject({ whatIfRevision: { objectId: 'PV-9' }, effectivityIssues: [] });
    expect(await state('approved', { effectiveFrom: '2099-07-01T00:00:00Z' })).toMatchObject({
      state: 'approved',
      version: 3,
      system: 'hub',
      body: { effectiveStartDate: '2099-07-01T00:00:00Z' },
    });
    expect(await hub.get(`${place}?at=2099-08-01T00:00:00Z`)).toMatchObject({ revision: 'C' });
    await expect(state('draft')).rejects.toMatchObject({ code: 'HUB_CONFLICT' });
  });

  test('GraphQL tells and does the same', async () => {
    const of = 'noun: "OperationsDefinition", id: "PV-9"';
    await hub.graphql(
      `mutation { setDefinitionState(${of}, revision: "C", state: obsolete, by: "lee", why: "withdrawn") { state } }`,
    );
    expect(
      await hub.graphql(
        `{ definition(${of}, at: "2099-08-01T00:00:00Z") { revision state body } revisions(${of}) { revision state notes { by state } } }`,
      ),
    ).toMatchObject({
      definition: { revision: 'B', state: 'effective', body: { version: 'B' } },
      revisions: [
        { revision: 'A', state: 'effective' },
        { revision: 'B', state: 'approved' },
        { revision: 'C', state: 'obsolete', notes: [{}, {}, {}, { by: 'lee', state: 'obsolete' }] },
      ],
    });
  });

  test('any two versions are compared by identity', async () => {
    const { differences } = await hub.get<{ differences: { path: string }[] }>(
      '/objects/OperationsDefinition/PV-9/diff?from=1&to=2',
    );
    expect(differences).toContainEqual({
      path: expect.stringContaining('parameterSpecification[PressForce]'),
      kind: 'changed',
      old: '12.5',
      new: '14.0',
    });
  });

  test.each([
    ['what is no definition', '/definitions/OperationsSchedule/1', 'HUB_WRONG_USE'],
    ['what nobody has published', '/definitions/OperationsDefinition/NONE', 'HUB_NOT_FOUND'],
    ['a revision that is not there', `${place}?revision=Z`, 'HUB_NOT_FOUND'],
    ['a time before the first', `${place}?at=1999-01-01T00:00:00Z`, 'HUB_NOT_FOUND'],
  ])('%s is refused', async (_, path, code) => {
    await expect(hub.get(path)).rejects.toMatchObject({ code });
  });

  test('a draft is held against the model', async () => {
    const draft = { definition: { id: 'PV-9', version: 'D', colour: 'red' }, by: 'kim', why: 'try' };
    await expect(hub.post('/definitions/OperationsDefinition', draft)).rejects.toMatchObject({
      code: 'HUB_INVALID',
    });
  });
});
