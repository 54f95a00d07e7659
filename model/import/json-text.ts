/** JSON for people: what fits on a line stands on a line. `lead` is what stands before the value on its line. */
export function jsonText(value: unknown, width = 120, indent = '', lead = 0): string {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  if (indent.length + lead + flat.length <= width || typeof value !== 'object' || value === null) return flat;
  const deeper = `${indent} `;
  if (Array.isArray(value)) {
    return `[\n${value.map((each) => deeper + jsonText(each, width, deeper)).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${deeper}"${key}": ${jsonText(member, width, deeper, key.length + 4)}`);
  return `{\n${members.join(',\n')}\n${indent}}`;
}
