/**
 * Models, and partial sums, as bytes: "nadaraya" and a version, the length of a JSON text, the text (settings, and the shape of each array), then the
 * arrays as little-endian float64, from a multiple of 8 bytes on.
 */
export const MAGIC = "nadaraya";
export const VERSION = 1;
export const HEADER = MAGIC.length + 8;

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
  return bytes;
}
