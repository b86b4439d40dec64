/** Typed arrays of any realm: those of an iframe or of Node's `vm` are no instances of this realm's classes. */
import { NadarayaError } from "./errors.ts";

/** A Float16Array, whose type only the newest libraries of TypeScript have. */
interface HalfPrecisionArray extends ArrayLike<number> {
  readonly BYTES_PER_ELEMENT: number;
  readonly byteLength: number;
}

/** Any typed array, a Float16Array too. Of a BigInt64Array and a BigUint64Array, every entry must be equal to a float64. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | HalfPrecisionArray
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

// Reads an internal slot, so that it knows arrays of other realms and is not deceived by properties.
const nameOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as (this: unknown) => string | undefined;

/** The class of a typed array, such as "Int32Array"; undefined for everything else, DataViews included. */
export const typedArrayName = (value: unknown): string | undefined => nameOf.call(value);

export const isTypedArray = (value: unknown): value is TypedArray => typedArrayName(value) !== undefined;

/** Whether these are bytes, as `save` returns them; Node's Buffer is one of them. */
export const isBytes = (value: unknown): value is Uint8Array => typedArrayName(value) === "Uint8Array";

/**
 * A copy as float64.
 * @throws NadarayaError "invalid-input" for a bigint that no float64 equals
 */
export function copyAsFloat64(array: TypedArray, name: string): Float64Array<ArrayBuffer> {
  if (array.length === 0) return new Float64Array(0); // also of a view that its buffer has become too small for
  if (!typedArrayName(array)!.startsWith("Big")) return new Float64Array(array as ArrayLike<number>);
  const copy = new Float64Array(array.length);
  for (let i = 0; i < array.length; i++) {
    copy[i] = Number(array[i]);
    if (BigInt(copy[i]) !== array[i])
      throw new NadarayaError(
        "invalid-input",
        `${name}[${i}] is ${array[i]}n, expected an integer that a float64 can hold; subtract an offset first`,
      );
  }
  return copy;
}
