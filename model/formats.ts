/** Days of a month; February by the Gregorian rule, also before 1582, as XML Schema has it. */
function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const dateTime =
  /^(-?(?:[1-9]\d{3,}|0\d{3}))-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?$/;

/** What any month has and any clock shows: almost all times, told without taking them apart. */
const usualDateTime =
  /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?$/;

/** xsd:dateTime: the zone is optional, a fraction may have any number of digits, 24:00:00 ends a day. */
export function isDateTime(text: string): boolean {
  if (usualDateTime.test(text)) return true;
  const found = dateTime.exec(text);
  if (found === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || minute > 59 || second > 59)
    return false;
  if (hour === 24) return minute === 0 && second === 0 && !/[1-9]/.test(found[7] ?? '');
  return hour < 24;
}

/** xsd:duration, as in `PT90S`: no weeks. */
export function isDuration(text: string): boolean {
  return /^-?P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/.test(text);
}

/** xsd:decimal: no exponent, no thousands separators. */
export function isDecimal(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text);
}

/** The formats that the schemas name. */
export const formats = {
  'xsd-date-time': isDateTime,
  'xsd-duration': isDuration,
  'xsd-decimal': isDecimal,
} as const satisfies Record<string, (text: string) => boolean>;

export type FormatName = keyof typeof formats;

/** The instant in milliseconds; undefined where the text has no zone and so names no instant, or is no date-time. */
export function instantOf(text: string): number | undefined {
  if (!isDateTime(text) || !/(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const instant = Date.parse(text.replace(/(\.\d{3})\d+/, '$1').replace('T24:', 'T23:'));
  if (Number.isNaN(instant)) return undefined;
  return text.includes('T24:') ? instant + 3_600_000 : instant;
}

/** Negative, 0 or positive as the first is earlier, the same or later; undefined where zones do not let one say. */
export function compareTimes(first: string, second: string): number | undefined {
  const [a, b] = [instantOf(first), instantOf(second)];
  if (a !== undefined && b !== undefined) return a - b;
  if (a !== undefined || b !== undefined || !isDateTime(first) || !isDateTime(second)) return undefined;
  // Both without a zone: the same clock.
  return (instantOf(`${first}Z`) ?? 0) - (instantOf(`${second}Z`) ?? 0);
}
