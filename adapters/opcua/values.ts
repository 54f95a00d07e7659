import { Decimal } from 'decimal.js';
import { coerceInt64, DataType, Variant, VariantArrayType } from 'node-opcua';
import { HubError } from '../../model/errors';

/** A value as records carry it. 64-bit integers are text: a JSON number cannot hold them. */
export type Plain = string | number | boolean;

const integers: Partial<Record<DataType, readonly [bigint, bigint]>> = {
  [DataType.SByte]: [-128n, 127n],
  [DataType.Byte]: [0n, 255n],
  [DataType.Int16]: [-32768n, 32767n],
  [DataType.UInt16]: [0n, 65535n],
  [DataType.Int32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [DataType.UInt32]: [0n, 2n ** 32n - 1n],
  [DataType.Int64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [DataType.UInt64]: [0n, 2n ** 64n - 1n],
};

/** The built-in type of that name, or the one that fits the value as it stands. Throws HUB_INVALID. */
export function typeNamed(name: string | undefined, value: Plain, at: string): DataType {
  if (name === undefined) {
    if (typeof value === 'boolean') return DataType.Boolean;
    return typeof value === 'number' ? DataType.Double : DataType.String;
  }
  const type = DataType[name as keyof typeof DataType] as DataType | undefined;
  if (typeof type === 'number' && isPlain(type)) return type;
  throw new HubError('HUB_INVALID', `${at}: '${name}' is no plain OPC UA type`, {
    at,
    value: name,
    todo: 'Use Boolean, Int32, UInt32, Int64, Float, Double, String, DateTime or another plain built-in type.',
  });
}

const isPlain = (type: DataType): boolean =>
  type in integers ||
  [DataType.Boolean, DataType.Float, DataType.Double, DataType.String, DataType.DateTime].includes(type);

/**
 * The value in exactly that type, so that neither the stack nor the machine has to guess. Nothing is rounded or cut:
 * what does not fit is HUB_INVALID. Only Float loses digits, as that type does.
 */
export function toVariant(value: Plain, type: DataType, at: string): Variant {
  const unfit = () =>
    new HubError('HUB_INVALID', `${at}: '${value}' does not fit the type ${DataType[type]}`, { at, value });
  const range = integers[type];
  if (range) return integerVariant(value, type, range, unfit);
  switch (type) {
    case DataType.Boolean:
      if (!['true', 'false'].includes(String(value))) throw unfit();
      return new Variant({ dataType: type, value: String(value) === 'true' });
    case DataType.Float:
    case DataType.Double: {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw unfit();
      return new Variant({ dataType: type, value: type === DataType.Float ? Math.fround(number) : number });
    }
    case DataType.DateTime:
      if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw unfit();
      return new Variant({ dataType: type, value: new Date(value) });
    case DataType.String:
      return new Variant({ dataType: type, value: String(value) });
    default:
      throw unfit();
  }
}

function integerVariant(
  value: Plain,
  type: DataType,
  [lowest, highest]: readonly [bigint, bigint],
  unfit: () => HubError,
): Variant {
  const text = String(value).replace(/^(-?\d+)\.0+$/, '$1');
  if (!/^-?\d+$/.test(text)) throw unfit();
  const number = BigInt(text);
  if (number < lowest || number > highest) throw unfit();
  if (type !== DataType.Int64 && type !== DataType.UInt64) {
    return new Variant({ dataType: type, value: Number(number) });
  }
  // Without arrayType the pair of halves is taken for an array.
  return new Variant({ dataType: type, arrayType: VariantArrayType.Scalar, value: halves(number) });
}

const halves = (number: bigint): [number, number] => {
  const bits = BigInt.asUintN(64, number);
  return [Number(bits >> 32n), Number(bits & 0xffffffffn)];
};

/** The type to write in: where a node only says that it is some number, that of the value which it has. */
export function nodeType(named: DataType, now: Variant | null | undefined): DataType {
  if (named === DataType.Variant || isAbstract(named)) return now?.dataType || DataType.Double;
  return named === ENUMERATION ? DataType.Int32 : named;
}

/** Number, Integer and UInteger are no types to write in; the stack knows them by these numbers. */
const isAbstract = (type: number): boolean => type >= 26 && type <= 28;
const ENUMERATION: number = 29;

/** The value in a node's steps, exactly: 12.5 at a scale of 0.1 is 125. Throws HUB_INVALID for what is no number. */
export function toRaw(value: Plain, scale: number | undefined, at: string): Plain {
  if (scale === undefined) return value;
  const number = asDecimal(value);
  if (number === undefined) {
    throw new HubError('HUB_INVALID', `${at}: '${value}' is no number`, { at, value });
  }
  return number.div(scale).toFixed();
}

/** What a node's steps say, in the parameter's unit. */
export function fromRaw(raw: unknown, scale: number | undefined): unknown {
  const number = scale === undefined ? undefined : asDecimal(raw);
  return number === undefined ? raw : number.times(scale!).toNumber();
}

/** Whether two values say the same, whatever they are kept in: 3 as text of a 64-bit integer and 3 as a number do. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const [one, other] = [asDecimal(a), asDecimal(b)];
  return one !== undefined && other !== undefined && one.equals(other);
}

function asDecimal(value: unknown): Decimal | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(String(value))) return undefined;
  return new Decimal(value);
}

/** The bits of a UInt64 as the stack gives it: a pair of halves, a number or a text. */
export function bitsOf(value: unknown): bigint {
  const [high, low] = (Array.isArray(value) ? value : coerceInt64(value as number)) as [number, number];
  return (BigInt(high) << 32n) | BigInt(low);
}

/** A variant as JSON: never a typed array or a pair of halves. */
export function toPlain(variant: Variant | null | undefined): unknown {
  if (!variant || variant.value === null || variant.value === undefined) return undefined;
  const one = (value: unknown): unknown => plainOf(value, variant.dataType);
  return variant.arrayType === VariantArrayType.Scalar
    ? one(variant.value)
    : Array.from(variant.value as ArrayLike<unknown>, one);
}

function plainOf(value: unknown, type: DataType): unknown {
  if (type === DataType.Int64) return String(BigInt.asIntN(64, bitsOf(value)));
  if (type === DataType.UInt64) return String(bitsOf(value));
  if (type === DataType.DateTime) return (value as Date | null)?.toISOString();
  if (type === DataType.LocalizedText) return (value as { text?: string | null }).text ?? undefined;
  return typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) : value;
}
