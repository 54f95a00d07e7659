import { decimalTransforms } from './decimals';
import { sapTransforms } from './sap';
import { textTransforms } from './text';
import { timeTransforms } from './times';
import type { Transform } from './transform';

/** The whole vocabulary of `as:`. A mapping needs no code beyond these. */
export const transforms: ReadonlyMap<string, Transform> = new Map<string, Transform>(
  Object.entries({ ...textTransforms, ...decimalTransforms, ...timeTransforms, ...sapTransforms }),
);

export { type Example, type Options, Refusal, type Transform, thenReplay } from './transform';
