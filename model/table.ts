import { readFileSync } from 'node:fs';

/**
 * Rows of a file whose columns are parted by tabs: comments (`#`) and empty lines are passed over, the first line names
 * the columns. An empty cell is an empty text.
 */
export function readTable<Column extends string>(file: string): Record<Column, string>[] {
  const [head = '', ...lines] = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const columns = head.split('\t') as Column[];
  return lines.map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])) as Record<
      Column,
      string
    >;
  });
}
