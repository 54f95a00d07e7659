import type { EntitySetOf } from './kit-entities';
import type { Row } from './kit-orders';
import { plant, quantityText, unitCodes } from './kit-plant';

/** What `emit('bom', …)` takes: a bill of material, new or stated anew. */
export interface BillData {
  readonly material: string;
  readonly alternative?: string;
  readonly changeNumber?: string;
  readonly items?: readonly BillItem[];
}

export interface BillItem {
  readonly item: string;
  readonly material: string;
  /** For one of the product. */
  readonly quantity: string;
  /** ISO code. */
  readonly unit: string;
}

/** What `emit('routing', …)` takes: a routing, new or stated anew. */
export interface RoutingData {
  readonly group: string;
  readonly material?: string;
  readonly operations?: readonly RoutingOperation[];
}

export interface RoutingOperation {
  readonly number: string;
  readonly description: string;
  /** Object id of the work centre. */
  readonly workCentre: string;
  /** Minutes of the machine for one. */
  readonly minutes: string;
}

const firstDay = '/Date(1767225600000)/';
const lastDay = '/Date(253402214400000)/';
const now = () => `/Date(${Date.now()}+0000)/`;

/** Bills of material and routings of the stand-in ERP, as their services give them: read only. */
export function masters() {
  const bills = new Map<string, { header: Row; items: Row[] }>();
  const routings = new Map<
    string,
    { header: Row; assignments: Row[]; sequences: Row[]; operations: Row[] }
  >();

  return {
    bill({ material, alternative = '01', changeNumber = '', items = plant.components }: BillData): Row {
      const id = `${material}/${alternative}`;
      const number = bills.get(id)?.header.BillOfMaterial ?? String(1497 + bills.size).padStart(8, '0');
      const key = {
        BillOfMaterial: number,
        BillOfMaterialCategory: 'M',
        BillOfMaterialVariant: alternative,
        BillOfMaterialVersion: '',
        Material: material,
        Plant: plant.number,
      };
      const header = {
        ...key,
        ...{
          EngineeringChangeDocument: changeNumber,
          BillOfMaterialVariantUsage: '1',
          BOMHeaderText: material,
        },
        ...{ HeaderValidityStartDate: firstDay, HeaderValidityEndDate: lastDay, IsMarkedForDeletion: false },
        ...{ BOMHeaderQuantityInBaseUnit: '1.000', BOMHeaderBaseUnit: 'PC', LastChangeDateTime: now() },
      };
      const rows = items.map((item, index) => ({
        ...key,
        ...{
          HeaderChangeDocument: changeNumber,
          BillOfMaterialItemNodeNumber: String(index + 1).padStart(8, '0'),
        },
        ...itemFields(item),
      }));
      bills.set(id, { header, items: rows });
      return header;
    },
    /** Changes one item: the header does not notice. */
    billItem({ material, item, ...change }: Partial<BillItem> & { item: string; bill: string }): Row {
      const { bill, ...fields } = change;
      const found = bills.get(`${bill}/01`)?.items.find((one) => one.BillOfMaterialItemNumber === item);
      if (!found) throw new Error(`the ERP has no item ${item} of ${bill}`);
      const changed = { ...before(found), ...fields, ...(material ? { material } : {}), item };
      return Object.assign(found, itemFields(changed));
    },
    routing({ group, material = plant.product, operations = pressing }: RoutingData): Row {
      const key = { ProductionRoutingGroup: group, ProductionRouting: '01' };
      const at = { ValidityStartDate: firstDay, ValidityEndDate: lastDay, ChangedDateTime: now() };
      const header = {
        ...key,
        ...{ ProductionRoutingInternalVers: '00000001', BillOfOperationsDesc: material, Plant: plant.number },
        ...{ BillOfOperationsUsage: '1', IsMarkedForDeletion: false, ChangeNumber: '', ...at },
      };
      const numbers = { ProductionRoutingMatlAssgmt: '0000001', ProductionRtgMatlAssgmtIntVers: '00000001' };
      const sequence = { ProductionRoutingSequence: '0', ProductionRoutingSqncIntVers: '00000001' };
      routings.set(group, {
        header,
        assignments: [{ ...key, ...numbers, Product: material, Plant: plant.number, ...at }],
        sequences: [{ ...key, ...sequence, SequenceCategory: '0', ...at }],
        operations: operations.map((operation, index) => ({
          ...key,
          ...{ ProductionRoutingSequence: '0', ProductionRoutingOpIntID: String(index + 1).padStart(8, '0') },
          ...{ ProductionRoutingOpIntVersion: '00000001', ...at, ...operationFields(operation) },
        })),
      });
      return header;
    },
    /** Changes one operation: the header does not notice. */
    routingOperation({ group, ...operation }: RoutingOperation & { group: string }): Row {
      const found = routings.get(group)?.operations.find(({ Operation }) => Operation === operation.number);
      if (!found) throw new Error(`the ERP has no operation ${operation.number} in routing ${group}`);
      return Object.assign(found, operationFields(operation));
    },
    sets: setsOf(bills, routings),
  };
}

