/** Characters that XML 1.0 cannot carry, not even escaped: most control characters and halves of surrogate pairs. */
const unwritable = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

export const isWritable = (text: string) => !unwritable.test(text);

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
  '\n': '&#xA;',
  '\t': '&#x9;',
};

/** Text between tags. A carriage return is escaped, or a parser would make it a line feed. */
export function escapeText(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (character) => escapes[character] ?? '') : text;
}

/** Text of an attribute in double quotes, with white space kept from normalisation. */
export function escapeAttribute(text: string): string {
  return /[&<"\r\n\t]/.test(text)
    ? text.replace(/[&<"\r\n\t]/g, (character) => escapes[character] ?? '')
    : text;
}
