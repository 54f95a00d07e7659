import { canonicalSchemas } from '../canonical';
import { closest } from '../closest';
import type { Rule } from '../mapping';
import type { SchemaNode } from '../schema-node';
import { type LintScope, say } from './scope';

/** A noun that the model does not have, and an id that is no text. */
export function lintXref(
  { xref, as, line }: Rule,
  scope: LintScope,
  from: SchemaNode | undefined,
  path: string,
): void {
  if (xref === undefined) return;
  const { noun } = xref;
  if (canonicalSchemas().itemOf(noun) === undefined) {
    const near = closest(noun, nounsOf(scope));
    const hint = near ? `; did you mean '${near}'?` : '';
    say(
      scope,
      line,
      'unknown-noun',
      path,
      `${path}: xref names ${noun}, which the model does not have${hint}`,
    );
  }
  const isText = !from || from.anything || from.types.length === 0 || from.types.includes('string');
  if (!isText && as.length === 0)
    say(
      scope,
      line,
      'wrong-type',
      path,
      `${path}: an id is text, and this is ${from.types.join(' or ')}; use as: text`,
    );
}

/** Nouns that ids are usually of, to guess what was meant. */
const nounsOf = ({ mapping }: LintScope): readonly string[] => [
  ...mapping.nouns,
  'Equipment',
  'MaterialDefinition',
  'MaterialLot',
  'PhysicalAsset',
  'Person',
  'ProcessSegment',
  'OperationsDefinition',
  'OperationsSchedule',
];
