/**
 * Models, and partial sums, as bytes: "nadaraya" and a version, the length of a JSON text, a checksum and 4 zeros, the text (settings, and the shape of
 * each array), then the arrays as little-endian float64, from a multiple of 8 bytes on. Version 1 has no checksum.
 */
export const MAGIC = "nadaraya";
export const VERSION = 2;
/** Where the checksum stands. */
export const CHECKSUM = MAGIC.length + 8;
export const HEADER = CHECKSUM + 8;

export interface Saved {
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<
    Record<string, { readonly data: Float64Array; readonly dims: number } | undefined>
  >;
}

export function save({ kind, settings, arrays }: Saved): Uint8Array<ArrayBuffer> {
  const present = Object.entries(arrays).flatMap(([name, array]) => (array ? [{ name, ...array }] : []));
  const shapes = present.map(({ name, data, dims }) => ({ name, length: data.length, dims }));
  const text = new TextEncoder().encode(JSON.stringify({ kind, settings, shapes }));
  const start = Math.ceil((HEADER + text.length) / 8) * 8;
  const length = present.reduce((sum, { data }) => sum + data.length, 0);
  const bytes = new Uint8Array(start + 8 * length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(MAGIC.length, VERSION, true);
  view.setUint32(MAGIC.length + 4, text.length, true);
  bytes.set(text, HEADER);
  let at = start;
  for (const { data } of present)
    for (const x of data) {
      view.setFloat64(at, x, true);
      at += 8;
    }
  view.setUint32(CHECKSUM, checksumOf(bytes, CHECKSUM), true);
  return bytes;
}

/** FNV-1a (Fowler, Noll and Vo 1991) of all bytes, with 0 for its own 4: every change of a single byte changes it. */
export function checksumOf(bytes: Uint8Array, own: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++)
    hash = Math.imul(hash ^ (i >= own && i < own + 4 ? 0 : bytes[i]), 0x01000193);
  return hash >>> 0;
}
