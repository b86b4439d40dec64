/** Reads what `save` wrote. Bytes come from files, which may be anything. */
import { NadarayaError, show } from "../../common/errors.ts";
import { isRecord, isWhole } from "../../common/options.ts";
import { HEADER, MAGIC, VERSION } from "./saved.ts";

interface Shape {
  readonly name: string;
  readonly length: number;
  readonly dims: number;
}

/**
 * A saved model as input for `fit`.
 * @throws NadarayaError "invalid-input" for bytes that are no such model, are cut short or damaged
 */
export function readSaved<Input>(bytes: Uint8Array, kind: string): Input {
  if (!(bytes instanceof Uint8Array))
    throw new NadarayaError("invalid-input", `${show(bytes)} is no Uint8Array, expected a saved ${kind}`);
  const refuse = (what: string) =>
    new NadarayaError("invalid-input", `these ${bytes.length} bytes are ${what}, expected a saved ${kind}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (bytes.length < HEADER || magic !== MAGIC) throw refuse("no model of nadaraya");
  const version = view.getUint32(MAGIC.length, true);
  if (version !== VERSION) throw refuse(`a model of version ${version}`);
  const length = view.getUint32(MAGIC.length + 4, true);
  const head = headOf(bytes.subarray(HEADER, HEADER + length));
  if (!head) throw refuse("cut short or damaged");
  if (head.kind !== kind) throw refuse(`a ${show(head.kind)}`);
  let at = Math.ceil((HEADER + length) / 8) * 8;
  const total = head.shapes.reduce((sum, shape) => sum + shape.length, 0);
  if (bytes.length !== at + 8 * total) throw refuse("cut short or damaged");
  const arrays = new Map<string, { data: Float64Array; dims: number }>();
  for (const shape of head.shapes) {
    const data = new Float64Array(shape.length);
    for (let i = 0; i < data.length; i++, at += 8) data[i] = view.getFloat64(at, true);
    arrays.set(shape.name, { data, dims: shape.dims });
  }
  const { labels, ...settings } = head.settings;
  return {
    ...settings,
    ...(Array.isArray(labels) && labels.length > 0 ? { labels } : {}),
    ...{ keys: arrays.get("keys"), values: arrays.get("values") },
    sampleWeights: arrays.get("sampleWeights")?.data,
  } as Input;
}

function isShape(value: unknown): value is Shape {
  return (
    isRecord(value) &&
    ["keys", "values", "sampleWeights"].includes(value.name as string) &&
    isWhole(value.length, 0) &&
    isWhole(value.dims, 0)
  );
}

/** The text at the beginning of a model, if it is one. */
function headOf(text: Uint8Array) {
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    return undefined;
  }
  if (!isRecord(head)) return undefined;
  const { kind, settings, shapes } = head;
  if (!isRecord(settings) || !Array.isArray(shapes) || !shapes.every(isShape)) return undefined;
  return { kind, settings, shapes };
}
