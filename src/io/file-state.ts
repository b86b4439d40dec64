/** What a file is, besides its name: enough to notice that it was replaced or written again. */
import { stat } from "node:fs/promises";
import { hostname } from "node:os";
import { NadarayaError } from "../common/errors.ts";

/** The state of a file, or of an answer of a server; it travels as JSON. */
export interface FileState {
  readonly bytes?: number;
  /** Of a file, nanoseconds since 1970, as all machines that share it see them; of an address, Last-Modified. */
  readonly modified?: string;
  /** The entity tag of an address. */
  readonly tag?: string;
  /** Inode and time of the last change of anything, which a copy on another machine does not share. */
  readonly inode?: string;
  /** The machine and device for which `inode` is meant. */
  readonly device?: string;
}

/** Milliseconds in which a file may be written twice and keep its state: the coarsest times are those of FAT, every 2 s. */
const COARSE = 2000;

/** The state of a file. @throws the error of `stat` */
export async function stateOfFile(path: string): Promise<FileState> {
  const { size, mtimeNs, ctimeNs, ino, dev } = await stat(path, { bigint: true });
  return {
    ...{ bytes: Number(size), modified: String(mtimeNs) },
    ...{ inode: `${ino} ${ctimeNs}`, device: `${hostname()} ${dev}` },
  };
}

/**
 * What was read of a file that did not change meanwhile, and its state.
 * @throws NadarayaError "invalid-input" for one that did
 */
export async function readUnchanged<T>(
  path: string,
  read: () => Promise<T>,
): Promise<{ readonly state: FileState; readonly content: T }> {
  const state = await stateOfFile(path);
  const content = await read();
  if (isSameState(state, await stateOfFile(path))) return { state, content };
  throw new NadarayaError("invalid-input", `${path} has changed while it was read`);
}

/** The state that the headers of an answer report; a server may report none. */
export function stateOfAnswer(headers: Headers): FileState {
  // Apache appends how it packed the answer to the tag.
  const tag = headers
    .get("etag")
    ?.replace(/^W\//, "")
    .replace(/-{1,2}(gzip|br|deflate|zstd)"$/, '"');
  return { tag, modified: headers.get("last-modified") ?? undefined };
}

/** Whether two states can be those of the same content; what only one of them has is not compared. */
export function isSameState(a: FileState, b: FileState): boolean {
  const compared = a.device !== undefined && a.device === b.device ? ([...SHARED, "inode"] as const) : SHARED;
  return compared.every((key) => a[key] === undefined || b[key] === undefined || a[key] === b[key]);
}

const SHARED = ["bytes", "modified", "tag"] as const;

/** Whether a state tells one content from another: a number of bytes alone does not. */
export const isTelling = ({ modified, tag }: FileState): boolean =>
  modified !== undefined || tag !== undefined;

/** Whether a file was written so recently that it may be written again without another state. */
export function isRecent({ modified = "", inode = " " }: FileState, now = Date.now()): boolean {
  const times = /^\d+$/.test(modified)
    ? [modified, inode.split(" ")[1]].map((nanoseconds) => Number(nanoseconds) / 1e6)
    : [Date.parse(modified)];
  return times.some((time) => now - time < COARSE);
}
