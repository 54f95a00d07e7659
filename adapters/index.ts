import type { Adapter } from './adapter';

/** Every adapter that ships with the hub. Adding one: a folder, a line here, and its kit in kits.ts. */
export const adapters = {} as const satisfies Record<string, Adapter>;

export type AdapterName = keyof typeof adapters;
