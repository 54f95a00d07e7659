/** Flows that take POST /intake/shop (JSON) and /intake/erp (XML), and answer when the receiver has acknowledged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../model/paths';

export function flowByHub(url: string): object[] {
  const work = (id: string, call: string) =>
    functionNode(
      id,
      `msg.payload = global.get('work').${call}(msg.payload); msg.headers = {}; return msg;`,
      'send',
    );
  return [
    ...doors('json work', 'xml'),
    work('json work', 'fromJson'),
    xmlNode('xml work'),
    work('xml work', 'fromXml'),
    ...sending(url),
  ];
}

export function flowByOwnMeans(url: string): object[] {
  return [
    ...doors('order of shop', 'options of xml'),
    changeNode('options of xml', [constant('options', { explicitArray: false })], 'xml'),
    xmlNode('order of erp'),
    changeNode('order of shop', [mapped('order-of-shop')], 'held to the schema'),
    changeNode('order of erp', [mapped('order-of-erp')], 'held to the schema'),
    functionNode(
      'held to the schema',
      `if (global.get('isMessage')(msg.payload)) return [msg, null];
      msg.statusCode = 422;
      return [null, msg];`,
      'job',
      'answer',
    ),
    changeNode('job', [mapped('job'), constant('headers', {})], 'send'),
    ...sending(url),
  ];
}

const doors = (shop: string, erp: string) => [
  { id: 'flow', type: 'tab', label: 'orders' },
  node('shop', 'http in', [shop], { url: '/intake/shop', method: 'post' }),
  node('erp', 'http in', [erp], { url: '/intake/erp', method: 'post' }),
];

const sending = (url: string) => [
  node('send', 'http request', ['done'], {
    method: 'POST',
    ret: 'txt',
    url,
    persist: true,
    paytoqs: 'ignore',
  }),
  changeNode(
    'done',
    [constant('statusCode', 202), constant('payload', { accepted: [] }), constant('headers', {})],
    'answer',
  ),
  node('answer', 'http response', []),
];

const xmlNode = (next: string) => node('xml', 'xml', [next], { property: 'payload', attr: '', chr: '' });

const functionNode = (id: string, func: string, ...next: string[]) =>
  node(id, 'function', next, { func, outputs: next.length });

const changeNode = (id: string, rules: readonly object[], next: string) =>
  node(id, 'change', [next], { rules });

const constant = (property: string, value: unknown) => ({
  t: 'set',
  p: property,
  pt: 'msg',
  to: JSON.stringify(value),
  tot: 'json',
});

const mapped = (name: string) => ({
  t: 'set',
  p: 'payload',
  pt: 'msg',
  to: readFileSync(join(packageRoot, 'contract-tests/bench/node-red', `${name}.jsonata`), 'utf8'),
  tot: 'jsonata',
});

/** `next`: one a way out. */
function node(id: string, type: string, next: readonly string[], more: object = {}): object {
  // Without a place it would be no node of the flow.
  return { id, type, z: 'flow', x: 0, y: 0, name: id, wires: next.map((one) => [one]), ...more };
}
