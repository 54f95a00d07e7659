import { Decimal } from 'decimal.js';
import { DateTime } from 'luxon';
import { billSegment, routingSegment } from './kit-idoc-masters';
import type { BillData, RoutingData } from './kit-masters';
import type { StoredComponent, StoredOrder } from './kit-orders';
import { type MaterialData, padded, plant, quantityText, type WorkCentreData } from './kit-plant';
import { type Element, materialNumber, xmlOf } from './kit-segment';

/** Writes IDocs as the XML port of one SAP system does: each with its own document number. */
export function idocWriter(sender = 'S4HCLNT100') {
  // Unique across restarts of this stand-in, as SAP's number range is.
  let number = Date.now();

  function write(type: string, message: string, segment: Element): { docnum: string; xml: string } {
    const now = DateTime.now();
    const local = now.setZone(plant.zone);
    const docnum = String(++number).padStart(16, '0');
    const control: Element = [
      'EDI_DC40',
      [
        ['TABNAM', 'EDI_DC40'],
        ['MANDT', '100'],
        ['DOCNUM', docnum],
        ['DOCREL', '758'],
        ['STATUS', '30'],
        ['DIRECT', '1'],
        ['OUTMOD', '2'],
        ['IDOCTYP', type],
        ['MESTYP', message],
        ['SNDPOR', 'SAPS4H'],
        ['SNDPRT', 'LS'],
        ['SNDPRN', sender],
        ['RCVPOR', 'HUB'],
        ['RCVPRT', 'LS'],
        ['RCVPRN', 'HUB'],
        ['CREDAT', sapDate(local)],
        ['CRETIM', sapTime(local)],
        // SAP writes this one in UTC, with microseconds.
        ['SERIAL', `${now.toUTC().toFormat('yyyyMMddHHmmssSSS')}000`],
      ],
    ];
    const body = `<IDOC BEGIN="1">${xmlOf(control)}${xmlOf(segment)}</IDOC>`;
    return { docnum, xml: `<?xml version="1.0" encoding="utf-8"?><${type}>${body}</${type}>` };
  }

  return {
    material: (data: MaterialData) => write('MATMAS05', 'MATMAS', materialSegment(data)),
    workCentre: (data: WorkCentreData) => write('LOIWCS03', 'LOIWCS', workCentreSegment(data)),
    bill: (data: BillData) => write('BOMMAT04', 'BOMMAT', billSegment(data)),
    routing: (data: RoutingData) => write('LOIROU04', 'LOIROU', routingSegment(data)),
    order: (order: StoredOrder) => write('LOIPRO05', 'LOIPRO', orderSegment(order)),
  };
}

function materialSegment({
  number,
  description,
  type = 'ROH',
  unit = 'PCE',
  texts = {},
}: MaterialData): Element {
  const all = { EN: description ?? number, ...texts };
  return [
    'E1MARAM',
    [
      ['MSGFN', '005'],
      ...materialNumber(number),
      ['MTART', type],
      ['MEINS', unit],
      ...Object.entries(all).map(
        ([language, text]): Element => [
          'E1MAKTM',
          [
            ['MSGFN', '005'],
            ['SPRAS', language.slice(0, 1)],
            ['MAKTX', text],
            ['SPRAS_ISO', language],
          ],
        ],
      ),
      [
        'E1MARCM',
        [
          ['MSGFN', '005'],
          ['WERKS', plant.number],
        ],
      ],
    ],
  ];
}

function workCentreSegment({ number, description, objectId = '10000271' }: WorkCentreData): Element {
  const text: Element = [
    'E1CRTXL',
    [
      ['SPRAS', 'E'],
      ['SPRAS_ISO', 'EN'],
      ['KTEXT', description ?? number],
    ],
  ];
  return [
    'E1CRHDL',
    [
      ['OBJID', objectId],
      ['ARBPL', number],
      ['WERKS', plant.number],
      ['VERWE', '0001'],
      ['VGWTS', 'SAP1'],
      text,
    ],
  ];
}

