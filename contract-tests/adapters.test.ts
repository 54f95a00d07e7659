import { type AdapterName, adapters } from '../adapters';
import { kits } from '../adapters/kits';
import { adapterContract } from './adapter-contract';

describe.each(Object.keys(adapters) as AdapterName[])('%s', (name) => {
  test('is listed under its own name', () => {
    expect(adapters[name].name).toBe(name);
  });
  adapterContract(adapters[name], kits[name]);
});
