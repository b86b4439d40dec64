/** Reads what `save` wrote. Bytes come from files, which may be anything. */

import type { BandwidthSelection } from "../../bandwidth/selection.ts";
import { NadarayaError, show } from "../../common/errors.ts";
import { hintForBytes } from "../../common/hints.ts";
import { isRecord, isWhole } from "../../common/options.ts";
import { isBytes } from "../../common/typed-arrays.ts";
import { SELECTION } from "./fit.ts";
import { CHECKSUM, checksumOf, HEADER, MAGIC, VERSION } from "./saved.ts";

interface Shape {
  readonly name: string;
  readonly length: number;
  readonly dims: number;
}

/** What was saved, with its settings and arrays as they were. */
export interface Loaded {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of the format. */
  readonly version: number;
  readonly arrays: ReadonlyMap<string, { readonly data: Float64Array<ArrayBuffer>; readonly dims: number }>;
}

/**
 * Bytes that `save` made of something of this kind.
 * @param what how messages call it: "a saved KernelRegression"
 * @param names of its arrays
 * @throws NadarayaError "invalid-input" for bytes that are no such thing, are cut short or damaged
 */
export function load(bytes: Uint8Array, kind: string, what: string, names: readonly string[]): Loaded {
  if (!isBytes(bytes))
    throw new NadarayaError(
      "invalid-input",
      `${show(bytes)} is no Uint8Array, expected ${what}${hintForBytes(bytes)}`,
    );
  const refuse = (given: string) =>
    new NadarayaError("invalid-input", `these ${bytes.length} bytes are ${given}, expected ${what}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (bytes.length < CHECKSUM || magic !== MAGIC) throw refuse("nothing that nadaraya saved");
  const version = view.getUint32(MAGIC.length, true);
  if (version !== VERSION && version !== 1) throw refuse(`of version ${version}`);
  const header = version === 1 ? CHECKSUM : HEADER;
  if (
    bytes.length < header ||
    (version > 1 && view.getUint32(CHECKSUM, true) !== checksumOf(bytes, CHECKSUM))
  )
    throw refuse("cut short or damaged");
  const length = view.getUint32(MAGIC.length + 4, true);
  const head = headOf(bytes.subarray(header, header + length), names);
  if (!head) throw refuse("cut short or damaged");
  if (head.kind !== kind) throw refuse(`a ${show(head.kind)}`);
  let at = Math.ceil((header + length) / 8) * 8;
  const total = head.shapes.reduce((sum, shape) => sum + shape.length, 0);
  if (bytes.length !== at + 8 * total) throw refuse("cut short or damaged");
  const arrays = new Map<string, { data: Float64Array<ArrayBuffer>; dims: number }>();
  for (const shape of head.shapes) {
    const data = new Float64Array(shape.length);
    for (let i = 0; i < data.length; i++, at += 8) data[i] = view.getFloat64(at, true);
    arrays.set(shape.name, { data, dims: shape.dims });
  }
  return { settings: head.settings, arrays, version };
}

/**
 * A saved model as input for `fit`.
 * @throws NadarayaError "invalid-input" for bytes that are no such model, are cut short or damaged
 */
export function readSaved<Input>(bytes: Uint8Array, kind: string): Input {
  const { settings, arrays } = load(bytes, kind, `a saved ${kind}`, ["keys", "values", "sampleWeights"]);
  const { labels, selection, ...others } = settings;
  return {
    ...others,
    [SELECTION]: selection === undefined ? undefined : selectionOf(selection, bytes.length),
    ...(Array.isArray(labels) && labels.length > 0 ? { labels } : {}),
    ...{ keys: arrays.get("keys"), values: arrays.get("values") },
    sampleWeights: arrays.get("sampleWeights")?.data,
  } as Input;
}

/** A score that is infinite has no number in JSON: of what was chosen it is −Infinity, as no other score is less, else Infinity. */
function selectionOf(saved: unknown, length: number): BandwidthSelection {
  const isNumbers = (list: unknown) => Array.isArray(list) && list.every((x) => typeof x === "number");
  if (
    !isRecord(saved) ||
    typeof saved.rule !== "string" ||
    !isNumbers(saved.bandwidth) ||
    !Array.isArray(saved.candidates) ||
    !saved.candidates.every((each) => isRecord(each) && isNumbers(each.bandwidth))
  )
    throw new NadarayaError(
      "invalid-input",
      `these ${length} bytes are damaged: selection is ${show(saved)}, expected how the bandwidth was chosen`,
    );
  const read = saved as unknown as BandwidthSelection;
  const { bandwidth, candidates, limits } = read;
  const isChosen = (each: readonly number[]) => each.every((h, j) => h === bandwidth[j]);
  // Properties keep their order, so that it is saved as it was.
  return {
    ...read,
    candidates: candidates.map((each) => ({
      bandwidth: each.bandwidth,
      score: each.score ?? (isChosen(each.bandwidth) ? -Infinity : Infinity),
    })),
    ...(Array.isArray(limits) && { limits: limits.map((limit) => limit ?? undefined) }),
  };
}

function isShape(value: unknown, names: readonly string[]): value is Shape {
  return (
    isRecord(value) &&
    names.includes(value.name as string) &&
    isWhole(value.length, 0) &&
    isWhole(value.dims, 0)
  );
}

/** The text at the beginning, if it is one. */
export function headOf(text: Uint8Array, names: readonly string[]) {
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    return undefined;
  }
  if (!isRecord(head)) return undefined;
  const { kind, settings, shapes } = head;
  if (!isRecord(settings) || !Array.isArray(shapes) || !shapes.every((shape) => isShape(shape, names)))
    return undefined;
  return { kind, settings, shapes };
}
