/**
 * Unpacks frames of lz4 (lz4_Frame_format.md, version 1.6), for Arrow. The packages for browsers either know blocks alone, or (lz4js 0.2)
 * look for the checksum of a block before it and give wrong bytes for what polars writes. Checksums are passed over.
 */

const MAGIC = 0x184d2204;
const FLAG = { blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const;
/** Of a block's size: the block is not packed. */
const STORED = 0x8000_0000;
/** The shortest match that a block repeats. */
const LEAST_MATCH = 4;

/** @throws Error for bytes that are no frame, or end before it does */
export function unpackLz4(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("no lz4 frame");
  const flags = bytes[4];
  if (flags >> 6 !== 1 || flags & FLAG.dictionary) throw new Error("an lz4 frame of another kind");
  let at = 7 + (flags & FLAG.contentSize ? 8 : 0); // after the descriptor and its checksum
  const output = new Output();
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) return output.bytes();
    const length = (size & ~STORED) >>> 0;
    if (at + length > bytes.length) throw new Error("an lz4 frame that ends too early");
    const block = bytes.subarray(at, at + length);
    if (size >= STORED) output.append(block);
    else unpackBlock(block, output);
    at += length + (flags & FLAG.blockChecksum ? 4 : 0);
  }
}

/** Literals and matches in turn; matches may reach into the blocks before. */
function unpackBlock(block: Uint8Array, output: Output): void {
  let at = 0;
  const lengthFrom = (start: number) => {
    let length = start;
    if (start < 15) return length;
    for (;;) {
      if (at >= block.length) throw new Error("an lz4 block that ends too early");
      const byte = block[at++];
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = lengthFrom(token >> 4);
    if (at + literals > block.length) throw new Error("an lz4 block that ends too early");
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return; // the last sequence has no match
    if (at + 2 > block.length) throw new Error("an lz4 block that ends too early");
    const offset = block[at] | (block[at + 1] << 8);
    at += 2;
    output.repeat(offset, LEAST_MATCH + lengthFrom(token & 15));
  }
}

/** Bytes that grow. */
class Output {
  private buffer = new Uint8Array(2 ** 16);
  private length = 0;

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  repeat(offset: number, count: number): void {
    if (offset === 0 || offset > this.length) throw new Error("an lz4 block that repeats what is not there");
    this.reserve(count);
    // Byte by byte: a match may overlap what it writes.
    for (let i = 0; i < count; i++, this.length++)
      this.buffer[this.length] = this.buffer[this.length - offset];
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const longer = new Uint8Array(Math.max(2 * this.buffer.length, this.length + count));
    longer.set(this.buffer.subarray(0, this.length));
    this.buffer = longer;
  }
}