function orderSegment(order: StoredOrder): Element {
  const { number, quantity, unit } = order;
  return [
    'E1AFKOL',
    [
      ['AUFNR', padded(number, 12)],
      ['AUART', 'YBM1'],
      ['AUTYP', '10'],
      ...materialNumber(order.material),
      ['WERKS', plant.number],
      ['GAMNG', quantity],
      ['GMEIN', unit],
      ['BMENGE', quantity],
      ['BMEINS', unit],
      ['REVLV', order.revision],
      ['PLSVB', '99999999.000'],
      ...startFields(order.start, 'GSTRP', 'GSUZP'),
      ...endFields(order.end, 'GLTRP', 'GLUZP'),
      ...startFields(order.start, 'GSTRS', 'GSUZS'),
      ...endFields(order.end, 'GLTRS', 'GLUZS'),
      ['GSTRI', '00000000'],
      ['GLTRI', '00000000'],
      ...order.status.map((status): Element => ['E1JSTKL', [['STAT', status]]]),
      [
        'E1AFFLL',
        [
          ['PLNFL', '0'],
          ['FLGAT', '0'],
          ...order.operations.map((_, index) => operationSegment(order, index)),
        ],
      ],
      [
        'E1AFPOL',
        [
          ['POSNR', '0001'],
          ['PSMNG', quantity],
          ['MEINS', unit],
          ['VERID', '0001'],
          ...materialNumber(order.material),
        ],
      ],
    ],
  ];
}

/** The order's time is shared equally between its operations, one after another. */
function operationSegment(order: StoredOrder, index: number): Element {
  const operation = order.operations[index]!;
  const share = order.end.diff(order.start).milliseconds / order.operations.length;
  const start = order.start.plus(share * index);
  const components = order.components.filter(
    ({ row }) => row.ManufacturingOrderOperation === operation.number,
  );
  return [
    'E1AFVOL',
    [
      ['VORNR', operation.number],
      ['ARBID', '10000271'],
      ['ARBPL', operation.workCentre],
      ['STEUS', 'YBP1'],
      ['LTXA1', operation.description],
      ['MGVRG', order.quantity],
      ['MEINH', order.unit],
      ['BEARZ', '1.000000000000000E+01'],
      ['BEAZE', 'MIN'],
      ...startFields(start, 'FSAVD', 'FSAVZ'),
      ...endFields(start.plus(share), 'SSEDD', 'SSEDZ'),
      ['E1AFVOL2', [['RUECK', String(Number(order.reservation) * 100 + index).padStart(10, '0')]]],
      ['E1JSTVL', [['STAT', 'I0002']]],
      ...components.filter(isNeeded).map(componentSegment),
    ],
  ];
}

/** A component that was taken off the list before any of it was issued is gone for the shop floor. */
function isNeeded({ row }: StoredComponent): boolean {
  return !(row.ReservationIsFinallyIssued && new Decimal(row.RequiredQuantity).isZero());
}

function componentSegment({ row }: StoredComponent): Element {
  return [
    'E1RESBL',
    [
      ['BDMNG', quantityText(row.RequiredQuantity)],
      ['ENMNG', quantityText(row.WithdrawnQuantity)],
      ['MEINS', String(row.BaseUnitISOCode ?? row.BaseUnit)],
      ['WERKS', plant.number],
      ['LGORT', String(row.StorageLocation)],
      ['SHKZG', 'H'],
      ['BWART', '261'],
      ['POSNR', String(row.BillOfMaterialItemNumber ?? '')],
      ['POSTP', 'L'],
      ['RSNUM', String(row.Reservation)],
      ['RSPOS', String(row.ReservationItem)],
      ...materialNumber(row.Material),
    ],
  ];
}

const sapDate = (time: DateTime): string => time.toFormat('yyyyMMdd');
const sapTime = (time: DateTime): string => time.toFormat('HHmmss');

function startFields(time: DateTime, date: string, clock: string): Element[] {
  return [
    [date, sapDate(time)],
    [clock, sapTime(time)],
  ];
}

/** SAP writes an end at midnight as 24:00:00 of the day that ends. */
function endFields(time: DateTime, date: string, clock: string): Element[] {
  const isMidnight = sapTime(time) === '000000';
  return [
    [date, sapDate(isMidnight ? time.minus({ days: 1 }) : time)],
    [clock, isMidnight ? '240000' : sapTime(time)],
  ];
}
