/**
 * Checks the pages of Parquet's columns before hyparquet decodes them: where a length is missing it reads in circles, and where a run
 * claims more values than its page it fills the memory. Only flat columns are read, whose levels have one bit.
 */
import type { FileMetaData, PageHeader } from "hyparquet";

type ReadHeader = (reader: { view: DataView; offset: number }) => PageHeader;
type Compressors = Readonly<Record<string, ((input: Uint8Array, length: number) => Uint8Array) | undefined>>;

/** What is known of a page from its header. */
interface Page {
  readonly values: number;
  /** Fewer than `values` where nulls are counted in the header. */
  readonly present: number;
  readonly encoding: string;
  /** Whether its levels come before its values, in the same bytes. */
  readonly hasLevels: boolean;
  readonly isBoolean: boolean;
}

/** A column's bytes in the file. */
interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly values: number;
  readonly codec: string;
  readonly isOptional: boolean;
  readonly isBoolean: boolean;
}

export class PageChecks {
  private readonly chunks: Chunk[] = [];
  private readonly readHeader: ReadHeader;
  /** By their packed bytes, as hyparquet copies these before it unpacks them; a few may have the same key. */
  private readonly pages = new Map<string, Page[]>();

  /** @param isOptional whether a column may have missing values */
  constructor(metadata: FileMetaData, isOptional: ReadonlyMap<string, boolean>, readHeader: ReadHeader) {
    this.readHeader = readHeader;
    for (const { columns } of metadata.row_groups)
      for (const { meta_data: meta } of columns) {
        const name = meta?.path_in_schema[0];
        if (!meta || name === undefined || !isOptional.has(name)) continue;
        const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
        const end = start + Number(meta.total_compressed_size);
        const values = Number(meta.num_values);
        const { codec, type } = meta;
        this.chunks.push({
          start,
          end,
          values,
          codec,
          isOptional: isOptional.get(name)!,
          isBoolean: type === "BOOLEAN",
        });
      }
  }

  /** Checks the columns that lie in these bytes of the file, from `start` on. @throws Error */
  check(bytes: ArrayBuffer, start: number): void {
    const end = start + bytes.byteLength;
    for (const chunk of this.chunks)
      if (chunk.start >= start && chunk.end <= end)
        this.checkChunk(new DataView(bytes, chunk.start - start, chunk.end - chunk.start), chunk);
  }

  /** The same functions, which check what they have unpacked. */
  checking(compressors: Compressors): Compressors {
    const entries = Object.entries(compressors).map(([codec, unpack]) => [
      codec,
      unpack &&
        ((input: Uint8Array, length: number) => {
          const output = unpack(input, length);
          const pages = this.pages.get(keyOf(input));
          if (pages && output)
            checkAny(new DataView(output.buffer, output.byteOffset, output.byteLength), pages);
          return output;
        }),
    ]);
    return Object.fromEntries(entries);
  }

  private checkChunk(view: DataView, chunk: Chunk): void {
    const reader = { view, offset: 0 };
    let values = 0;
    while (reader.offset < view.byteLength - 1) {
      const header = this.readHeader(reader);
      const size = header.compressed_page_size;
      if (!isCount(size, view.byteLength - reader.offset) || !isCount(header.uncompressed_page_size, 2 ** 31))
        throw new Error("a page of wrong size");
      const body = new DataView(view.buffer, view.byteOffset + reader.offset, size);
      values += this.checkPage(body, header, chunk, chunk.values - values);
      reader.offset += size;
    }
  }

