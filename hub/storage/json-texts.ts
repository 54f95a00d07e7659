/** What is kept in several places of one transaction, such as the item of a message that becomes an object, is written out once. */
export class JsonTexts {
  private readonly texts = new WeakMap<object, string>();

  of(value: unknown): string {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const known = this.texts.get(value);
    if (known !== undefined) return known;
    const text = JSON.stringify(value);
    this.texts.set(value, text);
    return text;
  }
}
