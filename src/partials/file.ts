/** Partial sums as bytes, to be kept in files and queues: what `save` writes, packed by gzip. */

import { NadarayaError } from "../common/errors.ts";
import { INTERNAL } from "../common/internal.ts";
import { isBetween, isRecord, isWhole, refuseTransferred } from "../common/options.ts";
import { isBytes } from "../common/typed-arrays.ts";
import { headOf, load } from "../estimators/model/load.ts";
import { CHECKSUM, checksumOf, HEADER, MAGIC, save } from "../estimators/model/saved.ts";
import { kernels } from "../kernels/builtin.ts";
import { categoriesOf } from "./categories-of.ts";
import { BINS, ExactSums, NONE } from "./exact-sums.ts";
import { hashOf } from "./hash.ts";
import {
  checkSums,
  fits,
  MOST_SHARDS,
  type PartialSettings,
  PartialSums,
  type Shard,
} from "./partial-sums.ts";
import { faultOf } from "./plausible-sums.ts";

const KIND = "PartialSums";
/** The version of the settings. Those of version 1 have no categories. */
const VERSION = 2;
const ARRAYS = ["queries", "tops", "bins"];
/** Where the header of gzip (RFC 1952) has a time, which is a checksum here: that of gzip does not cover the header and the padding. */
const TIME = 4;

/**
 * The sums as bytes with a checksum; `decodePartial` reads them.
 * @throws NadarayaError "unsupported" with a kernel of your own
 */
export async function encodePartial(partial: PartialSums): Promise<Uint8Array<ArrayBuffer>> {
  checkSums(partial, "encodePartial");
  const { settings, kernel, queries, queriesHash, shards, sums } = partial;
  if (kernels.get(kernel.name) !== kernel)
    throw new NadarayaError("unsupported", `kernel "${kernel.name}" is your own and cannot be saved`);
  const bytes = save({
    kind: KIND,
    settings: { version: VERSION, ...settings, queriesHash, shards },
    arrays: {
      queries: { data: queries, dims: settings.x.length },
      tops: { data: sums.tops, dims: 1 },
      bins: { data: sums.bins, dims: BINS },
    },
  });
  const result = await packed(bytes);
  viewOf(result).setUint32(TIME, checksumOf(result, TIME), true);
  return result;
}

/**
 * @throws NadarayaError "invalid-input" for bytes that are no partial sums, are damaged, or of another version of the format, and for
 *   numbers that no rows add up to
 */
export async function decodePartial(bytes: Uint8Array): Promise<PartialSums> {
  refuseTransferred(bytes, "bytes");
  return decode(isBytes(bytes) ? new Uint8Array(bytes) : bytes); // copied before anything is awaited
}

async function decode(bytes: Uint8Array): Promise<PartialSums> {
  const refuse = (what: string, cause?: unknown) =>
    new NadarayaError("invalid-input", `these ${bytes.length} bytes are ${what}, expected partial sums`, {
      cause,
    });
  const isPacked = isBytes(bytes) && bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isPacked
    ? await unpacked(bytes, sizeOf).catch((cause) => {
        throw refuse("cut short or damaged", cause);
      })
    : bytes;
  const { settings: all, arrays, version: format } = load(plain, KIND, "partial sums", ARRAYS);
  if (isPacked && format > 1 && viewOf(bytes).getUint32(TIME, true) !== checksumOf(bytes, TIME))
    throw refuse("cut short or damaged");
  const { version, queriesHash, shards, ...settings } = all;
  if (version !== VERSION && version !== 1) throw refuse(`of version ${version} of the format`);
  const [queries, tops, bins] = ARRAYS.map((name) => arrays.get(name)?.data);
  if (!queries || !tops || !bins || !areSettings(settings) || !areShards(shards))
    throw refuse("cut short or damaged");
  const sums = new ExactSums(
    tops.length,
    tops.map((top) => (top === OLD_NONE ? NONE : top)),
    bins,
  );
  const count = queries.length / settings.x.length;
  if (!fits(sums, settings, count) || !queries.every(Number.isFinite)) throw refuse("cut short or damaged");
  const reason = faultOf(sums, settings, shards, count);
  if (reason !== undefined) throw refuse(`no sums of rows: ${reason}`);
  const hash = await hashOf([queries]);
  if (hash !== queriesHash) throw refuse("damaged: its queries are not those that it was made for");
  const kernel = kernels.get(settings.kernel)!;
  return new PartialSums(INTERNAL, { settings, kernel, queries, queriesHash: hash, shards, sums });
}

/** How older files write NONE. */
const OLD_NONE = -(2 ** 31);

/** Bytes of a text that names shards, settings and arrays, at most: some 200 for each of the most shards. */
const MOST_TEXT = 2 ** 26;

