/** Tables in files by their paths: which are read, and how errors name their cells. */
import { linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { checkComplete, checkOutput, readTable, writeTable } from "./files.ts";
import type { Table, TableOptions } from "./index.ts";
import { writeArrow } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-io-"));
function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const messageOf = (reading: Promise<unknown>) =>
  reading.then(
    () => "",
    (error: Error) => error.message,
  );

test("refuses a file that is named twice, by any of its paths", async () => {
  const path = fileOf("twice.csv", "x,y\n1,2\n");
  const link = join(folder, "link.csv");
  symlinkSync(path, link);
  mkdirSync(join(folder, "below"));
  for (const other of [path, link, join(folder, "below/../twice.csv"), join(folder, "tw*.csv")])
    expect(await messageOf(readTable([path, other]))).toMatch(/named twice.*: its rows would count twice/);
  expect(await messageOf(readTable(["-", "-"]))).toMatch(/^the standard input is named twice/);
  expect(
    await messageOf(readTable(["http://localhost:1/a.csv?k=1", "http://localhost:1/a.csv?k=1"])),
  ).toMatch(/^http:\/\/localhost:1\/a.csv is named twice/);
  const hard = join(folder, "hard.csv");
  linkSync(path, hard);
  expect(await messageOf(readTable([path, hard]))).toMatch(/named twice/);
  expect((await readTable([path, fileOf("other.csv", "x,y\n1,2\n")])).rows).toBe(2);
});

test("names file, row and column of an infinite number in a binary file", async () => {
  const x = Float64Array.of(1, 2, Infinity, 4, -Infinity);
  const table: Table = { names: ["x"], rows: 5, columns: { x } };
  const columnData = [{ name: "x", data: x, type: "DOUBLE" as const }];
  const files = [
    fileOf("inf.parquet", new Uint8Array(parquetWriteBuffer({ columnData }))),
    fileOf("inf.arrow", await writeArrow(table)),
    fileOf("inf.json", '[{"x":1},{"x":2},{"x":1e999},{"x":4},{"x":-1e999}]'),
  ];
  for (const path of files) {
    const read = (options: TableOptions = {}) => readTable(path, options);
    expect(await messageOf(read({ wanted: { x: "number" } }))).toBe(
      `${path} row 3, column "x": "Infinity" is not finite (2 of 5 rows)`,
    );
    const { columns, summary } = await read();
    expect(columns.x).toEqual(x);
    expect(summary![0]).toMatchObject({ type: "number", firstBad: { where: "row 3", count: 2 } });
    const left = await read({ wanted: { x: "number" }, badAsMissing: "all" });
    expect(left.columns.x).toEqual(Float64Array.of(1, 2, Number.NaN, 4, Number.NaN));
    expect(left.summary![0]).toMatchObject({ missing: 2, firstMissing: "row 3" });
  }
});

test("says in which of several files a cell is empty or bad", async () => {
  const files = [fileOf("1.csv", "x,y\n1,2\n2,3\n"), fileOf("2.csv", "x,y\n1,2\n2,\n3,oops\n4,5\n5,6\n")];
  const options = { wanted: { y: "number" }, badAsMissing: "all" } as const;
  const table = await readTable(files, options);
  expect(() => checkComplete("both", table, "")).toThrow(
    `both line 3 of ${files[1]}, column "y" is empty (one of 2 such cells)`,
  );
  expect(table.summary![0].firstBad).toMatchObject({
    where: `line 4 of ${files[1]}`,
    value: "oops",
    count: 1,
  });
});

test("keeps columns that have the name of a member of every object", async () => {
  const names = ["constructor", "toString", "valueOf", "__proto__", "hasOwnProperty"];
  const columns = Object.fromEntries(names.map((name, j) => [name, Float64Array.of(j, j + 0.5)]));
  const table: Table = { names, rows: 2, columns };
  for (const end of ["csv", "tsv", "json", "jsonl", "parquet", "arrow"]) {
    const path = join(folder, `members.${end}`);
    await writeTable(table, path);
    const wanted = Object.fromEntries(names.map((name) => [name, "number" as const]));
    for (const options of [{}, { wanted }]) {
      const found = await readTable([path], options);
      expect(found.names, end).toEqual(names);
      for (const [j, name] of names.entries())
        expect(Object.getOwnPropertyDescriptor(found.columns, name)?.value, `${end} ${name}`).toEqual(
          Float64Array.of(j, j + 0.5),
        );
    }
  }
});

test("refuses an output that cannot be written, before the work", async () => {
  expect(await messageOf(checkOutput(join(folder, "x.xlsx")))).toContain("such files are read, not written");
  const unknown = await messageOf(checkOutput(join(folder, "x")));
  expect(unknown).toContain("expected .csv, .tsv, .json, .jsonl, .parquet, .arrow");
  expect(unknown).not.toContain("xlsx");
  expect(await messageOf(checkOutput("/dev/null/x.csv"))).toContain("/dev/null is no folder");
  expect(await messageOf(checkOutput(join(folder, "none/x.csv")))).toContain("it is not there");
});
