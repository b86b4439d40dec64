/** Zip archives, as workbooks are: a directory at the end, and files that are stored or deflated. */

const [END, ENTRY, END_64] = [0x06054b50, 0x02014b50, 0x06064b50];
/** A comment after the directory's end has at most 65,535 bytes. */
const LONGEST_END = 22 + 0xffff;
/** A text of more characters cannot be held by a string. */
const LARGEST_FILE = 2 ** 29 - 24;

interface Entry {
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
  /** CRC-32 of the bytes. */
  readonly checksum: number;
}

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 as of ISO 3309, the checksum of zip archives. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_OF_BYTE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The files of an archive by their names, unpacked when they are read. */
export class Archive {
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly view: DataView;
  private readonly entries = new Map<string, Entry>();

  /** @throws Error where the bytes are no archive, or a damaged one */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const end = this.findEnd();
    let count = this.view.getUint16(end + 10, true);
    let at = this.view.getUint32(end + 16, true);
    if (count === 0xffff || at === 0xffffffff) {
      const long = Number(this.view.getBigUint64(end - 20 + 8, true));
      if (this.view.getUint32(long, true) !== END_64) throw new Error("its directory is damaged");
      count = Number(this.view.getBigUint64(long + 32, true));
      at = Number(this.view.getBigUint64(long + 48, true));
    }
    for (let i = 0; i < count; i++) at = this.addEntry(at);
  }

  /** The text of a file; undefined if there is none of this name. Names are compared without regard to case. */
  async text(name: string): Promise<string | undefined> {
    const entry = this.entries.get(name.toLowerCase());
    if (!entry) return undefined;
    const bytes = await this.unpack(name, entry);
    // A changed byte could be another number.
    if (crc32(bytes) !== entry.checksum) throw new Error(`${name} is damaged`);
    const wide =
      bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe ? "utf-16be" : "utf-8";
    return new TextDecoder(wide).decode(bytes);
  }

  private findEnd(): number {
    for (let at = this.bytes.length - 22; at >= Math.max(0, this.bytes.length - LONGEST_END); at--)
      if (this.view.getUint32(at, true) === END) return at;
    throw new Error("it is no zip archive, or ends too early");
  }

  /** Returns where the next entry is. */
  private addEntry(at: number): number {
    const { view } = this;
    if (at + 46 > this.bytes.length || view.getUint32(at, true) !== ENTRY)
      throw new Error("its directory is damaged");
    const short = (offset: number) => view.getUint16(at + offset, true);
    const long = (offset: number) => view.getUint32(at + offset, true);
    if (short(8) & 1) throw new Error("it is encrypted");
    const [nameLength, extraLength, commentLength] = [short(28), short(30), short(32)];
    const name = new TextDecoder().decode(this.bytes.subarray(at + 46, at + 46 + nameLength));
    const sizes = { size: long(24), packed: long(20), offset: long(42) };
    let extra = at + 46 + nameLength;
    const next = extra + extraLength + commentLength;
    for (const end = extra + extraLength; extra + 4 <= end; extra += 4 + view.getUint16(extra + 2, true)) {
      if (view.getUint16(extra, true) !== 1) continue;
      let field = extra + 4; // sizes that 32 bits do not hold, in this order
      for (const each of ["size", "packed", "offset"] as const)
        if (sizes[each] === 0xffffffff) {
          sizes[each] = Number(view.getBigUint64(field, true));
          field += 8;
        }
    }
    this.entries.set(name.replaceAll("\\", "/").toLowerCase(), {
      ...{ method: short(10), checksum: long(16) },
      ...sizes,
    });
    return next;
  }

  private async unpack(name: string, { method, packed, size, offset }: Entry): Promise<Uint8Array> {
    if (size > LARGEST_FILE) throw new Error(`${name} has ${size} bytes, which are too many`);
    const damaged = (cause?: unknown) => new Error(`${name} is damaged`, { cause });
    const { bytes, view } = this;
    if (offset + 30 > bytes.length) throw damaged();
    const from = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    if (from + packed > bytes.length) throw damaged();
    const content = bytes.subarray(from, from + packed);
    if (method === 0) return content;
    if (method !== 8) throw new Error(`${name} is compressed in a way that is not known (${method})`);
    const whole = new Uint8Array(size);
    let at = 0;
    try {
      const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
      for (const reader = stream.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        if (at + value.length > size) {
          reader.cancel().catch(() => {});
          throw damaged();
        }
        whole.set(value, at);
        at += value.length;
      }
    } catch (cause) {
      throw damaged(cause);
    }
    if (at < size) throw damaged();
    return whole;
  }
}
