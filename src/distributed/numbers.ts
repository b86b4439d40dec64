/** Numbers as bytes: little-endian float64. */
import { ShardError } from "./shard-error.ts";

export function encodeNumbers(data: Float64Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * data.length);
  const view = new DataView(bytes.buffer);
  for (const [i, x] of data.entries()) view.setFloat64(8 * i, x, true);
  return bytes;
}

/** @throws ShardError for bytes that are not rows of a number of float64, or hold NaN: anyone may write into a store */
export function decodeNumbers(bytes: Uint8Array, name: string, dims: number): Float64Array<ArrayBuffer> {
  if (bytes.length === 0 || bytes.length % (8 * dims) !== 0)
    throw new ShardError(
      "invalid-input",
      `${name} has ${bytes.length} bytes, expected rows of ${dims} numbers`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = Float64Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
  if (numbers.some(Number.isNaN)) throw new ShardError("invalid-input", `${name} has NaN, expected numbers`);
  return numbers;
}
