import { type BillData, pressing, type RoutingData } from './kit-masters';
import { plant } from './kit-plant';
import { type Element, materialNumber } from './kit-segment';

const firstDay = '20260101';
const lastDay = '99991231';

/** A character quantity (`…_C`) as SAP pads it: right-aligned, with a place for the sign behind it. */
const characters = (quantity: string): string => {
  const negative = quantity.startsWith('-');
  const [whole = '0', fraction = ''] = quantity.replace(/^-/, '').split('.');
  return `${`${whole}.${fraction.padEnd(3, '0')}`.padStart(15)}${negative ? '-' : ' '}`;
};

/** A bill of material as BOMMAT carries it. */
export function billSegment({
  material,
  alternative = '01',
  changeNumber = '',
  items = plant.components,
}: BillData): Element {
  const identity: Element[] = [
    ['MSGFN', '005'],
    ['STLNR', '00001497'],
    ['STLAN', '1'],
  ];
  return [
    'E1STZUM',
    [
      ...identity,
      ['STLTY', 'M'],
      ['ZTEXT', material],
      [
        'E1MASTM',
        [...identity, ...materialNumber(material), ['WERKS', plant.number], ['STLAL', alternative]],
      ],
      [
        'E1STKOM',
        [
          ['MSGFN', '005'],
          ['DATUV', firstDay],
          ['AENNR', changeNumber],
          ['BMENG_C', characters('1')],
          ['BMEIN', plant.unit],
          ['STLST', '01'],
        ],
      ],
      ...items.map(
        ({ item, material: component, quantity, unit }): Element => [
          'E1STPOM',
          [
            ['POSNR', item],
            ['POSTP', 'L'],
            ['IDNRK', component],
            ['MENGE_C', characters(quantity)],
            ['MEINS', unit],
            ['DATUV', firstDay],
            ['DATUB', lastDay],
          ],
        ],
      ),
    ],
  ];
}

/** A routing as LOIROU carries it. */
export function routingSegment({
  group,
  material = plant.product,
  operations = pressing,
}: RoutingData): Element {
  const period: Element[] = [
    ['DATUV', firstDay],
    ['DATUB', lastDay],
  ];
  const steps = operations.map(
    ({ number, description, workCentre, minutes }): Element => [
      'E1PLPOL',
      [
        ['VORNR', number],
        ['LTXA1', description],
        ['STEUS', 'PP01'],
        ['ARBID', workCentre],
        ['BMSCH', '1.000'],
        ['MEINH', plant.unit],
        ['VGW02', minutes],
        ['VGE02', 'MIN'],
        ...period,
      ],
    ],
  );
  const sequence: Element = ['E1PLFLL', [['PLNFL', '0'], ['FLGAT', '0'], ...steps]];
  const header: Element = [
    'E1PLKOL',
    [['KTEXT', material], ['STATU', '4'], ['VERWE', '1'], ['PLNME', plant.unit], ...period, sequence],
  ];
  return [
    'E1MAPLL',
    [
      ['PLNTY', 'N'],
      ['PLNNR', group],
      ...materialNumber(material),
      ['WERKS', plant.number],
      ['E1MAPAL', [['PLNAL', '01'], header]],
    ],
  ];
}
