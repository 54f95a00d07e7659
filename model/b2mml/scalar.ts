import { isDateTime, isDecimal, isDuration } from '../formats';
import type { Release, TextKind } from './tables';

type Report = (rule: string, message: string) => void;

const checks: Readonly<Record<Exclude<TextKind, 'string' | 'boolean'>, (text: string) => boolean>> = {
  decimal: isDecimal,
  'date-time': isDateTime,
  duration: isDuration,
};

/**
 * The value of an element or attribute: its text as it stands, only truth values become booleans. What is not of its
 * kind is reported and kept.
 */
export function readText(
  { text: kind = 'string', values }: { text?: TextKind; values?: string },
  text: string,
  release: Release,
  report: Report,
): string | boolean {
  if (values !== undefined) {
    if (!release.values(values).has(text)) report('enum', `'${text.slice(0, 40)}' is no ${values}`);
    return text;
  }
  if (kind === 'string') return text;
  const collapsed = text.trim();
  if (kind !== 'boolean') {
    if (!checks[kind](collapsed)) report('format', `'${collapsed.slice(0, 40)}' is no ${kind}`);
    return collapsed;
  }
  if (collapsed === 'true' || collapsed === 'false') return collapsed === 'true';
  report('format', `'${collapsed.slice(0, 40)}' is neither true nor false`);
  if (collapsed === '1' || collapsed === '0') return collapsed === '1';
  return text;
}
