/** What a reader can read from, and its bytes: unpacked where they are gzip or zstd, all at once or a piece at a time. */
import { NadarayaError, show } from "../common/errors.ts";
import { refuseTransferred } from "../common/options.ts";

/**
 * The text of a table, its bytes, a Blob or File, or a stream of bytes or text: a web ReadableStream, a Node stream, any async iterable.
 */
export type Source =
  | string
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;

export type Piece = Uint8Array | string;

/** Called with the share of a source that was read, where its size is known. */
export type OnProgress = ((share: number) => void) | undefined;

/** Bytes of a Blob that are read at once. */
const PIECE = 2 ** 20;

/** @throws NadarayaError "invalid-input" for what cannot be read from */
export async function* piecesOf(
  source: Source,
  reader: string,
  onProgress?: OnProgress,
): AsyncGenerator<Piece> {
  refuseTransferred(source, `the source of ${reader}`);
  if (typeof source === "string") {
    if (!/[\r\n]/.test(source) && source !== "")
      throw new NadarayaError(
        "invalid-input",
        `${reader} was given ${show(source)}, expected the text of a table, a line for the names and one for each row; a file is read from its bytes, its File or a stream of it`,
      );
    yield source;
  } else if (source instanceof Blob) {
    for (let from = 0; from < source.size; from += PIECE) {
      yield new Uint8Array(await source.slice(from, from + PIECE).arrayBuffer());
      onProgress?.(Math.min((from + PIECE) / source.size, 1));
    }
  } else if (source instanceof ArrayBuffer) yield new Uint8Array(source);
  else if (ArrayBuffer.isView(source))
    yield new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
  else if (source instanceof ReadableStream) yield* fromStream(source);
  else if (typeof source === "object" && source !== null && Symbol.asyncIterator in source) {
    for await (const piece of source) yield checkPiece(piece, reader);
  } else
    throw new NadarayaError(
      "invalid-input",
      `${reader} was given ${show(source)}, expected text, bytes (Uint8Array, ArrayBuffer), a Blob or File, or a stream of bytes`,
    );
}

function checkPiece(piece: unknown, reader: string): Piece {
  refuseTransferred(piece, `a piece of the source of ${reader}`);
  if (typeof piece === "string" || piece instanceof Uint8Array) return piece;
  throw new NadarayaError(
    "invalid-input",
    `${reader} was given a stream of ${show(piece)}, expected bytes or text`,
  );
}

async function* fromStream(stream: ReadableStream<Piece>): AsyncGenerator<Piece> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {}); // of a stream that has failed already
  }
}

/** The first bytes of a stream, and all of it again. */
export async function peek(
  pieces: AsyncIterable<Piece>,
): Promise<{ head: Uint8Array; pieces: AsyncIterable<Piece>; isText: boolean }> {
  const iterator = pieces[Symbol.asyncIterator]();
  const taken: Piece[] = [];
  let head = new Uint8Array(0);
  let isText = false;
  while (head.length < 1024 && !isText) {
    const { done, value } = await iterator.next();
    if (done) break;
    taken.push(value);
    if (typeof value === "string") isText = true;
    else head = joined([head, value.subarray(0, 1024)]);
  }
  async function* again() {
    try {
      yield* taken;
      taken.length = 0;
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.(undefined);
    }
  }
  return { head, pieces: again(), isText };
}

const startsWith = (head: Uint8Array, ...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);

/** Unpacks gzip and zstd, by what the bytes begin with. @throws NadarayaError "invalid-input" where they are broken */
export async function unpacked(pieces: AsyncIterable<Piece>, name: string): Promise<AsyncIterable<Piece>> {
  const { head, pieces: all } = await peek(pieces);
  if (startsWith(head, 0x1f, 0x8b)) return gunzipped(all, name);
  if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd)) return unzstd(all, name);
  return all;
}

async function* gunzipped(pieces: AsyncIterable<Piece>, name: string): AsyncGenerator<Piece> {
  const iterator = pieces[Symbol.asyncIterator]();
  let failure: unknown;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        failure = error;
        controller.error(error);
      }
    },
  });
  try {
    yield* fromStream(packed.pipeThrough(new DecompressionStream("gzip")));
  } catch (cause) {
    if (failure) throw failure;
    if (cause instanceof NadarayaError) throw cause;
    throw new NadarayaError("invalid-input", `${name} is no gzip that can be unpacked, or ends too early`, {
      cause,
    });
  }
}

async function* unzstd(pieces: AsyncIterable<Piece>, name: string): AsyncGenerator<Piece> {
  const { Decompress } = await import("fzstd");
  const ready: Uint8Array[] = [];
  let isDone = false;
  const decoder = new Decompress((piece, isLast) => {
    ready.push(piece.slice());
    isDone ||= isLast === true;
  });
  const broken = (cause?: unknown) =>
    new NadarayaError("invalid-input", `${name} is no zstd that can be unpacked, or ends too early`, {
      cause,
    });
  for await (const piece of pieces) {
    try {
      decoder.push(piece as Uint8Array);
    } catch (cause) {
      throw broken(cause);
    }
    yield* ready.splice(0);
  }
  try {
    decoder.push(new Uint8Array(0), true);
  } catch (cause) {
    throw broken(cause);
  }
  yield* ready.splice(0);
  if (!isDone) throw broken();
}

/** All bytes of a source. @throws NadarayaError "invalid-input" for text: the format is binary */
export async function bytesOf(
  pieces: AsyncIterable<Piece>,
  reader: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) {
    if (typeof piece === "string")
      throw new NadarayaError(
        "invalid-input",
        `${reader} was given text, expected bytes, a Blob or File, or a stream of bytes`,
      );
    all.push(piece);
  }
  return joined(all);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
