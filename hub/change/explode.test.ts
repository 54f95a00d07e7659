import { applyToOrder } from './apply-to-order';
import { diffDefinitions, diffOrders } from './diff';
import { executionEffects } from './execution';
import { completeOrder } from './explode';
import { foldExecution } from './fold-execution';
import { withoutPhantoms } from './phantoms';
import type { Reported } from './pv-100.example';
import { line, operation, orderFromErp, performance, revisionA, revisionB } from './pv-100.example';
import type { OperationsDefinition, Order } from './shapes';
import { requestOf, revisionOf, withRequest } from './shapes';

const order = completeOrder(orderFromErp('1000002', 10), revisionA);
const change = diffDefinitions(revisionA, revisionB);

const components = (of: Order) =>
  requestOf(of).segmentRequirement.flatMap((segment) =>
    (segment.materialRequirement ?? []).map((one) =>
      [segment.id, one.id, one.materialDefinitionId?.[0], one.quantity?.[0]?.quantityString].join(' '),
    ),
  );

const ground = (...reports: Array<readonly [segment: string, reported: Reported]>) => {
  const rows = reports.map(([segment, reported], i) =>
    executionEffects(performance(`r${i}`, '1000002', segment, reported)),
  );
  return foldExecution({
    segments: rows.flatMap((one) => one.segments),
    consumptions: rows.flatMap((one) => one.consumptions),
  }).get('1000002');
};

describe('an order from the ERP', () => {
  test('gets the parameters of its operations and the revision it is made to', () => {
    expect(revisionOf(order)).toBe('A');
    expect(requestOf(order).segmentRequirement[0]?.segmentParameter).toEqual(
      revisionA.operationsSegment?.[0]?.parameterSpecification,
    );
  });

  test('keeps what it says itself', () => {
    const own = {
      id: 'PressForce',
      value: [{ valueString: '11', dataType: 'decimal', unitOfMeasure: 'kN' }],
    };
    const special = withRequest(orderFromErp('1', 1), (request) => ({
      ...request,
      segmentRequirement: request.segmentRequirement.map((segment) => ({
        ...segment,
        segmentParameter: [own],
      })),
    }));
    const filled = requestOf(completeOrder(special, revisionA)).segmentRequirement[0]?.segmentParameter;
    expect(filled?.map((one) => one.id)).toEqual(['PressForce', 'HoldTime']);
    expect(filled?.[0]).toEqual(own);
  });

  test('that is pinned to another revision or makes another product comes back as it was', () => {
    expect(completeOrder(order, revisionB)).toBe(order);
    const other = { ...revisionA, id: 'PV-200' };
    expect(completeOrder(orderFromErp('1', 1), other)).toEqual(orderFromErp('1', 1));
  });
});

describe('an order after the change', () => {
  test('that has not begun has the new components for all of it, the new parameter and the new revision', () => {
    const after = applyToOrder(order, change, undefined, 'remaining');
    expect(components(after)).toEqual([
      '0010 0010 BODY-50 10',
      '0010 0020 SEAL-FKM 20',
      '0020 0030 SCREW-M8 60',
      '0020 0040 LUBE-01 0.150',
      '0020 PV-100 PV-100 10',
    ]);
    expect(requestOf(after).segmentRequirement[0]?.segmentParameter?.[0]?.value?.[0]?.valueString).toBe(
      '14.0',
    );
    expect(revisionOf(after)).toBe('B');
    expect(components(order)).toContain('0010 0020 SEAL-EPDM 20');
  });

  test('keeps what was consumed on the old line and gives the rest to the new', () => {
    const execution = ground(['0010', { good: '5', consumed: [['SEAL-EPDM', '10']] }]);
    expect(components(applyToOrder(order, change, execution, 'remaining'))).toEqual([
      '0010 0010 BODY-50 10',
      '0010 0020 SEAL-EPDM 10',
      '0010 0020 SEAL-FKM 10',
      '0020 0030 SCREW-M8 60',
      '0020 0040 LUBE-01 0.150',
      '0020 PV-100 PV-100 10',
    ]);
  });

  test('made over again keeps the fact of what was consumed and asks for the whole of the new', () => {
    const execution = ground(['0010', { consumed: [['SEAL-EPDM', '10']] }]);
    expect(components(applyToOrder(order, change, execution, 'all'))).toEqual(
      expect.arrayContaining(['0010 0020 SEAL-EPDM 10', '0010 0020 SEAL-FKM 20']),
    );
  });

  test('counts a changed quantity only for the pieces still to come', () => {
    const execution = ground(['0020', { consumed: [['SCREW-M8', '24']] }]);
    // Three of ten pieces have eight screws each, seven get six: 24 + 42.
    expect(components(applyToOrder(order, change, execution, 'remaining'))).toContain(
      '0020 0030 SCREW-M8 66',
    );
  });

  test('leaves a done operation as it was', () => {
    const execution = ground(['0010', { state: 'Completed', consumed: [['SEAL-EPDM', '20']] }]);
    const after = applyToOrder(order, change, execution, 'remaining');
    expect(components(after).slice(0, 3)).toEqual([
      '0010 0010 BODY-50 10',
      '0010 0020 SEAL-EPDM 20',
      '0020 0030 SCREW-M8 60',
    ]);
    expect(requestOf(after).segmentRequirement[0]?.segmentParameter?.[0]?.value?.[0]?.valueString).toBe(
      '12.5',
    );
  });

  test('applied twice is the same as once', () => {
    const once = applyToOrder(order, change, undefined, 'remaining');
    expect(applyToOrder(once, change, undefined, 'remaining')).toEqual(once);
  });
});