/** The bytes of what was saved, from its beginning; undefined where that is too short to tell. @throws Error for what is none */
function sizeOf(beginning: Uint8Array): number | undefined {
  if (beginning.length < HEADER) return undefined;
  const view = viewOf(beginning);
  const header = view.getUint32(MAGIC.length, true) === 1 ? CHECKSUM : HEADER;
  const end = header + view.getUint32(MAGIC.length + 4, true);
  if (end > MOST_TEXT) throw new Error(`a text of ${end} bytes`);
  if (beginning.length < end) return undefined;
  const head = headOf(beginning.subarray(header, end), ARRAYS);
  const [queries, tops, bins] = ARRAYS.map(
    (name) => head?.shapes.find((shape) => shape.name === name)?.length ?? 0,
  );
  if (head?.shapes.length !== ARRAYS.length || bins !== BINS * tops)
    throw new Error("arrays that do not belong together");
  return Math.ceil(end / 8) * 8 + 8 * (queries + tops + bins);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);

/** Node's own, in place of its streams, where it is there: three times as fast at its fastest level, and a fifteenth larger. */
const zlib = () => globalThis.process?.getBuiltinModule?.("node:zlib");

function packed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const own = zlib();
  if (!own) return through(bytes, new CompressionStream("gzip"));
  return new Promise((resolve, reject) => {
    own.gzip(bytes, { level: 1 }, (error, result) =>
      error ? reject(error) : resolve(new Uint8Array(result)),
    );
  });
}

/** @param sizeOf of all, from their beginning: no more is unpacked */
async function unpacked(
  bytes: Uint8Array,
  sizeOf: (beginning: Uint8Array) => number | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const own = zlib();
  const pieces: AsyncIterable<Uint8Array> = own
    ? own.createGunzip({ chunkSize: PIECE }).end(bytes)
    : (new Blob([bytes as Uint8Array<ArrayBuffer>])
        .stream()
        .pipeThrough(new DecompressionStream("gzip")) as unknown as AsyncIterable<Uint8Array>);
  let taken: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  let size: number | undefined;
  let at = 0;
  for await (const piece of pieces) {
    if (size === undefined) {
      const beginning = new Uint8Array(at + piece.length);
      beginning.set(taken.subarray(0, at));
      beginning.set(piece, at);
      at = beginning.length;
      size = sizeOf(beginning);
      taken = beginning;
      if (size === undefined) continue;
      if (at > size) throw new Error("more than it says");
      taken = new Uint8Array(size);
      taken.set(beginning);
      continue;
    }
    if (at + piece.length > size) throw new Error("more than it says");
    taken.set(piece, at);
    at += piece.length;
  }
  if (at !== size) throw new Error("less than it says");
  return taken;
}

/** Bytes that are unpacked at a time. */
const PIECE = 2 ** 18;

async function through(
  bytes: Uint8Array,
  transform: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(transform);
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

const isText = (value: unknown): value is string => typeof value === "string";
const areTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

function areSettings(given: Readonly<Record<string, unknown>>): given is typeof given & PartialSettings {
  const { x, y, dates, kernel, shape, bandwidth, weightType, tolerance, errors, coordinates } = given;
  return (
    [x, y, dates].every(areTexts) &&
    isText(kernel) &&
    kernels.has(kernel) &&
    (shape === "radial" || shape === "product") &&
    ["importance", "frequency", "precision"].includes(weightType as string) &&
    Array.isArray(bandwidth) &&
    bandwidth.length === (x as string[]).length &&
    bandwidth.length > 0 &&
    bandwidth.every((h) => isBetween(h, Number.MIN_VALUE, Number.MAX_VALUE)) &&
    isBetween(tolerance, 0, Number.MAX_VALUE) &&
    typeof errors === "boolean" &&
    (coordinates === undefined || areCategories(coordinates, kernel, bandwidth))
  );
}

/** Whether some coordinates are categories, and all that has to be declared is. */
function areCategories(given: unknown, kernel: string, bandwidth: readonly number[]): boolean {
  if (!Array.isArray(given)) return false;
  try {
    const categories = categoriesOf({ kernel, bandwidth, coordinates: given });
    categories?.check(bandwidth);
    return categories !== undefined;
  } catch (error) {
    if (error instanceof NadarayaError) return false;
    throw error;
  }
}

/** Rows of a shard: a million machines could not hold more. */
const MOST_ROWS = 2 ** 48;

function areShards(given: unknown): given is Shard[] {
  return (
    Array.isArray(given) &&
    given.every(
      (shard) =>
        isRecord(shard) &&
        isText(shard.id) &&
        isText(shard.name) &&
        isWhole(shard.rows, 1, MOST_ROWS) &&
        isWhole(shard.dropped, 0, MOST_ROWS) &&
        isBetween(shard.weight, Number.MIN_VALUE, Number.MAX_VALUE),
    ) &&
    given.length > 0 &&
    given.length <= MOST_SHARDS &&
    new Set(given.map(({ id }) => id)).size === given.length
  );
}
