/** Arrow IPC, files and streams, by Apache's own library; bodies compressed by lz4 and zstd too, as pandas, polars and R write them. */
import type { Table as ArrowTable, Data, Vector } from "apache-arrow";
import { NadarayaError } from "../common/errors.ts";
import { importError } from "./import-error.ts";
import { unpackLz4 } from "./lz4.ts";
import { checkReadOptions, type ReadOptions } from "./options.ts";
import { bytesOf, piecesOf, type Source, unpacked } from "./source.ts";
import { checkTable, type Table } from "./table.ts";
import { TableBuilder } from "./table-builder.ts";

type Arrow = typeof import("apache-arrow");

async function arrowPackage() {
  try {
    return await import("apache-arrow");
  } catch (cause) {
    throw importError("apache-arrow", cause);
  }
}

async function flatbuffersPackage() {
  try {
    return await import("flatbuffers");
  } catch (cause) {
    throw importError("flatbuffers", cause);
  }
}

/** @throws NadarayaError "invalid-input" for bytes that are no Arrow table, or lack a column. */
export async function readArrow(source: Source, options: ReadOptions = {}): Promise<Table> {
  checkReadOptions(options, "readArrow");
  const { name = "the file", signal, onProgress } = options;
  const builder = new TableBuilder(name, options);
  const bytes = await bytesOf(await unpacked(piecesOf(source, "readArrow", onProgress), name), "readArrow");
  const arrow = await arrowPackage();
  await addCodecs(arrow);
  const unreadable = (what: string) => builder.error(`is no Arrow file that can be read: ${what}`);
  const stream = streamOf(bytes, (message) => builder.error(message));
  let reading = ""; // a column
  try {
    const table = await withCheckedLengths(() => {
      const messages = withSchema(arrow, stream, bytes);
      checkBuffers(arrow, messages);
      return arrow.tableFromIPC(messages);
    });
    for (const { data, numRows } of table.batches)
      for (const column of data.children)
        if (!isBacked(arrow, column, numRows)) throw unreadable("it claims more rows than it has");
    const { fields } = table.schema;
    for (const [column, place, cells] of builder.start(fields.map((field) => field.name))) {
      signal?.throwIfAborted();
      reading = `column ${JSON.stringify(column)}: `;
      const vector = table.getChildAt(place)!;
      const convert = reader(arrow, vector);
      for (let i = 0; i < table.numRows; i++) cells.setValue(i, convert(vector.get(i)), true);
    }
    builder.rows = table.numRows;
  } catch (error) {
    // Arrow's library fails in many ways where a file is damaged.
    if (error instanceof NadarayaError || signal?.aborted) throw error;
    throw unreadable(`${reading}${error instanceof Error ? error.message : error}`);
  }
  return builder.finish();
}

const MAGIC = "ARROW1";
const FEATHER_1 = "FEA1";

/**
 * The stream of messages in a file's bytes, which ends with an empty message: without, it was cut off. The list of messages that a file
 * has at its end is left alone: where it is damaged, Arrow's library reads in circles.
 */
function streamOf(bytes: Uint8Array, error: (message: string) => Error): Uint8Array {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(Math.max(from, 0), to));
  if (text(0, 4) === FEATHER_1)
    throw error("is Feather version 1, which is not Arrow; write it again as version 2");
  let { length } = bytes;
  const isFile = text(0, 6) === MAGIC;
  if (isFile) {
    const isWhole = length >= 20 && text(length - 6, length) === MAGIC;
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    length -= isWhole ? 10 + view.getInt32(length - 10, true) : length;
  }
  const stream = bytes.subarray(isFile ? 8 : 0, Math.max(length, 0));
  // Files from before Arrow 0.15 end with the last four of these bytes alone.
  const isOver = stream.subarray(-8).every((byte, i) => byte === (i < 4 ? 0xff : 0));
  const isOldEnd = isFile && stream.length >= 4 && stream.subarray(-4).every((byte) => byte === 0);
  if (stream.length >= 8 && (isOver || isOldEnd)) return stream;
  throw error(
    `is no Arrow ${isFile ? "file that can be read: it" : "file that can be read, or a stream that"} ends too early`,
  );
}

/** A stream that begins with its schema: Arrow's library for JavaScript writes files that have it at their end alone. */
function withSchema(arrow: Arrow, stream: Uint8Array, file: Uint8Array): Uint8Array {
  if (stream.buffer !== file.buffer || stream.byteOffset === file.byteOffset) return stream; // no file
  if (new arrow.MessageReader(stream).readMessage()?.isSchema()) return stream;
  const { schema } = arrow.RecordBatchReader.from(file).open();
  const empty = arrow.tableToIPC(new arrow.Table(schema, []), "stream");
  const whole = new Uint8Array(empty.length - 8 + stream.length); // without its end
  whole.set(empty.subarray(0, -8));
  whole.set(stream, empty.length - 8);
  return whole;
}

/** Throws where a batch claims more buffers of text than it has: Arrow's library would make as many as it claims. */
function checkBuffers(arrow: Arrow, messages: Uint8Array): void {
  const reader = new arrow.MessageReader(messages);
  for (let message = reader.readMessage(); message; message = reader.readMessage()) {
    const header = message.header() as {
      buffers?: unknown[];
      variadicBufferCounts?: number[];
      data?: object;
    };
    const batch = (header.data ?? header) as typeof header; // of a dictionary
    const claimed = (batch.variadicBufferCounts ?? []).reduce((sum, count) => sum + count, 0);
    if (!(claimed >= 0 && claimed <= (batch.buffers?.length ?? 0)))
      throw new Error(`a batch of ${claimed} buffers`);
    reader.readMessageBody(message.bodyLength);
  }
}

