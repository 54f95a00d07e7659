/**
 * Makes something once for each text. All of it goes where there are too many: the texts that come again and again are made
 * anew soon, and finding the oldest one each time would cost more.
 */
export function byText<T>(most: number, make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  return (text) => {
    let found = made.get(text);
    if (found === undefined) {
      found = make(text);
      if (made.size >= most) made.clear();
      made.set(text, found);
    }
    return found;
  };
}