  /** Returns how many values the page has. */
  private checkPage(body: DataView, header: PageHeader, chunk: Chunk, most: number): number {
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
    const { isOptional, isBoolean, codec } = chunk;
    const count = (number: number | undefined, limit: number) => {
      if (!isCount(number, limit)) throw new Error("a page that claims a wrong number of values");
      return number;
    };
    if (header.type === "DICTIONARY_PAGE") {
      count(dictionary?.num_values, 2 ** 31);
      return 0;
    }
    let values: number;
    let page: Page;
    let data = body;
    if (header.type === "DATA_PAGE") {
      values = count(v1?.num_values, most);
      page = { values, present: values, encoding: v1!.encoding, hasLevels: isOptional, isBoolean };
    } else if (header.type === "DATA_PAGE_V2") {
      values = count(v2?.num_values, most);
      const nulls = count(v2!.num_nulls, values);
      count(v2!.num_rows, values);
      const before = count(v2!.repetition_levels_byte_length, body.byteLength);
      const levels = count(v2!.definition_levels_byte_length, body.byteLength - before);
      if (isOptional) runs(part(body, before, levels), 1, values);
      data = part(body, before + levels, body.byteLength - before - levels);
      page = { values, present: values - nulls, encoding: v2!.encoding, hasLevels: false, isBoolean };
      if (v2!.is_compressed === false) {
        checkValues(data, page);
        return values;
      }
    } else throw new Error(`a page of an unknown type, ${header.type}`);
    if (codec === "UNCOMPRESSED") checkValues(data, page);
    else {
      const key = keyOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      const pages = this.pages.get(key);
      if (pages) pages.push(page);
      else this.pages.set(key, [page]);
    }
    return values;
  }
}

/** What tells pages apart: their length, and some of their bytes. */
const keyOf = (bytes: Uint8Array) =>
  `${bytes.length} ${bytes.subarray(0, 12).join()} ${bytes
    .subarray(bytes.length >> 1)
    .subarray(0, 8)
    .join()} ${bytes.subarray(-12).join()}`;

/** Checks what was unpacked as one of the pages. @throws Error where it is none of them */
function checkAny(view: DataView, pages: readonly Page[]): void {
  let failure: unknown;
  for (const page of pages)
    try {
      checkValues(view, page);
      return;
    } catch (error) {
      failure = error;
    }
  throw failure;
}

const isCount = (number: unknown, most: number): number is number =>
  Number.isInteger(number) && (number as number) >= 0 && (number as number) <= most;

const part = ({ buffer, byteOffset }: DataView, from: number, length: number) =>
  new DataView(buffer, byteOffset + from, length);

/** Checks the runs of a page's levels and of its indices into a dictionary. */
function checkValues(view: DataView, { values, present, encoding, hasLevels, isBoolean }: Page): void {
  let at = 0;
  let left = present;
  if (hasLevels) {
    const length = view.getUint32(0, true);
    left = runs(part(view, 4, length), 1, values);
    at = 4 + length;
  }
  if (encoding === "RLE" && isBoolean) runs(part(view, at + 4, view.getUint32(at, true)), 1, left);
  else if (encoding === "RLE_DICTIONARY" || encoding === "PLAIN_DICTIONARY") {
    if (left === 0) return;
    const width = view.getUint8(at);
    if (width > 32) throw new Error("indices of too many bits");
    if (width > 0) runs(part(view, at + 1, view.byteLength - at - 1), width, left);
  }
}

/** Walks the runs of so many values, and returns how many of them are ones, where they have one bit. @throws Error */
function runs(view: DataView, width: number, values: number): number {
  let [at, seen, ones] = [0, 0, 0];
  while (seen < values) {
    let [header, shift] = [0, 0];
    for (;;) {
      const byte = view.getUint8(at++);
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      shift += 7;
      if (shift > 28) throw new Error("a run without end");
    }
    const isPacked = (header & 1) === 1;
    const count = isPacked ? (header >>> 1) * 8 : header >>> 1;
    const bytes = isPacked ? (count / 8) * width : (width + 7) >> 3;
    // Packed values may be padded: DuckDB writes 32 at least.
    if (count > (isPacked ? 8 * view.byteLength : values - seen))
      throw new Error("a run of more values than its page has");
    if (width === 1)
      for (let i = 0; i < Math.min(count, values - seen); i++)
        ones += isPacked ? (view.getUint8(at + (i >> 3)) >> (i & 7)) & 1 : view.getUint8(at) & 1;
    at += bytes;
    seen += count;
  }
  return ones;
}
