import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../hub/client';
import { checkProject } from '../hub/commands/check-project';
import type { StoredRecord } from '../hub/storage/store';
import { examplePlant, type RunningHub, runningHub } from './running-hub';

/** A project adds fields of its own to the model; what others add passes through as it came. */
describe("a project's extensions", () => {
  const ns = 'urn:valve-plant';
  let dir: string;
  let hub: RunningHub;
  const extend = (schema: object) =>
    writeFileSync(
      join(dir, 'model', 'quality.extension.schema.json'),
      JSON.stringify({ 'x-namespace': ns, $defs: { MaterialDefinition: schema } }),
    );
  const torque = { Torque: { type: 'string', format: 'xsd-decimal' } };

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'extended-'));
    cpSync(examplePlant, dir, { recursive: true });
    mkdirSync(join(dir, 'model'));
    extend({ type: 'object', properties: torque, additionalProperties: false });
    hub = await runningHub({ project: (project) => ({ ...project, dir }) });
  });
  afterAll(async () => {
    await hub.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const material = (id: string, inside: string) =>
    `<SyncMaterialDefinition xmlns="http://www.mesa.org/xml/B2MML" releaseID=""><ApplicationArea><CreationDateTime>2026-01-01T00:00:00Z</CreationDateTime></ApplicationArea><DataArea><Sync/><MaterialDefinition><ID>${id}</ID>${inside}</MaterialDefinition></DataArea></SyncMaterialDefinition>`;
  const settled = async (id: string, inside: string) => {
    const { body } = await hub.push('mes', material(id, inside));
    const [{ record }] = body.accepted as [{ record: string }];
    const { record: seen } = await until(
      `record ${record}`,
      () => hub.get<{ record: StoredRecord }>(`/records/${record}`),
      ({ record: { state } }) => state !== 'waiting',
    );
    return seen;
  };

  test('are values in the canonical object, beside foreign ones as they came', async () => {
    const foreign = '<x:Other xmlns:x="urn:other" x:a="1"/>';
    await settled('SEAL-1', `<Torque xmlns="${ns}">12.50</Torque>${foreign}`);
    expect(await hub.get('/objects/MaterialDefinition/SEAL-1')).toMatchObject({
      body: {
        extension: [
          { ns, name: 'Torque', value: '12.50' },
          { ns: 'urn:other', name: 'Other', xml: foreign },
        ],
      },
    });
  });

  test('are held against their schema like the rest of a message', async () => {
    const seen = await settled('SEAL-2', `<Torque xmlns="${ns}">strong</Torque>`);
    expect(seen).toMatchObject({ state: 'parked', issues: [{ rule: 'extension', value: 'strong' }] });
  });

  test('are checked with the project', () => {
    expect(checkProject(dir)).toEqual([]);
    extend({ type: 'object', properties: { Torque: { type: 'number' } } });
    expect(checkProject(dir)).toMatchObject([{ code: 'bad-extension' }]);
  });
});
