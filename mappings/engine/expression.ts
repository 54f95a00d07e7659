import type { Frame, Run } from './run';

export type CompiledExpression = (frame: Frame, run: Run) => unknown;

export const functionNames: readonly string[] = ['string'];

export function compileExpression(text: string): CompiledExpression {
  throw new Error(`expr is not compiled yet: ${text}`);
}
