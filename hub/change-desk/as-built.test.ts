import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asBuiltPage } from '../change/as-built-page';
import { line, revisionA, revisionB } from '../change/pv-100.example';
import { openStore } from '../storage/open';
import { DeskPlant } from './desk-plant.example';

const value = (id: string, valueString: string, unitOfMeasure: string) => ({
  id,
  value: [{ valueString, dataType: 'decimal', unitOfMeasure }],
});
const consumed = (material: string, quantity: string, lot: string) => ({
  id: material,
  materialDefinitionId: [material],
  materialLotId: [lot],
  materialUse: 'Consumed',
  quantity: [{ quantityString: quantity, unitOfMeasure: 'PCE' }],
});
const produced = (serial: string) => ({
  id: serial,
  materialDefinitionId: ['PV-100'],
  materialSubLotId: [serial],
  materialUse: 'Produced',
  quantity: [{ quantityString: '1', unitOfMeasure: 'PCE' }],
});

test('as built goes by serial number: revision, lots and measured values of each piece, deviations with what was decided', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'esperanto-as-built-'));
  const store = await openStore({ dataDir });
  try {
    const plant = new DeskPlant(store);
    await plant.publish(revisionA);
    await plant.release('1000001', { quantity: 2, made: { materialSubLotId: ['SN-1', 'SN-2'] } });
    const [first, second] = revisionB.operationsSegment!;
    const output = {
      ...line('9999', 'PV-100', '1'),
      materialUse: 'Produced',
      materialSpecificationProperty: [{ id: 'EffectiveSerials', value: [{ valueString: 'SN-2/' }] }],
    };
    const lines = [...second!.materialSpecification!, output];
    await plant.publish({
      ...revisionB,
      operationsSegment: [first!, { ...second!, materialSpecification: lines }],
    });
    const { id } = await plant.newest();
    await plant.desk.decide(id, { orderIds: [], action: 'approve', by: 'Ines', reason: 'fits' });
    await plant.answerAll();
    for (const [serial, force, seal] of [
      ['SN-1', '12.5', 'SEAL-EPDM'],
      ['SN-2', '14.0', 'SEAL-FKM'],
    ] as const)
      await plant.report('1000001', '0010', 'Completed', {
        id: `0010-${serial}`,
        segmentData: [value('PressForce', force, 'kN'), value('GoodQuantity', '1', 'PCE')],
        materialActual: [produced(serial), consumed(seal, '2', `L-${seal}`)],
        actualEndTime: '2026-03-02T08:00:00Z',
      });

    const built = await plant.desk.asBuilt('1000001');
    expect(built.pieces.map(({ serial, operations: [operation] }) => [serial, operation])).toEqual([
      [
        'SN-1',
        {
          id: '0010',
          revisions: ['A'],
          at: '2026-03-02T08:00:00Z',
          materials: [{ material: 'SEAL-EPDM', lot: 'L-SEAL-EPDM', quantity: '2', unit: 'PCE' }],
          values: [{ id: 'PressForce', value: '12.5', unit: 'kN' }],
        },
      ],
      [
        'SN-2',
        {
          id: '0010',
          revisions: ['B'],
          at: '2026-03-02T08:00:00Z',
          materials: [{ material: 'SEAL-FKM', lot: 'L-SEAL-FKM', quantity: '2', unit: 'PCE' }],
          values: [{ id: 'PressForce', value: '14.0', unit: 'kN' }],
        },
      ],
    ]);
    const [pressed] = built.operations;
    expect(pressed!.parameters).toMatchObject([
      {
        id: 'PressForce',
        planned: '14.0',
        measured: [
          { value: '12.5', source: 'mes', serials: ['SN-1'] },
          { value: '14.0', source: 'mes', serials: ['SN-2'] },
        ],
        deviation: 'measured 12.5',
      },
      { id: 'HoldTime', planned: '2', measured: [] },
    ]);
    expect(pressed!.because).toEqual(['ECN-2001: approve by Ines: fits']);
    const page = asBuiltPage(built);
    expect(page).toContain('PressForce: 12.5, 14.0, planned 14.0 kN  (measured 12.5)');
    expect(page).toContain('Serial number SN-1\n  0010: A; SEAL-EPDM L-SEAL-EPDM; PressForce 12.5 kN');
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
