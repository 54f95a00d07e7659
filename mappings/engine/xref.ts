import type { OneWay } from './convert';
import type { MappingContext, Rule, Xref, XrefUse } from './mapping';
import { isMissing } from './paths';
import type { Run } from './run';
import { Refusal } from './transforms';

/**
 * Ids of another system and canonical ids: what a mapping reads becomes canonical, what it writes native. The hub knows
 * the links; without it, as in a preview, every id stays as it is. Undefined: the rule has no xref.
 */
export function compileXref({ xref }: Pick<Rule, 'xref'>, direction: OneWay) {
  if (xref === undefined) return undefined;
  return (value: unknown, _frame: unknown, { context }: Run): unknown => {
    if (isMissing(value)) return value;
    const id = String(value);
    const system = xref.system ?? context.system ?? '';
    const found = context.xref?.(system, xref.noun, id, direction);
    if (found === undefined) {
      if (xref.unknown === 'issue') throw unknownId(xref, system, id, direction);
      return id;
    }
    if ('id' in found) return found.id;
    throw uncertainId(xref, system, id, direction, found.candidates);
  };
}

const linkIt = (system: string, noun: string, nativeId: string, canonicalId: string) =>
  `esperanto identity link ${system} ${noun} '${nativeId}' ${canonicalId} --why REASON`;

function unknownId({ noun }: XrefUse, system: string, id: string, direction: OneWay): Refusal {
  const unlinked = { system, noun, id, direction, needed: true };
  return direction === 'in'
    ? new Refusal(
        `no ${noun} is linked with '${id}' of ${system}`,
        `Link it (${linkIt(system, noun, id, 'CANONICAL-ID')}): then it goes on.`,
        unlinked,
      )
    : new Refusal(
        `${noun} '${id}' has no id in ${system}`,
        `Link it (${linkIt(system, noun, 'NATIVE-ID', id)}): then it goes on.`,
        unlinked,
      );
}

function uncertainId(
  { noun, unknown }: XrefUse,
  system: string,
  id: string,
  direction: OneWay,
  candidates: readonly string[],
): Refusal {
  const [first = ''] = candidates;
  const unlinked = { system, noun, id, direction, needed: unknown === 'issue' };
  if (direction === 'out') {
    return new Refusal(
      `${noun} '${id}' has several ids in ${system}: ${candidates.join(', ')}`,
      `Mark all but one as alternative (${linkIt(system, noun, candidates.at(-1) ?? '', id)} --alternative): then it goes on.`,
      unlinked,
    );
  }
  return new Refusal(
    `'${id}' of ${system} may be the ${noun} ${candidates.join(' or ')}, and nobody has said so`,
    `Link it (${linkIt(system, noun, id, first)}): then it goes on.`,
    unlinked,
  );
}

/** The links that a case names, found by their very ids. */
export function xrefOfCase({ identities }: MappingContext): Xref | undefined {
  if (!Array.isArray(identities)) return undefined;
  const links = identities as { system?: string; noun: string; nativeId: string; canonicalId: string }[];
  return (system, noun, id, direction) => {
    const [from, to] =
      direction === 'in' ? (['nativeId', 'canonicalId'] as const) : (['canonicalId', 'nativeId'] as const);
    const ids = links
      .filter((link) => (link.system ?? system) === system && link.noun === noun && link[from] === id)
      .map((link) => link[to]);
    const [only] = ids;
    if (only === undefined) return undefined;
    return ids.length === 1 ? { id: only } : { candidates: ids };
  };
}
