/** The most similar of the names, when it is similar enough to be meant. */
export function closest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(3, Math.floor(name.length / 2) + 1);
  for (const one of names) {
    const inside = one.includes(name) || name.includes(one);
    const shared = inside ? 1 + Math.abs(one.length - name.length) / 4 : Number.POSITIVE_INFINITY;
    const distance = Math.min(shared, edits(name.toLowerCase(), one.toLowerCase()));
    if (distance < least) [best, least] = [one, distance];
  }
  return best;
}

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, change));
    }
    row = next;
  }
  return row[b.length] as number;
}
