/** The readers as a library has them: every source, pieces that end anywhere, aborts, and what is written read again. */
// cspell:ignore Köln Rhein
import { Readable } from "node:stream";
import {
  Table as ArrowTable,
  Float64,
  TimestampMillisecond,
  tableToIPC,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import { always } from "../testing/property.ts";
import {
  numbersOf,
  readArrow,
  readCsv,
  readJson,
  readParquet,
  readTable,
  writeArrow,
  writeCsv,
  writeJson,
  writeParquet,
} from "./index.ts";
import type { Source } from "./source.ts";
import type { Table } from "./table.ts";

const text = "label,y\né€漢😀,1\né€漢😀,2\n";
const bytes = new TextEncoder().encode(text);

describe("every source", () => {
  const pieces = () => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  const sources: [string, () => Source][] = [
    ["text", () => text],
    ["a Uint8Array", () => bytes],
    ["a Buffer", () => Buffer.from(bytes)],
    ["an ArrayBuffer", () => bytes.slice().buffer],
    ["a part of an ArrayBuffer", () => new Uint8Array([0, ...bytes, 0]).subarray(1, -1)],
    ["a Blob", () => new Blob([bytes])],
    ["a File", () => new File([bytes], "table.csv")],
    ["a Node stream of single bytes", () => Readable.from(pieces())],
    ["a Node stream of text", () => Readable.from([text.slice(0, 9), text.slice(9)])],
    [
      "a web stream of single bytes",
      () => Readable.toWeb(Readable.from(pieces())) as ReadableStream<Uint8Array>,
    ],
    [
      "an async iterable",
      () =>
        (async function* () {
          yield* pieces();
        })(),
    ],
  ];
  test.each(sources)("%s", async (_, source) => {
    const { columns } = await readCsv(source());
    expect(columns).toEqual({ label: ["é€漢😀", "é€漢😀"], y: Float64Array.of(1, 2) });
  });

  test.each([
    ["a path", "table.csv", 'readCsv was given "table.csv", expected the text of a table'],
    ["a number", 7, "readCsv was given 7, expected text, bytes"],
    ["nothing", undefined, "readCsv was given undefined"],
    ["a stream of objects", Readable.from([{ a: 1 }]), "readCsv was given a stream of an object with a"],
  ])("%s is refused", async (_, source, message) => {
    await expect(readCsv(source as Source)).rejects.toMatchObject({
      name: "NadarayaError",
      message: expect.stringContaining(message),
    });
  });

  test("Parquet and Arrow from bytes, a File and a stream, and not from text", async () => {
    const table = { names: ["x"], rows: 2, columns: { x: Float64Array.of(1, 2) } };
    for (const [read, file] of [
      [readParquet, await writeParquet(table)],
      [readArrow, await writeArrow(table)],
    ] as const) {
      const wanted = { x: "number" } as const;
      for (const source of [
        file,
        Buffer.from(file),
        new File([file as BlobPart], "x"),
        Readable.from([Buffer.from(file)]),
      ])
        expect((await read(source as Source, { wanted })).columns.x).toEqual(Float64Array.of(1, 2));
      await expect(read("x\n1\n", { wanted })).rejects.toMatchObject({
        message: expect.stringContaining("was given text"),
      });
    }
  });
});

test("cells survive, wherever pieces of bytes end", async () => {
  const cell = fc.string({
    unit: fc.constantFrom("a", "b", '"', ",", ";", "\n", " ", "1", "ü", "😀"),
    maxLength: 6,
  });
  const rows = fc.array(fc.tuple(cell, cell, fc.integer({ min: 0, max: 99 })), {
    minLength: 1,
    maxLength: 30,
  });
  const cases = fc.record({
    rows,
    newline: fc.constantFrom("\n", "\r\n"),
    quotes: fc.boolean(),
    cuts: fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
  });
  await always(cases, { runs: 300 }, async ({ rows, newline, quotes, cuts }) => {
    const data = [["first", "second", "number"], ...rows.map((row) => row.map(String))];
    const file = new TextEncoder().encode(Papa.unparse(data, { newline, quotes }));
    async function* pieces() {
      for (let from = 0; from < file.length; ) {
        const to = from + cuts.next().value;
        yield file.subarray(from, to);
        from = to;
      }
    }
    const wanted = { first: "text", second: "text", number: "number" } as const;
    const { columns } = await readCsv(pieces(), { wanted, na: [], delimiter: "," });
    expect([...columns.first]).toEqual(rows.map(([first]) => first));
    expect([...columns.second]).toEqual(rows.map(([, second]) => second));
    expect([...columns.number]).toEqual(rows.map(([, , number]) => number));
  });
});

test("a read that is aborted rejects with the reason", async () => {
  const controller = new AbortController();
  async function* slow() {
    yield new TextEncoder().encode("x,y\n1,2\n".repeat(20_000));
    controller.abort();
    yield new TextEncoder().encode("1,2\n".repeat(100_000));
  }
  await expect(readCsv(slow(), { signal: controller.signal })).rejects.toMatchObject({ name: "AbortError" });
  const { signal } = controller;
  const table = { names: ["x"], rows: 2, columns: { x: Float64Array.of(1, 2) } };
  await expect(readParquet(await writeParquet(table), { signal })).rejects.toMatchObject({
    name: "AbortError",
  });
  await expect(readArrow(await writeArrow(table), { signal })).rejects.toMatchObject({ name: "AbortError" });
  await expect(readJson('[{"x":1}]', { signal })).rejects.toMatchObject({ name: "AbortError" });
});

test("takes the line that is given for that of the names", async () => {
  const text = "x,y\ncm,kg\n\na,b\n1,2\n";
  const { names, columns, notes, layout } = await readCsv(text, { headerRow: 4 });
  expect(names).toEqual(["a", "b"]);
  expect([...columns.b]).toEqual([2]);
  expect(notes).toEqual([
    'the line "x,y" above the names is left out',
    'the line "cm,kg" above the names is left out',
  ]);
  expect(layout?.above).toBe(3);
  expect((await readTable(text, { name: "d.csv", headerRow: 2 })).names).toEqual(["cm", "kg"]);
  await expect(readCsv(text, { headerRow: 9 })).rejects.toThrow(
    "headerRow is 9, expected one of the first 5 lines",
  );
  await expect(readCsv(text, { headerRow: 2, header: false })).rejects.toThrow("but header is false");
  await expect(readTable('[{"x":1}\n]', { name: "d.json", headerRow: 2 })).rejects.toThrow(
    "has no row of names",
  );
});

test("times beyond all calendars are refused where they are requested, and named where they are not", async () => {
  const times = vectorFromArray([0, 9e15], new TimestampMillisecond());
  const file = tableToIPC(new ArrowTable({ t: times, x: vectorFromArray([1, 2], new Float64()) }), "stream");
  const { names, summary } = await readArrow(file);
  expect(names).toEqual(["x"]);
  expect(summary![0].firstBad).toMatchObject({ where: "row 2", value: "a time beyond all calendars" });
  await expect(readArrow(file, { wanted: { t: "number" } })).rejects.toMatchObject({
    message: expect.stringContaining('row 2, column "t"'),
  });
});

test("what is written is read again: numbers, dates, text, gaps, and one array under two names", async () => {
  const shared = Float64Array.of(1.5, Number.NaN, -2e300);
  const columns = {
    ...{ a: shared, b: shared, t: Float64Array.of(0, Number.NaN, Date.UTC(2024, 1, 29, 12, 30)) },
    ...{ label: ['Köln, "am Rhein"', undefined, "a\nb"] },
  };
  const table: Table = { names: Object.keys(columns), rows: 3, columns, dates: ["t"] };
  for (const [name, file] of [
    ["x.csv", await writeCsv(table)],
    ["x.tsv", await writeCsv(table, "\t")],
    ["x.json", writeJson(table)],
    ["x.jsonl", writeJson(table, { lines: true })],
    ["x.parquet", await writeParquet(table)],
    ["x.arrow", await writeArrow(table)],
  ] as const) {
    const read = await readTable(file, { name });
    expect(read.columns, name).toEqual(columns);
    expect(read.dates, name).toEqual(["t"]);
  }
  expect(() => numbersOf(table, ["label"])).toThrow('column "label" is text');
  expect(() => numbersOf(table, ["c"])).toThrow('no column "c"');
});
