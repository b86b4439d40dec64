/** Cuts files into shards: row groups of Parquet, so that each worker reads its own; other files whole. */
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { NadarayaError, show } from "../common/errors.ts";
import type { FileState } from "../io/file-state.ts";
import { inspectFile, matchingFiles } from "../io/files.ts";
import type { RowGroup } from "../io/parquet.ts";
import { isUrl, nameOfPath } from "../io/url.ts";

/** Rows of a file, by reference: they travel once, from the file to the worker that sums them. */
export interface ShardFile {
  /** Of a run's shards, which. */
  readonly id: string;
  /** How messages call it: "flights.parquet, row groups 3 to 5". */
  readonly name: string;
  /** A path that all workers see, or an address. */
  readonly path: string;
  /** From the first of them to before the second; all of the file without it. */
  readonly rowGroups?: readonly [from: number, to: number];
  /** The file's state when the job began; a worker reads no other. */
  readonly state?: FileState;
}

/** A shard, with what its file says of each row group. */
export interface FoundShard extends ShardFile {
  readonly groups?: readonly RowGroup[];
}

/** Fewest rows of a shard of several row groups: below that, a task costs more than its sums. */
const ROWS = 250_000;

/**
 * @param wanted about how many (a row group is not cut, files are not joined), or "auto": as many as have some hundred thousand rows each
 * @throws NadarayaError "invalid-input" for the standard input, a file that is named twice, and one that cannot be read
 */
export async function shardsOf(files: readonly string[], wanted: number | "auto"): Promise<FoundShard[]> {
  const names = await matchingFiles(files);
  // Workers have folders of their own, and a file has many names.
  const paths = await Promise.all(
    names.map(async (name) => (isUrl(name) ? name : realpath(name).catch(() => resolve(name)))),
  );
  const twice = paths.findIndex((path, i) => paths.indexOf(path) !== i);
  if (twice >= 0)
    throw new NadarayaError(
      "invalid-input",
      `${show(names[twice])} is named twice: its rows would count twice`,
    );
  if (names.includes("-"))
    throw new NadarayaError("invalid-input", "the standard input cannot be cut into shards, expected files");
  const states = new Map<string, FileState>();
  const groups: (RowGroup & { path: string; group: number })[] = [];
  const whole: string[] = [];
  for (const path of paths) {
    const { state, groups: found } = await inspectFile(path);
    states.set(path, state);
    if (found === undefined) whole.push(path);
    else groups.push(...found.map((each, group) => ({ ...each, path, group })));
  }
  const total = groups.reduce((sum, { rows }) => sum + rows, 0);
  const least = wanted === "auto" ? ROWS : total / Math.max(wanted - whole.length, 1);
  const shards = whole.map((path): FoundShard => ({ id: idOf(path), name: nameOfPath(path), path }));
  let part: typeof groups = [];
  let rows = 0;
  for (const [i, each] of groups.entries()) {
    part.push(each);
    rows += each.rows;
    // Half of the last row group may be too much: the nearer of both is taken.
    if (groups[i + 1]?.path === each.path && rows + groups[i + 1].rows / 2 <= least) continue;
    shards.push(shardOf(part[0].path, part[0].group, part));
    part = [];
    rows = 0;
  }
  return shards.map((shard) => ({ ...shard, state: states.get(shard.path) }));
}

/** Results keep ids, and the query of an address may hold a secret. */
function idOf(path: string): string {
  const name = nameOfPath(path);
  return name === path ? path : `${name}?${createHash("sha256").update(path).digest("hex").slice(0, 12)}`;
}

function shardOf(path: string, from: number, groups: readonly RowGroup[]): FoundShard {
  const to = from + groups.length;
  const which = groups.length === 1 ? `row group ${from}` : `row groups ${from} to ${to - 1}`;
  return {
    id: `${idOf(path)}#${from}-${to}`,
    name: `${nameOfPath(path)}, ${which}`,
    path,
    rowGroups: [from, to],
    groups: groups.map(({ rows, ranges }) => ({ rows, ranges })),
  };
}
