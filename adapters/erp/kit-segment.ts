import { padded } from './kit-plant';

/** A segment: fields are text, segments below it are further elements. `undefined` is left out. */
export type Element = readonly [name: string, content: string | undefined | readonly Element[]];

/** S/4 fills the short number only when the long one fits into it. */
export function materialNumber(number: string): Element[] {
  return [
    ['MATNR', number.length > 18 ? '' : padded(number, 18)],
    ['MATNR_LONG', padded(number, 40)],
  ];
}

export function xmlOf([name, content]: Element): string {
  if (content === undefined) return '';
  if (typeof content === 'string')
    return content === '' ? `<${name}/>` : `<${name}>${escaped(content)}</${name}>`;
  return `<${name} SEGMENT="1">${content.map(xmlOf).join('')}</${name}>`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