/**
 * Arrow's metadata are flatbuffers, which its library reads without verifying them: a list of broken length would fill the memory until
 * the process ends. While `read` runs, lists that claim more elements than there are bytes throw.
 */
async function withCheckedLengths<T>(read: () => T): Promise<T> {
  const { ByteBuffer } = await flatbuffersPackage();
  const lengthOf = ByteBuffer.prototype.__vector_len;
  ByteBuffer.prototype.__vector_len = function (offset) {
    const length = lengthOf.call(this, offset);
    if (!(length >= 0 && length <= this.capacity())) throw new Error(`a list of ${length} elements`);
    return length;
  };
  try {
    return read();
  } finally {
    ByteBuffer.prototype.__vector_len = lengthOf;
  }
}

let codecs: Promise<void> | undefined;

/** Registers what unpacks compressed bodies, once. */
function addCodecs({ compressionRegistry, CompressionType }: Arrow): Promise<void> {
  codecs ??= import("fzstd").then(({ decompress }) => {
    compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: unpackLz4 });
    // A copy: numbers have to begin where their arrays do.
    compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => decompress(data).slice() });
  });
  codecs.catch(() => {
    codecs = undefined;
  });
  return codecs;
}

/** Most rows of a table that has nothing but missing values, which take no room. */
const MOST_NULLS = 2 ** 24;

/** Bytes of a value of a fixed width, at least 1. */
function bytesEach(type: unknown): number {
  const { bitWidth, ArrayType, byteWidth } = type as {
    bitWidth?: number;
    byteWidth?: number;
    ArrayType?: { BYTES_PER_ELEMENT?: number };
  };
  return byteWidth ?? (bitWidth === undefined ? (ArrayType?.BYTES_PER_ELEMENT ?? 1) : bitWidth / 8);
}

/** Whether a column's buffers hold as many values as it claims: Arrow's library reads beyond them as if nothing were there. */
function isBacked({ DataType }: Arrow, column: Data, rows: number): boolean {
  const { type, length, values, valueOffsets, nullBitmap, nullCount } = column;
  if (length !== rows || !(length >= 0)) return false;
  if (nullCount > 0 && nullBitmap && nullBitmap.length > 0 && 8 * nullBitmap.length < length) return false;
  if (DataType.isNull(type)) return length <= MOST_NULLS;
  if (valueOffsets) {
    if (length > 0 && valueOffsets.length < length + 1) return false;
    const isBytes = DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isBinary(type);
    return !isBytes || length === 0 || Number(valueOffsets[length]) <= (values?.length ?? 0);
  }
  if (DataType.isBool(type)) return 8 * values.length >= length;
  if (DataType.isStruct(type) || DataType.isFixedSizeList(type) || DataType.isUnion(type)) return true; // not read
  // Every other type has a buffer of so many bytes a value.
  const bytes = (values as Uint8Array | undefined)?.byteLength ?? 0;
  const width = DataType.isDictionary(type) ? (type.indices.bitWidth ?? 32) / 8 : bytesEach(type);
  return bytes >= length * width;
}

/** From a vector's values to numbers, dates, text, or what is none of these. */
function reader({ DataType }: Arrow, { type }: Vector): (value: unknown) => unknown {
  if (DataType.isDate(type) || DataType.isTimestamp(type))
    return (value) => (value === null ? null : new Date(Number(value)));
  if (DataType.isDecimal(type)) {
    const { scale } = type;
    return (value) => (value === null ? null : decimalValue(value as Uint32Array, scale));
  }
  if (DataType.isDictionary(type)) return reader({ DataType } as Arrow, { type: type.dictionary } as Vector);
  if (DataType.isInterval(type) || DataType.isNull(type))
    return (value) => (DataType.isNull(type) ? null : [value]);
  return (value) => value;
}

/** Little-endian words of two's complement over ten to the scale: the nearest number, by its decimal text. */
function decimalValue(words: Uint32Array, scale: number): number {
  let digits = 0n;
  for (let i = words.length - 1; i >= 0; i--) digits = (digits << 32n) | BigInt(words[i]);
  const bits = BigInt(32 * words.length);
  if (digits >> (bits - 1n)) digits -= 1n << bits;
  return Number(`${digits}e${-scale}`);
}

/** Columns as Arrow's own vectors, for tools that take a table of it. Columns that were dates are timestamps. */
export async function toArrow(table: Table): Promise<ArrowTable> {
  checkTable(table, "toArrow");
  const { names, columns, dates = [] } = table;
  const { Table, Float64, makeData, TimestampMillisecond, Utf8, Vector, vectorFromArray } =
    await arrowPackage();
  const taken = new Set<ArrayBufferLike>();
  const vectors = names.map((name): [string, Vector] => {
    const column = columns[name];
    if (!(column instanceof Float64Array)) {
      const texts = column.map((text) => text ?? null);
      return [name, vectorFromArray(texts, new Utf8())];
    }
    if (dates.includes(name)) {
      const times = Array.from(column, (time) => (Number.isNaN(time) ? null : time));
      return [name, vectorFromArray(times, new TimestampMillisecond())];
    }
    // Two vectors of one buffer are written wrongly.
    const data = taken.has(column.buffer) ? column.slice() : column;
    taken.add(column.buffer);
    return [name, new Vector([makeData({ type: new Float64(), data })])];
  });
  return new Table(Object.fromEntries(vectors));
}

/** A table as an Arrow file. */
export async function writeArrow(table: Table): Promise<Uint8Array> {
  const { tableToIPC } = await arrowPackage();
  return tableToIPC(await toArrow(table), "file");
}
