/** A product revision as the PLM posts it. */
export interface ProductRevision {
  changeNotice: { id: string; description: string; effectiveFrom: string; issue?: string };
  product: { number: string; revision: string; description: string; plant: string };
  bom: BomLine[];
  processPlan: { operations: Operation[] };
}

export interface BomLine {
  /** Stays with the line through all revisions. */
  lineId: string;
  item: string;
  description: string;
  /** For one product. */
  quantity: number;
  unit: string;
  /** Number of the operation that consumes it. */
  operation: string;
}

export interface Operation {
  number: string;
  description: string;
  workCenter: string;
  /** For one product. */
  durationSeconds: number;
  instruction?: string;
  parameters: Array<{ id: string; value: number | string; unit?: string; type: string }>;
  ncProgram?: { id: string; version?: string };
  tools?: Array<{ id: string; description?: string }>;
}

const line = (
  lineId: string,
  item: string,
  description: string,
  quantity: number,
  unit: string,
  operation: string,
) => ({
  lineId,
  item,
  description,
  quantity,
  unit,
  operation,
});

/**
 * The example plant's product in revision A or B. B replaces the component of line 0020, lowers the quantity of line
 * 0030 and raises a machine parameter.
 */
export function processValve(revision: string, effectiveFrom: string): ProductRevision {
  const b = revision === 'B';
  const force = { id: 'PressForce', value: b ? 14.0 : 12.5, unit: 'kN', type: 'decimal' };
  return {
    changeNotice: {
      id: b ? 'ECN-2001' : 'ECN-1001',
      description: b ? 'Seals of FKM, fewer screws' : 'First release',
      effectiveFrom,
    },
    product: { number: 'PV-100', revision, description: 'Process valve DN50', plant: '1000' },
    bom: [
      line('0010', 'BODY-50', 'Valve body DN50', 1, 'PCE', '0010'),
      b
        ? line('0020', 'SEAL-FKM', 'Seal FKM 50 mm', 2, 'PCE', '0010')
        : line('0020', 'SEAL-EPDM', 'Seal EPDM 50 mm', 2, 'PCE', '0010'),
      line('0030', 'SCREW-M8', 'Screw M8x25', b ? 6 : 8, 'PCE', '0020'),
      line('0040', 'LUBE-01', 'Assembly grease', 0.015, 'KG', '0020'),
    ],
    processPlan: {
      operations: [
        {
          number: '0010',
          description: 'Press seals',
          workCenter: 'PRESS-01',
          durationSeconds: 90,
          parameters: [force, { id: 'HoldTime', value: 5, unit: 's', type: 'integer' }],
        },
        {
          number: '0020',
          description: 'Assemble and torque',
          workCenter: 'ASSY-01',
          durationSeconds: 120,
          instruction: 'Tighten crosswise, 25 Nm.',
          parameters: [],
        },
      ],
    },
  };
}
