import type { SaxesAttributeNS, SaxesTagNS } from 'saxes';
import type { Node } from './frame';
import { readText } from './scalar';
import type { AttributeEntry, Release } from './tables';

const xsi = 'http://www.w3.org/2001/XMLSchema-instance';
const xmlnsUri = 'http://www.w3.org/2000/xmlns/';

/** Told of a defect; the property is empty where the element itself is meant. */
type Report = (rule: string, message: string, property: string, value?: string) => void;

/**
 * The attributes of an element by property, and whether it is nil. Namespace declarations and hints where to find
 * schemas are no attributes in this sense.
 */
export function readAttributes(
  tag: SaxesTagNS,
  known: ReadonlyMap<string, AttributeEntry> | undefined,
  release: Release,
  report: Report,
): { given: Node | undefined; isNil: boolean } {
  let given: Node | undefined;
  let isNil = false;
  for (const { uri, local, name, value } of Object.values(tag.attributes) as SaxesAttributeNS[]) {
    if (uri === xmlnsUri) continue;
    if (uri === xsi && /schemaLocation$/i.test(local)) continue;
    if (uri === xsi && local === 'nil') {
      isNil = value === 'true' || value === '1';
      continue;
    }
    const entry = uri === '' ? known?.get(local) : undefined;
    if (entry === undefined) {
      report('unknown-attribute', `the attribute ${name} is not defined here and is left out`, '', value);
      continue;
    }
    given ??= {};
    given[entry.property] = readText(entry, value, release, (rule, message) =>
      report(rule, message, entry.property, value),
    );
  }
  for (const { name, property, required } of known?.values() ?? []) {
    if (required && given?.[property] === undefined)
      report('required', `the attribute ${name} is missing`, property);
  }
  return { given, isNil };
}
