import type { Mapping } from './mapping';

export function invertMapping(mapping: Mapping): { mapping: Mapping } {
  return { mapping };
}