function setsOf(
  bills: Map<string, { header: Row; items: Row[] }>,
  routings: Map<string, { header: Row; assignments: Row[]; sequences: Row[]; operations: Row[] }>,
): Record<string, EntitySetOf> {
  const items = ({ Material, BillOfMaterialVariant }: Row) =>
    bills.get(`${Material}/${BillOfMaterialVariant}`)?.items ?? [];
  const of = ({ ProductionRoutingGroup }: Row) => routings.get(String(ProductionRoutingGroup));
  const billKeys = 'BillOfMaterial BillOfMaterialCategory BillOfMaterialVariant BillOfMaterialVersion'.split(
    ' ',
  );
  const routingKeys = ['ProductionRoutingGroup', 'ProductionRouting'];
  const rows = (part: 'assignments' | 'sequences' | 'operations') => () =>
    [...routings.values()].flatMap((routing) => routing[part]);
  return {
    'API_BILL_OF_MATERIAL_SRV;v=0002/MaterialBOM': {
      keys: [...billKeys, 'EngineeringChangeDocument', 'Material', 'Plant'],
      rows: () => [...bills.values()].map(({ header }) => header),
      below: { to_BillOfMaterialItem: items },
      belowIn: { to_BillOfMaterialItem: 'MaterialBOMItem' },
    },
    'API_BILL_OF_MATERIAL_SRV;v=0002/MaterialBOMItem': {
      keys: [...billKeys, 'BillOfMaterialItemNodeNumber', 'HeaderChangeDocument', 'Material', 'Plant'],
      rows: () => [...bills.values()].flatMap((bill) => bill.items),
    },
    'API_PRODUCTION_ROUTING/ProductionRoutingHeader': {
      keys: [...routingKeys, 'ProductionRoutingInternalVers'],
      rows: () => [...routings.values()].map(({ header }) => header),
      below: {
        to_MatlAssgmt: (row) => of(row)?.assignments ?? [],
        to_Sequence: (row) => of(row)?.sequences ?? [],
      },
      belowIn: { to_MatlAssgmt: 'ProductionRoutingMatlAssgmt', to_Sequence: 'ProductionRoutingSequence' },
    },
    'API_PRODUCTION_ROUTING/ProductionRoutingMatlAssgmt': {
      keys: [
        'Product',
        'Plant',
        ...routingKeys,
        'ProductionRoutingMatlAssgmt',
        'ProductionRtgMatlAssgmtIntVers',
      ],
      rows: rows('assignments'),
    },
    'API_PRODUCTION_ROUTING/ProductionRoutingSequence': {
      keys: [...routingKeys, 'ProductionRoutingSequence', 'ProductionRoutingSqncIntVers'],
      rows: rows('sequences'),
      below: { to_Operation: (row) => of(row)?.operations ?? [] },
      belowIn: { to_Operation: 'ProductionRoutingOperation' },
    },
    'API_PRODUCTION_ROUTING/ProductionRoutingOperation': {
      keys: [
        ...routingKeys,
        'ProductionRoutingSequence',
        'ProductionRoutingOpIntID',
        'ProductionRoutingOpIntVersion',
      ],
      rows: rows('operations'),
    },
  };
}

function itemFields({ item, material, quantity, unit }: BillItem): Row {
  return {
    BillOfMaterialItemNumber: item,
    BillOfMaterialItemCategory: 'L',
    BillOfMaterialComponent: material,
    BillOfMaterialItemQuantity: quantityText(quantity),
    BillOfMaterialItemUnit: unitCodes(unit)[0],
    FixedQuantity: false,
    MaterialIsCoProduct: false,
    IsDeleted: false,
    ValidityStartDate: firstDay,
    ValidityEndDate: lastDay,
    LastChangeDateTime: now(),
  };
}

const before = (row: Row): BillItem => ({
  item: String(row.BillOfMaterialItemNumber),
  material: String(row.BillOfMaterialComponent),
  quantity: String(row.BillOfMaterialItemQuantity),
  unit: String(row.BillOfMaterialItemUnit),
});

export const pressing: readonly RoutingOperation[] = [
  { number: '0010', description: 'Press seals', workCentre: '10000271', minutes: '1.5' },
];

const operationFields = ({ number, description, workCentre, minutes }: RoutingOperation): Row => ({
  Operation: number,
  OperationText: description,
  WorkCenterInternalID: workCentre,
  OperationReferenceQuantity: '1',
  OperationUnit: 'PC',
  StandardWorkQuantity2: minutes,
  StandardWorkQuantityUnit2: 'MIN',
  ChangedDateTime: now(),
});