describe('single differences', () => {
  const changed = (edit: (definition: OperationsDefinition) => void) => {
    const after = structuredClone(revisionA);
    edit(after);
    after.version = 'C';
    return diffDefinitions(revisionA, after);
  };
  const segmentsOf = (definition: OperationsDefinition) => definition.operationsSegment!;

  test('an added component is asked for all pieces still to be made', () => {
    const diff = changed((d) => segmentsOf(d)[1]!.materialSpecification!.push(line('0050', 'TAG', '1')));
    const execution = ground(['0020', { good: '4' }]);
    expect(components(applyToOrder(order, diff, execution, 'remaining'))).toContain('0020 0050 TAG 6');
  });

  test('a removed component goes, but what was consumed of it stays', () => {
    const diff = changed((d) => segmentsOf(d)[0]!.materialSpecification!.pop());
    expect(components(applyToOrder(order, diff, undefined, 'remaining')).join()).not.toContain('SEAL');
    const execution = ground(['0010', { consumed: [['SEAL-EPDM', '4']] }]);
    expect(components(applyToOrder(order, diff, execution, 'remaining'))).toContain('0010 0020 SEAL-EPDM 4');
  });

  test('a moved component takes along only what is not yet consumed', () => {
    const diff = changed((d) => {
      const seal = segmentsOf(d)[0]!.materialSpecification!.pop()!;
      segmentsOf(d)[1]!.materialSpecification!.push(seal);
    });
    const execution = ground(['0010', { consumed: [['SEAL-EPDM', '4']] }]);
    expect(components(applyToOrder(order, diff, execution, 'remaining'))).toEqual(
      expect.arrayContaining(['0010 0020 SEAL-EPDM 4', '0020 0020 SEAL-EPDM 16']),
    );
  });

  test('a component that moves and is replaced arrives as the new one', () => {
    const diff = changed((d) => {
      segmentsOf(d)[0]!.materialSpecification!.pop();
      segmentsOf(d)[1]!.materialSpecification!.push(line('0020', 'SEAL-FKM', '3'));
    });
    const after = components(applyToOrder(order, diff, undefined, 'remaining'));
    expect(after).toContain('0020 0020 SEAL-FKM 30');
    expect(after.join()).not.toContain('EPDM');
  });

  test('another unit needs no conversion: both are for one product', () => {
    const diff = changed((d) => {
      segmentsOf(d)[1]!.materialSpecification![1] = line('0040', 'LUBE-01', '15', 'GRM');
    });
    const execution = ground(['0020', { consumed: [['LUBE-01', '0.06', 'KG']] }]);
    const lube = requestOf(applyToOrder(order, diff, execution, 'remaining'))
      .segmentRequirement[1]!.materialRequirement!.filter((one) => one.id === '0040')
      .map((one) => one.quantity?.[0]);
    expect(lube).toMatchObject([
      { quantityString: '0.06', unitOfMeasure: 'KG' },
      { quantityString: '90', unitOfMeasure: 'GRM' },
    ]);
  });

  test('a third of a piece is rounded up, nobody runs short', () => {
    const diff = changed((d) => {
      segmentsOf(d)[1]!.materialSpecification![0] = line('0030', 'SCREW-M9', '3');
    });
    const execution = ground(['0020', { consumed: [['SCREW-M8', '3']] }]);
    // 77 of 80 old screws open, three new for eight old: 28.875, so 29.
    expect(components(applyToOrder(order, diff, execution, 'remaining'))).toContain('0020 0030 SCREW-M9 29');
  });

  test('an added operation comes at its place with its parameters, machine and components', () => {
    const diff = changed((d) =>
      segmentsOf(d).splice(1, 0, operation('0015', 'Inspect', 'CAM-1', [line('0060', 'LABEL', '1')])),
    );
    const after = applyToOrder(order, diff, undefined, 'remaining');
    expect(requestOf(after).segmentRequirement.map((one) => one.id)).toEqual(['0010', '0015', '0020']);
    expect(components(after)).toContain('0015 0060 LABEL 10');
  });

  test('a removed last operation leaves its product to the one before', () => {
    const diff = changed((d) => segmentsOf(d).pop());
    expect(components(applyToOrder(order, diff, undefined, 'remaining'))).toEqual([
      '0010 0010 BODY-50 10',
      '0010 0020 SEAL-EPDM 20',
      '0010 PV-100 PV-100 10',
    ]);
    const execution = ground(['0020', {}]);
    expect(requestOf(applyToOrder(order, diff, execution, 'remaining')).segmentRequirement).toHaveLength(2);
  });

  test('another machine, instruction and sequence reach the order', () => {
    const diff = changed((d) => {
      segmentsOf(d)[0]!.equipmentSpecification = [{ id: 'PRESS-02', equipmentId: ['PRESS-02'] }];
      segmentsOf(d)[0]!.description = ['Press slowly'];
      segmentsOf(d).reverse();
    });
    const after = requestOf(applyToOrder(order, diff, undefined, 'remaining')).segmentRequirement;
    expect(after.map((one) => one.id)).toEqual(['0020', '0010']);
    expect(after[1]).toMatchObject({
      description: ['Press slowly'],
      equipmentRequirement: [{ equipmentId: ['PRESS-02'] }],
    });
  });

  test('an order that does not say how much it makes cannot be given a new component', () => {
    const diff = changed((d) => segmentsOf(d)[0]!.materialSpecification!.push(line('0050', 'TAG', '1')));
    const silent = withRequest(order, (request) => ({
      ...request,
      segmentRequirement: request.segmentRequirement.map((one) => ({ ...one, materialRequirement: [] })),
    }));
    expect(() => applyToOrder(silent, diff, undefined, 'remaining')).toThrow(
      'does not say how much it makes',
    );
  });
});

