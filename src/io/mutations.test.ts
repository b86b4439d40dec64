/**
 * Files with bytes that are changed, cut out, repeated or cut off: every reader gives a table whose columns are as long as it says, or a
 * NadarayaError that names the file. `NADARAYA_FUZZ_FILES=100000` draws so many for each reader.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NadarayaError } from "../common/errors.ts";
import { corpus } from "../testing/corpus.ts";
import { draw } from "../testing/random.ts";
import { type Format, formatOf, readTable } from "./read.ts";

const FILES = Number(process.env.NADARAYA_FUZZ_FILES ?? 200);
const SEED = Number(process.env.NADARAYA_FUZZ_SEED ?? 20261125);
/** Changes of one file, at most. */
const MOST_CHANGES = 8;

const rejections: unknown[] = [];
const collect = (reason: unknown) => rejections.push(reason);
beforeAll(() => process.on("unhandledRejection", collect));
afterAll(() => process.off("unhandledRejection", collect));

type Random = ReturnType<typeof draw>;

function mutated(bytes: Uint8Array, { integer, uniform }: Random): Uint8Array {
  let list = Array.from(bytes);
  for (let change = integer(1, MOST_CHANGES); change > 0; change--) {
    const at = integer(0, Math.max(list.length - 1, 0));
    const length = integer(1, 16);
    const kind = uniform(0, 5);
    if (kind < 2) list[at] = integer(0, 255);
    else if (kind < 2.5) list[at] ^= 1 << integer(0, 7);
    else if (kind < 3) list.splice(at, length);
    else if (kind < 3.5) list.splice(at, 0, ...list.slice(at, at + length));
    else if (kind < 4) list.splice(at, 0, ...Array.from({ length }, () => integer(0, 255)));
    else if (kind < 4.5)
      for (let i = 0; i < length && at + i < list.length; i++) list[at + i] = integer(0, 1) * 255;
    else list = list.slice(0, at);
  }
  return Uint8Array.from(list);
}

describe.each<Format>(["csv", "json", "jsonl", "parquet", "arrow", "xlsx"])("%s", (format) => {
  const seeds = corpus.filter(({ name, error, options }) => {
    if (error !== undefined || options) return false;
    return formatOf(name) === format && !/\.(gz|zst)$/.test(name) && name !== "parquet-named.csv";
  });

  test("gives a table, or says what is wrong", async () => {
    expect(seeds.length).toBeGreaterThan(0);
    const random = draw(SEED);
    let [tables, errors] = [0, 0];
    for (let i = 0; i < FILES; i++) {
      const { name, bytes } = seeds[i % seeds.length];
      const file = mutated(bytes, random);
      try {
        const table = await readTable(file, { name });
        for (const column of table.names) expect(table.columns[column].length).toBe(table.rows);
        tables++;
      } catch (error) {
        const context = `${name}: ${Buffer.from(file).toString("base64")}`;
        expect(error, context).toBeInstanceOf(NadarayaError);
        expect((error as Error).message, context).toContain(name);
        errors++;
      }
    }
    expect(tables + errors).toBe(FILES);
    expect(rejections).toEqual([]);
  });
});
