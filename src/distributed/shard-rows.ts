/** The rows of a shard, as a task needs them; the last ones that were read are kept. */
import { NadarayaError } from "../common/errors.ts";
import { checkComplete, readTable } from "../io/files.ts";
import { numbersOf } from "../io/table.ts";
import type { ShardInput } from "../partials/compute.ts";
import type { JobSettings } from "./settings.ts";
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

export class ShardReader {
  private readonly kept = new Map<string, { rows: Promise<ShardRows>; bytes: number }>();

  /** @throws NadarayaError "invalid-input" that names the shard, the row and the column */
  async read(shard: ShardFile, settings: JobSettings): Promise<ShardRows> {
    const key = JSON.stringify([shard, settings]);
    const known = this.kept.get(key);
    if (known) {
      this.kept.delete(key);
      this.kept.set(key, known); // the last to go
      return known.rows;
    }
    const entry = { rows: readShard(shard, settings), bytes: 0 };
    this.kept.set(key, entry);
    try {
      const { keys, values, sampleWeights } = await entry.rows;
      entry.bytes = 8 * (keys.data.length + (values?.data.length ?? 0) + (sampleWeights?.length ?? 0));
    } catch (error) {
      this.kept.delete(key);
      throw error;
    }
    let all = [...this.kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [oldest, { bytes }] of this.kept) {
      if (all <= KEPT || oldest === key) break;
      this.kept.delete(oldest);
      all -= bytes;
    }
    return entry.rows;
  }
}

async function readShard({ path, name, rowGroups }: ShardFile, settings: JobSettings): Promise<ShardRows> {
  const { x, y, sampleWeights, missing = "error", read } = settings;
  const columns = [...x, ...y, ...(sampleWeights === undefined ? [] : [sampleWeights])];
  const wanted = Object.fromEntries(columns.map((column) => [column, "number" as const]));
  const table = await readTable(path, { ...read, wanted, rowGroups });
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
