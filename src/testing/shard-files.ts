/** Rows in Parquet files of several row groups, for jobs over shards. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { randomFrom } from "../common/random.ts";

export interface ShardRows {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly w: Float64Array;
}

/** A sine with noise over keys that rise, so that no shard is like another. */
export function risingRows(count: number, seed = 1): ShardRows {
  const random = randomFrom(seed);
  const x = Float64Array.from({ length: count }, (_, i) => (10 * (i + random())) / count);
  return {
    x,
    y: x.map((value) => Math.sin(value) + random() - 0.5),
    w: x.map(() => 0.5 + random()),
  };
}

/** Parquet files in a new folder, of row groups of so many rows; returns the folder. */
export function writeShards({ x, y, w }: ShardRows, files: number, rowGroupSize: number): string {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-shards-"));
  const size = Math.ceil(x.length / files);
  for (let file = 0; file < files; file++) {
    const part = (column: Float64Array) => column.subarray(file * size, (file + 1) * size);
    const columnData = Object.entries({ x, y, w }).map(([name, column]) => ({
      name,
      data: part(column),
      type: "DOUBLE" as const,
    }));
    writeFileSync(
      join(folder, `part-${file}.parquet`),
      new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize })),
    );
  }
  return folder;
}
