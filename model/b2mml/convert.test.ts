import { order } from '../testing/messages';
import { checkRoundTrip, convertText } from './convert';

const json = JSON.stringify(order());
const xml = convertText(json, 'xml').text;

test('JSON becomes XML, and XML JSON', () => {
  expect(xml).toContain('<ProcessOperationsSchedule ');
  expect(JSON.parse(convertText(xml, 'json').text)).toEqual(order());
});

test('a version may be named', () => {
  expect(convertText(json, 'xml', 'V0600').text).toContain('http://www.mesa.org/xml/B2MML-V0600');
});

test('a document with defects is converted, and the defects are named', () => {
  const { defects } = convertText(xml.replace(' releaseID="V0701"', ''), 'json');
  expect(defects).toMatchObject([{ rule: 'required', path: 'releaseId' }]);
});

test.each([
  ['{"verb": ', /JSON/],
  ['order 7', /neither XML nor JSON/],
  ['{"verb": "Process"}', /verb, noun and items/],
  [JSON.stringify({ ...order(), noun: 'Order' }), /there is no Process of Order/],
])('%s does not become XML', (text, reason) => {
  expect(() => convertText(text, 'xml')).toThrow(reason);
});

describe('a round trip', () => {
  test.each([
    ['XML', xml],
    [
      'XML with prefixes and comments',
      xml
        .replace(/<(\/?)([A-Za-z])/g, '<$1b:$2')
        .replace('xmlns=', 'xmlns:b=')
        .replace('?>', '?><!-- x -->'),
    ],
    ['JSON', json],
    ['JSON in another order', JSON.stringify(Object.fromEntries(Object.entries(order()).reverse()))],
  ])('of %s is equal', (_, text) => {
    expect(checkRoundTrip(text)).toEqual({ equal: true, defects: [] });
  });

  test('that loses something is not equal, and says what', () => {
    const { equal, defects } = checkRoundTrip(xml.replace('<Priority>', '<Priority colour="red">'));
    expect(equal).toBe(false);
    expect(defects).toMatchObject([{ rule: 'unknown-attribute', value: 'red' }]);
  });

  test('of what cannot be read is not equal, and says why', () => {
    expect(checkRoundTrip('<a')).toMatchObject({ equal: false, defects: [{ rule: 'HUB_BAD_XML' }] });
    expect(checkRoundTrip('{')).toMatchObject({ equal: false, defects: [{ rule: 'HUB_BAD_JSON' }] });
  });
});
