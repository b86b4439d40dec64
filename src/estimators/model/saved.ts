/**
 * Models as bytes: "nadaraya" and a version, the length of a JSON text, the text (settings, and the shape of each array), then the
 * arrays as little-endian float64, from a multiple of 8 bytes on.
 */
import { NadarayaError, show } from "../../common/errors.ts";

const MAGIC = "nadaraya";
const VERSION = 1;
const HEADER = MAGIC.length + 8;

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

/** @throws NadarayaError "invalid-input" for bytes that are no such model, or are cut short. */
export function load(bytes: Uint8Array, kind: string): Saved {
  const refuse = (what: string) =>
    new NadarayaError(
      "invalid-input",
      `these ${bytes?.length ?? 0} bytes are ${what}, expected a saved ${kind}`,
    );
  if (!(bytes instanceof Uint8Array)) throw refuse(`${show(bytes)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (bytes.length < HEADER || magic !== MAGIC) throw refuse("no model of nadaraya");
  const version = view.getUint32(MAGIC.length, true);
  if (version !== VERSION) throw refuse(`a model of version ${version}`);
  const length = view.getUint32(MAGIC.length + 4, true);
  const text = new TextDecoder().decode(bytes.subarray(HEADER, HEADER + length));
  let head: {
    kind: string;
    settings: Record<string, unknown>;
    shapes: { name: string; length: number; dims: number }[];
  };
  try {
    head = JSON.parse(text);
  } catch {
    throw refuse("cut short or damaged");
  }
  if (head.kind !== kind) throw refuse(`a ${head.kind}`);
  let at = Math.ceil((HEADER + length) / 8) * 8;
  const total = head.shapes.reduce((sum, shape) => sum + shape.length, 0);
  if (bytes.length !== at + 8 * total) throw refuse("cut short or damaged");
  const arrays: Record<string, { data: Float64Array; dims: number }> = {};
  for (const shape of head.shapes) {
    const data = new Float64Array(shape.length);
    for (let i = 0; i < data.length; i++, at += 8) data[i] = view.getFloat64(at, true);
    arrays[shape.name] = { data, dims: shape.dims };
  }
  return { kind, settings: head.settings, arrays };
}
