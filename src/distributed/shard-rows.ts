/** The rows of a shard, as a task needs them; the last ones that were read are kept. */
import { NadarayaError } from "../common/errors.ts";
import {
  type FileState,
  isRecent,
  isSameState,
  isTelling,
  readUnchanged,
  stateOfFile,
} from "../io/file-state.ts";
import { checkComplete, readTable as readFile, reasonOf } from "../io/files.ts";
import { readTable, type TableOptions } from "../io/read.ts";
import { numbersOf, type Table } from "../io/table.ts";
import { isUrl, nameOfUrl, openUrl } from "../io/url.ts";
import type { ShardInput } from "../partials/compute.ts";
import { type Access, EVERYTHING } from "./access.ts";
import type { JobSettings } from "./settings.ts";
import { ShardError } from "./shard-error.ts";
import type { ShardFile } from "./shard-files.ts";

export interface ShardRows extends Pick<ShardInput, "sampleWeights"> {
  readonly keys: { readonly data: Float64Array; readonly dims: number };
  readonly values?: { readonly data: Float64Array; readonly dims: number };
  readonly sampleWeights?: Float64Array;
  readonly rows: number;
  /** Columns that are dates. */
  readonly dates: readonly string[];
}

/** Bytes of rows that are kept for the next task of the same shard. */
const KEPT = 2 ** 29;

/** A shard that can be read, and the state of its file. */
interface Opened {
  readonly state: FileState;
  read(options: TableOptions): Promise<Table>;
}

export class ShardReader {
  private readonly kept = new Map<string, { rows: Promise<ShardRows>; bytes: number }>();
  private readonly access: Access;

  constructor(access: Access = EVERYTHING) {
    this.access = access;
  }

  /**
   * @param run whose rows they are: the rows of a file without a state are kept for one run alone
   * @throws NadarayaError "invalid-input" that names the shard, the row and the column
   * @throws ShardError for a file that may not be read, is not there, or has changed since the job began
   */
  async read(shard: ShardFile, settings: JobSettings, run: string): Promise<ShardRows> {
    const { state: expected, ...where } = shard;
    const opened = await this.open(shard.path);
    const { state } = opened;
    if (expected && !isSameState(state, expected))
      throw new ShardError("invalid-input", `${shard.name} has changed since the job began; start it again`);
    const key = JSON.stringify([where, settings, state, isTelling(state) ? "" : run]);
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known); // the last to go
      return known.rows;
    }
    const entry = { rows: readShard(shard, settings, opened), bytes: 0 };
    this.kept.set(key, entry);
    try {
      const { keys, values, sampleWeights } = await entry.rows;
      entry.bytes = 8 * (keys.data.length + (values?.data.length ?? 0) + (sampleWeights?.length ?? 0));
    } catch (error) {
      this.kept.delete(key);
      throw error;
    }
    if (isRecent(state)) this.kept.delete(key);
    let all = [...this.kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [oldest, { bytes }] of this.kept) {
      if (all <= KEPT || oldest === key) break;
      this.kept.delete(oldest);
      all -= bytes;
    }
    return entry.rows;
  }

  private async open(path: string): Promise<Opened> {
    if (isUrl(path)) {
      const file = await openUrl(path, this.access.fetch).catch((error: Error) => {
        throw error instanceof NadarayaError ? new ShardError(error.code, error.message) : error;
      });
      return { state: file.state, read: (options) => readTable(file, { ...options, name: nameOfUrl(path) }) };
    }
    const real = await this.access.file(path);
    const state = await stateOfFile(real).catch((error: NodeJS.ErrnoException) => {
      throw new ShardError("invalid-input", `${path} cannot be read: ${reasonOf(error)}`);
    });
    const read = async (options: TableOptions) => {
      const found = await readUnchanged(real, () => readFile(real, options));
      if (!isSameState(found.state, state))
        throw new ShardError("invalid-input", `${path} has changed while it was read`);
      return found.content;
    };
    return { state, read };
  }
}

async function readShard(
  { name, rowGroups }: ShardFile,
  settings: JobSettings,
  opened: Opened,
): Promise<ShardRows> {
  const { x, y, sampleWeights, missing = "error", read } = settings;
  const columns = [...x, ...y, ...(sampleWeights === undefined ? [] : [sampleWeights])];
  const wanted = Object.fromEntries(columns.map((column) => [column, "number" as const]));
  const table = await opened.read({ ...read, wanted, rowGroups });
  if (missing === "error") checkComplete(name, table, 'missing "drop" leaves such rows out');
  if (table.rows === 0) throw new NadarayaError("invalid-input", `${name} has no rows`);
  return {
    keys: numbersOf(table, x),
    values: y.length > 0 ? numbersOf(table, y) : undefined,
    sampleWeights: sampleWeights === undefined ? undefined : (table.columns[sampleWeights] as Float64Array),
    rows: table.rows,
    dates: (table.dates ?? []).filter((column) => x.includes(column) || y.includes(column)),
  };
}