describe('a changed customer order', () => {
  test('becomes what the customer wants, above what was consumed and with the revision and parameters it has', () => {
    const wanted = orderFromErp('1000002', 12);
    const execution = ground(['0010', { consumed: [['SEAL-EPDM', '10']] }]);
    const after = applyToOrder(order, diffOrders(order, wanted), execution, 'remaining');
    expect(components(after)).toContain('0010 0020 SEAL-EPDM 24');
    expect(revisionOf(after)).toBe('A');
    expect(requestOf(after).segmentRequirement[0]?.segmentParameter).toHaveLength(2);
    const less = applyToOrder(order, diffOrders(order, orderFromErp('1000002', 3)), execution, 'remaining');
    expect(components(less)).toContain('0010 0020 SEAL-EPDM 10');
  });
});

test('a phantom is never stored: its parts stand in its place, multiplied', () => {
  const phantom = {
    ...line('1', 'SET', '2'),
    assemblyType: 'Logical',
    assemblySpecification: [line('1', 'BOLT', '4'), line('2', 'NUT', '0.5')],
  };
  const physical = { ...line('2', 'KIT', '1'), assemblySpecification: [line('1', 'PIN', '1')] };
  expect(
    withoutPhantoms([phantom, physical]).map((one) =>
      [one.id, one.materialDefinitionId?.[0], one.quantity?.[0]?.quantityString].join(' '),
    ),
  ).toEqual(['1/1 BOLT 8', '1/2 NUT 1', '2 KIT 1']);
});

test('a revision that brings a phantom, or needs more of it, changes its parts on the order', () => {
  const kit = (quantity: string) => ({
    ...line('0050', 'MIRROR-KIT', quantity),
    assemblyType: 'Logical',
    assemblySpecification: [line('0010', 'BRACKET', '1'), line('0020', 'SCREW-M5', '2')],
  });
  const with_ = (version: string, quantity: string): OperationsDefinition => {
    const definition = structuredClone({ ...revisionA, version });
    definition.operationsSegment![1]!.materialSpecification!.push(kit(quantity));
    return definition;
  };
  const [once, twice] = [with_('B', '1'), with_('C', '2')];
  const first = applyToOrder(order, diffDefinitions(revisionA, once), undefined, 'remaining');
  expect(components(first)).toEqual(
    expect.arrayContaining(['0020 0050/0010 BRACKET 10', '0020 0050/0020 SCREW-M5 20']),
  );
  expect(components(first).join()).not.toContain('MIRROR-KIT');
  const second = applyToOrder(first, diffDefinitions(once, twice), undefined, 'remaining');
  expect(components(second)).toContain('0020 0050/0020 SCREW-M5 40');
});

test('an operation that comes last takes over what the order makes', () => {
  const inspected = structuredClone({ ...revisionA, version: 'B' });
  inspected.operationsSegment!.push({ id: '0030', description: ['Inspect'] });
  const after = applyToOrder(order, diffDefinitions(revisionA, inspected), undefined, 'remaining');
  expect(components(after).filter((one) => one.includes('PV-100'))).toEqual(['0030 PV-100 PV-100 10']);
});
