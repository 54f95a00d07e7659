import { type AdapterName, adapters } from '../adapters';
import { httpJson } from '../adapters/http-json';
import { httpJsonKit } from '../adapters/http-json/kit';
import type { Kit } from '../adapters/kit';
import { kits } from '../adapters/kits';
import { adapterContract } from './adapter-contract';

describe.each(Object.keys(adapters) as AdapterName[])('%s', (name) => {
  test('is listed under its own name', () => {
    expect(adapters[name].name).toBe(name);
  });
  adapterContract(adapters[name], kits[name]);
});

describe('http-json, fetching instead of being pushed to', () => {
  const { read: _, ...fetching } = httpJson;
  const polled: Kit = {
    ...httpJsonKit,
    samples: {
      ...httpJsonKit.samples,
      settings: {
        ...httpJsonKit.samples.settings,
        poll: { Order: { path: '/orders', list: 'items', everyMs: 20 } },
      },
      event: (key) => ({
        event: 'row',
        data: { path: '/orders', row: { number: key, event: `${key}/1` } },
      }),
    },
  };
  adapterContract(fetching, polled);
});
