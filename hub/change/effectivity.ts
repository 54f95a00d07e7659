import { DateTime } from 'luxon';

/** From `from` up to, not including, `to`. Texts like `SN-000100`: what stands before the number must be equal. */
export interface SerialRange {
  /** The end item whose serial numbers are meant. */
  readonly item?: string;
  readonly from?: string;
  readonly to?: string;
}

/** For what a revision or change holds. Everything that is given must hold; nothing given means always. */
export interface Effectivity {
  /** Instant or plant-local time, half-open: the moment `to` belongs to the next revision. */
  readonly from?: string;
  readonly to?: string;
  readonly serials?: readonly SerialRange[];
  readonly lots?: readonly string[];
  readonly orders?: readonly string[];
  /** The next so many orders of the product that begin after `from`. */
  readonly orderCount?: number;
}

/** What is asked about: an order with what is known of it. */
export interface Subject {
  readonly orderId: string;
  /** When its remaining work is done: now for a running order, its planned start for one to come. */
  readonly moment: string;
  readonly item?: string;
  readonly serials?: readonly string[];
  readonly lot?: string;
  /** 0 for the first order of the product that begins after `from`; see `ordinals`. */
  readonly ordinal?: number;
}

export interface EffectivityAnswer {
  readonly effective: 'yes' | 'no' | 'partly';
  readonly reason: string;
  /** Where serial numbers are known: those that it holds for. */
  readonly serials?: readonly string[];
  /** It takes one of a stated number of places. */
  readonly counted?: true;
}

/** Plant-local texts are read in `zone`; texts with their own zone keep it. Not a time: `undefined`. */
export function instant(text: string, zone: string): number | undefined {
  const time = DateTime.fromISO(text, { zone });
  return time.isValid ? time.toMillis() : undefined;
}

/** Whether the effectivity holds for the subject, and why not. */
export function isEffective(effectivity: Effectivity, subject: Subject, zone: string): EffectivityAnswer {
  const no = (reason: string): EffectivityAnswer => ({ effective: 'no', reason });
  const moment = instant(subject.moment, zone);
  const from = effectivity.from === undefined ? undefined : instant(effectivity.from, zone);
  const to = effectivity.to === undefined ? undefined : instant(effectivity.to, zone);
  if (from !== undefined && (moment === undefined || moment < from)) {
    return no(`its work comes before ${effectivity.from}`);
  }
  if (to !== undefined && (moment === undefined || moment >= to)) {
    return no(`its work comes after ${effectivity.to}`);
  }
  if (effectivity.orders && !effectivity.orders.includes(subject.orderId)) {
    return no('it is not among the named orders');
  }
  if (effectivity.lots && (subject.lot === undefined || !effectivity.lots.includes(subject.lot))) {
    return no('its lot is not among the named lots');
  }
  if (
    effectivity.orderCount !== undefined &&
    (subject.ordinal === undefined || subject.ordinal >= effectivity.orderCount)
  ) {
    return no(`it is not among the next ${effectivity.orderCount} orders`);
  }
  const answer: EffectivityAnswer =
    effectivity.serials === undefined
      ? { effective: 'yes', reason: 'it is in effect' }
      : bySerial(effectivity.serials, subject);
  return effectivity.orderCount === undefined || answer.effective === 'no'
    ? answer
    : { ...answer, counted: true };
}

function bySerial(ranges: readonly SerialRange[], subject: Subject): EffectivityAnswer {
  const known = subject.serials ?? [];
  if (known.length === 0) return { effective: 'no', reason: 'its serial numbers are not known' };
  const inside = known.filter((serial) => ranges.some((range) => contains(range, serial, subject.item)));
  if (inside.length === 0) return { effective: 'no', reason: 'none of its serial numbers is in range' };
  const all = inside.length === known.length;
  return {
    effective: all ? 'yes' : 'partly',
    reason: all ? 'all its serial numbers are in range' : `serial numbers in range: ${inside.join(', ')}`,
    serials: inside,
  };
}

/** Whether a serial number may be in both ranges. */
export function overlap(a: SerialRange, b: SerialRange): boolean {
  if (a.item !== undefined && b.item !== undefined && a.item !== b.item) return false;
  const [prefix] = parts(a.from ?? a.to ?? b.from ?? b.to ?? '');
  const others = [a.from, a.to, b.from, b.to].flatMap((text) => (text === undefined ? [] : [parts(text)[0]]));
  if (others.some((other) => other !== prefix)) return false;
  const begins = [a.from, b.from].flatMap((text) => (text === undefined ? [] : [parts(text)[1]]));
  const ends = [a.to, b.to].flatMap((text) => (text === undefined ? [] : [parts(text)[1]]));
  return begins.every((begin) => ends.every((end) => begin < end));
}

/** `SN-000100` is the prefix `SN-` and the number 100. */
function parts(serial: string): readonly [prefix: string, number: bigint] {
  const digits = /\d*$/.exec(serial)?.[0] ?? '';
  return [serial.slice(0, serial.length - digits.length), BigInt(digits === '' ? 0 : digits)];
}

function contains(range: SerialRange, serial: string, item: string | undefined): boolean {
  if (range.item !== undefined && range.item !== item) return false;
  const [prefix, number] = parts(serial);
  const [fromPrefix, from] = parts(range.from ?? `${prefix}0`);
  const [toPrefix, to] = parts(range.to ?? `${prefix}${number + 1n}`);
  return prefix === fromPrefix && prefix === toPrefix && number >= from && number < to;
}

/** Place of each order among those that begin at or after `from`, earliest first; ties by order number. */
export function ordinals(
  orders: ReadonlyArray<{ readonly orderId: string; readonly startTime: string }>,
  from: string | undefined,
  zone: string,
): Map<string, number> {
  const begin = from === undefined ? Number.NEGATIVE_INFINITY : (instant(from, zone) ?? 0);
  const counted = orders
    .map(({ orderId, startTime }) => ({ orderId, at: instant(startTime, zone) }))
    .filter((order): order is { orderId: string; at: number } => order.at !== undefined && order.at >= begin)
    .sort((a, b) => a.at - b.at || (a.orderId < b.orderId ? -1 : 1));
  return new Map(counted.map(({ orderId }, i) => [orderId, i]));
}
