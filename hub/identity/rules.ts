/**
 * Differences in spelling that need not mean another object: leading zeros of an id that is all digits (as SAP pads
 * them), blanks around and doubled ones inside, capitals.
 */
export const spellings = ['leading-zeros', 'blanks', 'case'] as const;
export type Spelling = (typeof spellings)[number];

/** For which ids some differences are no difference; those that are not named make a match no more than possible. */
export interface IdentityRule {
  readonly noun?: string;
  readonly system?: string;
  readonly ignore: readonly Spelling[];
}

const usual: readonly Spelling[] = ['leading-zeros', 'blanks'];

/** The spellings that the first fitting rule ignores for ids of that noun in that system. */
export function ignoredFor(
  rules: readonly IdentityRule[],
  system: string,
  noun: string,
): readonly Spelling[] {
  const rule = rules.find((one) => (one.system ?? system) === system && (one.noun ?? noun) === noun);
  return rule?.ignore ?? usual;
}

/** The id without what is ignored: ids of one normal form are taken for the same. */
export function normalForm(id: string, ignored: readonly Spelling[]): string {
  let form = id;
  if (ignored.includes('blanks')) form = form.trim().replace(/\s+/g, ' ');
  if (ignored.includes('case')) form = form.toUpperCase();
  if (ignored.includes('leading-zeros')) form = form.replace(/^0+(?=\d+$)/, '');
  return form;
}
