/** Open faults of reading and writing files (issue O). */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import { writePicture } from "../../cli/picture.ts";
import { checkComplete, readTable } from "../../io/files.ts";
import type { Table, TableOptions } from "../../io/index.ts";
import { openFault } from "../open-faults.ts";
import { type Cell, workbookOf } from "../workbook.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-open-"));
function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const read = (name: string, content: string | Uint8Array, options: TableOptions = {}) =>
  readTable(fileOf(name, content), options);
/** The message with which reading fails; empty if it does not. */
const messageOf = (reading: Promise<unknown>) =>
  reading.then(
    () => "",
    (error: Error) => error.message,
  );
const sheet = (rows: readonly (readonly Cell[])[]) => workbookOf([{ name: "Data", rows }]);

test("a workbook of the tests is read", async () => {
  const table = await read(
    "plain.xlsx",
    sheet([
      ["t", "v"],
      [{ serial: 45000 }, 1],
      [{ serial: 45001 }, 2.5],
    ]),
  );
  expect(table.columns).toEqual({
    t: Float64Array.of(Date.UTC(2023, 2, 15), Date.UTC(2023, 2, 16)),
    v: Float64Array.of(1, 2.5),
  });
});

openFault("O", "reports A2", "reads Excel's times to the nearest millisecond", async () => {
  const minutes = Array.from({ length: 60 }, (_, i) => i);
  const rows = minutes.map((i): Cell[] => [{ serial: 45000 + (480 + i) / 1440 }, i]);
  const { columns } = await read("minutes.xlsx", sheet([["t", "v"], ...rows]));
  expect([...columns.t]).toEqual(minutes.map((i) => Date.UTC(2023, 2, 15, 8, i)));
});

openFault("O", "reports A2", "reads Excel's first day as the 1st of January 1900", async () => {
  const { columns } = await read(
    "early.xlsx",
    sheet([
      ["t", "v"],
      [{ serial: 1 }, 1],
      [{ serial: 59 }, 2],
    ]),
  );
  expect([...columns.t]).toEqual([Date.UTC(1900, 0, 1), Date.UTC(1900, 1, 28)]);
});

const SNIFF =
  "name,Date,height\nbob,2024/12/12,163\ntom,2024/12/12,182\nalice,2024/12/12,175\njason,2024/12/12,158.5\n1,1,1\n";

openFault("O", "reports A3", "blames the one number in a column of equal dates", async () => {
  const wanted = { Date: "number", height: "number" } as const;
  expect(await messageOf(read("sniff.csv", SNIFF, { wanted }))).toMatch(
    /line 6, column "Date": "1" is no date/,
  );
});

openFault("O", "reports A3", "keeps the dates of a column and leaves its one number empty", async () => {
  const { columns } = await read("sniff.csv", SNIFF, { wanted: { Date: "number" }, badAsMissing: "all" });
  const day = Date.UTC(2024, 11, 12);
  expect([...columns.Date]).toEqual([day, day, day, day, Number.NaN]);
});

openFault("O", "reports A3", "asks for the order of dates in spite of one number among them", async () => {
  const days = Array.from({ length: 6 }, (_, i) => `0${i + 1}/12/2024,${i}\n`).join("");
  const message = await messageOf(read("order.csv", `d,y\n${days}45000,9\n`, { wanted: { d: "number" } }));
  expect(message).toMatch(/name the order of dates/);
});

openFault("O", "reports A5", "leaves out a title row above the names of a workbook", async () => {
  const rows = [["Policies 2017"], ["REF", "premium", "claims"], ["a", 1, 2], ["b", 3, 4]];
  const names = await read("title.xlsx", sheet(rows)).then(
    (table) => table.names,
    (error: Error) => error.message,
  );
  expect(names).toEqual(["REF", "premium", "claims"]);
});

openFault("O", "reports A4", "reads the first sheet that holds a table", async () => {
  const bytes = workbookOf([
    { name: "Read me", rows: [["About this file"]] },
    {
      name: "Data 2024",
      rows: [
        ["x", "y"],
        [1, 2],
        [3, 4],
      ],
    },
  ]);
  expect((await read("cover.xlsx", bytes)).names).toEqual(["x", "y"]);
});

openFault("O", "reports A6", "names file, row and column of an infinite number in Parquet", async () => {
  const columnData = [{ name: "x", data: Float64Array.of(1, 2, Infinity), type: "DOUBLE" as const }];
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData }));
  const message = await messageOf(read("inf.parquet", bytes, { wanted: { x: "number" } }));
  expect(message).toMatch(/inf\.parquet row 3, column "x".*finite/);
});

openFault("O", "reports A7", "says which error a cell of a workbook shows", async () => {
  const rows: Cell[][] = [
    ["x", "y"],
    [1, 2],
    [2, { error: "#DIV/0!" }],
    [3, 4],
  ];
  const path = fileOf("errors.xlsx", sheet(rows));
  const reading = readTable(path, { wanted: { y: "number" } }).then((table) =>
    checkComplete(path, table, ""),
  );
  expect(await messageOf(reading)).toMatch(/#DIV\/0!/);
});

openFault("O", "jobs D", "refuses a file that is named twice", async () => {
  const path = fileOf("twice.csv", "x,y\n1,2\n");
  expect(await messageOf(readTable([path, path]))).toMatch(/twice/);
});

openFault("O", "jobs C6", "reads a signed address that answers GET alone", async () => {
  const bytes = Buffer.from("x,y\n1,2\n3,4\n");
  const server = createServer((request, response) => {
    if (request.method !== "GET") return void response.writeHead(403).end();
    const [, from, to] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    if (from === undefined) return void response.writeHead(200).end(bytes);
    const part = bytes.subarray(Number(from), to ? Number(to) + 1 : undefined);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    response.writeHead(206, { "content-length": part.length, "content-range": range }).end(part);
  });
  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  try {
    const address = `http://localhost:${(server.address() as AddressInfo).port}/x.csv?signature=1`;
    const reading = readTable(address).then(({ rows }) => rows);
    expect(await reading.catch((error: Error) => error.message)).toBe(2);
  } finally {
    server.close();
  }
});

openFault("O", "jobs C1", "writes pictures as XML, whatever the columns are called", async () => {
  for (const name of ["p<0.05", "x\u00a0m", "a\u0001b"]) {
    const table = (x: number[]): Table => ({
      names: [name, "y"],
      rows: x.length,
      columns: { [name]: Float64Array.from(x), y: Float64Array.from(x, Math.sin) },
    });
    const path = join(folder, "picture.svg");
    await writePicture(
      { data: table([0, 1, 2]), answers: table([0, 0.5, 1, 1.5, 2]), x: [name], y: "y" },
      path,
    );
    const parse = () => new JSDOM(readFileSync(path, "utf8"), { contentType: "image/svg+xml" });
    expect(parse, name).not.toThrow();
  }
});
