/** Numbers as bytes: little-endian float64. */

export function encodeNumbers(data: Float64Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * data.length);
  const view = new DataView(bytes.buffer);
  for (const [i, x] of data.entries()) view.setFloat64(8 * i, x, true);
  return bytes;
}

export function decodeNumbers(bytes: Uint8Array): Float64Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
}
