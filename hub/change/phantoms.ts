import { decimal, text } from './quantity';
import type { MaterialLine } from './shapes';

const isPhantom = (line: MaterialLine): boolean => line.assemblyType === 'Logical';

/**
 * The lines of an operation with phantoms resolved: a line with assembly type `Logical` is never stored, so its parts
 * stand in its place, under the path from its id, multiplied by its quantity. Other assemblies are consumed as they are.
 */
export function withoutPhantoms(lines: readonly MaterialLine[]): readonly MaterialLine[] {
  return lines.some(isPhantom) ? lines.flatMap((line) => resolved(line, '1', '', line.materialUse)) : lines;
}

function resolved(line: MaterialLine, factor: string, path: string, use: string | undefined): MaterialLine[] {
  const quantity = text(decimal(factor).times(decimal(line.quantity?.[0]?.quantityString)));
  const id = path === '' ? line.id : `${path}/${line.id}`;
  if (isPhantom(line)) {
    return (line.assemblySpecification ?? []).flatMap((part) => resolved(part, quantity, id, use));
  }
  if (path === '') return [line];
  return [
    {
      ...line,
      id,
      ...(use === undefined ? {} : { materialUse: line.materialUse ?? use }),
      quantity: [{ ...line.quantity?.[0], quantityString: quantity }],
    },
  ];
}
