/** From bytes to text: by a byte order mark, else UTF-8 where the bytes are, else Windows-1252, and UTF-16 where every other byte is 0. */
import { NadarayaError, show } from "../common/errors.ts";
import type { Piece } from "./source.ts";

const LINE_FEED = 10;

export interface DecodeOptions {
  /** A label of the Encoding Standard: "utf-8", "windows-1252", "utf-16le"; detected by default. */
  readonly encoding?: string;
  /** How errors name the file. */
  readonly name: string;
  /** Called with a note where the encoding is not UTF-8. */
  readonly onNote?: (note: string) => void;
  /** Called with the label of an encoding other than UTF-8, once it is known. */
  readonly onEncoding?: (encoding: string) => void;
}

/**
 * Text in pieces, no character cut in two.
 * @throws NadarayaError "invalid-input" for an encoding that is not known, and for bytes that no single encoding explains
 */
export async function* decoded(pieces: AsyncIterable<Piece>, options: DecodeOptions): AsyncGenerator<string> {
  const { encoding, name, onNote, onEncoding } = options;
  if (encoding !== undefined) onEncoding?.(encoding);
  let decoder: TextDecoder | undefined = encoding === undefined ? undefined : decoderOf(encoding);
  let pending = new Uint8Array(0);
  let isStart = true;
  let lines = 0;
  let hasOther = false; // characters beyond ASCII, all valid UTF-8
  for await (const piece of pieces) {
    if (typeof piece === "string") {
      yield isStart ? piece.replace(/^\uFEFF/, "") : piece;
      isStart = false;
      continue;
    }
    const bytes = pending.length > 0 ? concatenated(pending, piece) : piece;
    pending = new Uint8Array(0);
    if (isStart && encoding === undefined) {
      if (bytes.length < 4) {
        pending = bytes.slice();
        continue;
      }
      const wide = wideEncoding(bytes);
      if (wide) {
        decoder = decoderOf(wide);
        onEncoding?.(wide);
        onNote?.(`${name} is read as ${wide.toUpperCase()}`);
      }
    }
    isStart = false;
    if (decoder) {
      yield decoder.decode(bytes, { stream: true });
      continue;
    }
    // Up to the end of a line where there is one: texts that are cut by lines are read faster than parts of other texts.
    const whole = bytes.lastIndexOf(LINE_FEED) + 1 || wholeCharacters(bytes);
    const text = utf8(bytes.subarray(0, whole));
    if (text !== undefined) {
      pending = bytes.slice(whole);
      hasOther ||= text.length !== whole;
      lines += newlines(text);
      yield text;
      continue;
    }
    decoder = fallBack(bytes);
    yield decoder.decode(bytes, { stream: true });
  }
  if (pending.length > 0) {
    const text: string | undefined = utf8(pending);
    yield text ?? (decoder ?? fallBack(pending)).decode(pending);
  } else if (decoder) yield decoder.decode();

  /** Windows-1252, unless what came before is UTF-8 beyond ASCII. */
  function fallBack(bytes: Uint8Array): TextDecoder {
    const valid = validPrefix(bytes);
    const before = utf8(bytes.subarray(0, valid))!;
    if (hasOther || before.length !== valid)
      throw new NadarayaError(
        "invalid-input",
        `${name} line ${lines + newlines(before) + 1}: byte 0x${bytes[valid].toString(16)} is not UTF-8, and text before it is; name the encoding, for example windows-1252`,
      );
    onEncoding?.("windows-1252");
    onNote?.(`${name} is not UTF-8 and is read as Windows-1252`);
    return decoderOf("windows-1252");
  }
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch (cause) {
    throw new NadarayaError(
      "invalid-input",
      `encoding is ${show(encoding)}, expected a name such as utf-8, windows-1252 or utf-16le`,
      { cause },
    );
  }
}

/** UTF-16 by its mark, or where one of every two bytes is 0 in what is mostly Latin. */
function wideEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const length = Math.min(bytes.length, 1024) & ~1;
  let [even, odd] = [0, 0];
  for (let i = 0; i < length; i += 2) {
    if (bytes[i] === 0) even++;
    if (bytes[i + 1] === 0) odd++;
  }
  if (odd > 0.3 * (length / 2) && even === 0) return "utf-16le";
  return even > 0.3 * (length / 2) && odd === 0 ? "utf-16be" : undefined;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

const node = globalThis.process?.getBuiltinModule?.("node:buffer");

/** The text of whole characters; undefined where they are not UTF-8. In Node, ASCII is copied and not decoded: five times faster. */
function utf8(bytes: Uint8Array): string | undefined {
  if (node?.isAscii(bytes))
    return node.Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many bytes before a last character that may go on in the next piece. */
function wholeCharacters(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let back = 1; back <= Math.min(4, length); back++) {
    const byte = bytes[length - back];
    if (byte < 0x80) return length;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return size > back ? length - back : length;
  }
  return length;
}

/** How many of the first bytes are UTF-8: by halves, as only the whole text can be tested. */
function validPrefix(bytes: Uint8Array): number {
  let [from, to] = [0, bytes.length];
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    const whole = wholeCharacters(bytes.subarray(0, middle));
    if (utf8(bytes.subarray(0, whole)) === undefined) to = middle - 1;
    else from = middle;
  }
  return wholeCharacters(bytes.subarray(0, from));
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
