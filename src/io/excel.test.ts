/** Workbooks: days and times, error cells, titles, and the choice of a sheet. */
import { expect, test } from "vitest";
import { type Cell, workbookOf } from "../testing/workbook.ts";
import { checkComplete } from "./files.ts";
import { type ExcelOptions, readExcel } from "./index.ts";

type Rows = readonly (readonly Cell[])[];

const read = (rows: Rows, options: ExcelOptions = {}, book = {}) =>
  readExcel(workbookOf([{ name: "Data", rows }], book), { name: "book.xlsx", ...options });
const seconds = (columns: Readonly<Record<string, unknown>>) =>
  [...(columns.t as Float64Array)].map((time) => new Date(time).toISOString());

test("reads numbers and days", async () => {
  const { columns, dates } = await read([
    ["t", "v"],
    [{ serial: 45000 }, 1],
    [{ serial: 45001 }, 2.5],
  ]);
  expect(columns).toEqual({
    t: Float64Array.of(Date.UTC(2023, 2, 15), Date.UTC(2023, 2, 16)),
    v: Float64Array.of(1, 2.5),
  });
  expect(dates).toEqual(["t"]);
});

test("reads times to the nearest millisecond", async () => {
  const steps = Array.from({ length: 200 }, (_, i) => i);
  // Full doubles, the 15 digits that Excel writes, and thousandths of a second.
  for (const serialOf of [
    (i: number) => 45000 + (480 + i) / 1440,
    (i: number) => Number((45000 + (480 + i) / 1440).toPrecision(15)),
  ]) {
    const { columns } = await read([["t"], ...steps.map((i): Cell[] => [{ serial: serialOf(i) }])]);
    expect([...columns.t]).toEqual(steps.map((i) => Date.UTC(2023, 2, 15, 8, i)));
  }
  const { columns } = await read([
    ["t"],
    ...steps.map((i): Cell[] => [{ serial: 45000 + (7 * i + 1) / 86_400_000 }]),
  ]);
  expect([...columns.t]).toEqual(steps.map((i) => Date.UTC(2023, 2, 15, 0, 0, 0, 7 * i + 1)));
});

test("counts days from the 1st of January 1900, or from that of 1904", async () => {
  const days = [0.5, 1, 59, 61].map((serial): Cell[] => [{ serial }]);
  expect(seconds((await read([["t"], ...days])).columns)).toEqual([
    ...["1899-12-31T12:00:00.000Z", "1900-01-01T00:00:00.000Z"],
    ...["1900-02-28T00:00:00.000Z", "1900-03-01T00:00:00.000Z"],
  ]);
  const later = await read(
    [["t"], [{ serial: 0 }], [{ serial: 59 }], [{ serial: 60.25 }]],
    {},
    { is1904: true },
  );
  expect(seconds(later.columns)).toEqual([
    ...["1904-01-01T00:00:00.000Z", "1904-02-29T00:00:00.000Z", "1904-03-01T06:00:00.000Z"],
  ]);
  const wanted = { t: "number" } as const;
  await expect(read([["t"], [{ serial: 61 }], [{ serial: 60 }]], { wanted })).rejects.toThrow(
    'book.xlsx row 3, column "t": "1900-02-29" is no day of the calendar',
  );
});

test("takes a format for one of dates by what it shows", async () => {
  const serial = 45000.25;
  for (const [format, isDate] of [
    ["yyyy-mm-dd", true],
    ["[$-409]mmm d, yyyy;@", true],
    ["[h]:mm:ss", false],
    ["[mm]:ss", false],
    ["[Red]h:mm", true],
    ['0.00 "days"', false],
    ["[Red]0.00;[Blue]-0.00", false],
    ["0.00E+00", false],
    ["General", false],
    ["#,##0\\ \\d", false],
  ] as const) {
    const { dates } = await read([["t"], [{ serial }]], {}, { dateFormat: format });
    expect(dates, format).toEqual(isDate ? ["t"] : []);
  }
});

test("names the error that a cell shows, and counts it as empty", async () => {
  const rows: Rows = [
    ["x", "y", "z"],
    [1, 2, 1],
    [2, { error: "#DIV/0!" }, { error: "#N/A" }],
    [3, 4, 3],
    [4, { error: "#REF!" }, 4],
  ];
  const table = await read(rows, { wanted: { y: "number" } });
  expect([...table.columns.y]).toEqual([2, Number.NaN, 4, Number.NaN]);
  expect(table.notes).toEqual(['column "y": 2 cells show an error and count as empty, first row 3: #DIV/0!']);
  expect(() => checkComplete("book.xlsx", table, "drop them")).toThrow(
    'book.xlsx row 3, column "y" shows #DIV/0! (one of 2 cells without a value); drop them',
  );
  // "#N/A" is how a sheet says that a value is missing.
  const { notes, summary } = await read(rows, { wanted: { z: "number" } });
  expect(notes).toEqual([]);
  expect(summary).toMatchObject([{ name: "z", missing: 1, firstMissing: "row 3" }]);
});

test("leaves out titles above the names", async () => {
  const data: Rows = [
    ["REF", "premium", "claims"],
    ["a", 1, 2],
    ["b", 3, 4],
  ];
  for (const titles of [
    [["Policies 2017"]],
    [["Policies 2017"], [], ["as of May"]],
    [[], ["Policies 2017"], []],
    [["Policies"], ["# made by hand", "in May"], []],
  ] as Rows[]) {
    const { names, columns, notes } = await read([...titles, ...data], {});
    expect(names).toEqual(["REF", "premium", "claims"]);
    expect([...columns.claims]).toEqual([2, 4]);
    expect(notes?.join()).toContain("Policies");
  }
  expect((await read([["x"], [1], [2]])).names).toEqual(["x"]);
  await expect(read([...data, ["c", 5, 6, "checked"]])).rejects.toThrow(
    'book.xlsx row 4 has more cells than there are names in row 1: column D has "checked"',
  );
});

test("takes the row that is given for that of the names", async () => {
  const rows: Rows = [["x", "y"], ["cm", "kg"], [1, 2], [], ["a", "b"], [3, 4]];
  expect((await read(rows)).names).toEqual(["x", "y"]);
  const { names, columns, notes, layout } = await read(rows, { headerRow: 5 });
  expect(names).toEqual(["a", "b"]);
  expect([...columns.b]).toEqual([4]);
  expect(layout?.above).toBe(4);
  expect(notes?.[0]).toBe('the row "x y" above the names is left out');
  await expect(read(rows, { headerRow: 4 })).rejects.toThrow(
    'book.xlsx has nothing in row 4 of the sheet "Data": expected the names of the columns there',
  );
  await expect(read(rows, { headerRow: 0 })).rejects.toThrow(
    "headerRow is 0, expected a whole number from 1 on",
  );
});

test("refuses a workbook in which a byte has changed", async () => {
  const bytes = workbookOf([{ name: "Data", rows: [["x"], [123.25], [2]] }]);
  const at = Buffer.from(bytes).indexOf("123.25");
  expect(at).toBeGreaterThan(0);
  bytes[at] += 1;
  await expect(readExcel(bytes, { name: "book.xlsx" })).rejects.toThrow(
    /book\.xlsx is no workbook that can be read: .*sheet1\.xml is damaged/,
  );
});

const COVER = { name: "Read me", rows: [["About this file"], ["made in May"]] };
const DATA = {
  name: "Data 2024",
  rows: [
    ["x", "y"],
    [1, 2],
    [3, 4],
  ],
};

test("reads the first sheet with numbers, and names the others", async () => {
  const bytes = workbookOf([{ name: "Empty", rows: [] }, COVER, DATA, { ...DATA, name: "Later" }]);
  const table = await readExcel(bytes, { name: "book.xlsx" });
  expect(table.names).toEqual(["x", "y"]);
  expect(table.sheets).toEqual(["Empty", "Read me", "Data 2024", "Later"]);
  expect(table.notes).toEqual(['of 4 sheets "Data 2024" is read, and not "Empty", "Read me", "Later"']);
  expect((await readExcel(bytes, { sheet: "Read me" })).names).toEqual(["About this file"]);
  await expect(readExcel(bytes, { sheet: "Empty" })).rejects.toThrow("is empty");
  await expect(readExcel(bytes, { name: "book.xlsx", wanted: { z: "number" } })).rejects.toThrow(
    'book.xlsx has no column "z" in the sheet "Data 2024"; it has "x", "y"',
  );
  await expect(readExcel(bytes, { name: "book.xlsx", sheet: "none" })).rejects.toThrow(
    'has no sheet "none"; it has "Empty", "Read me", "Data 2024", "Later"',
  );
  // Where no sheet has numbers, the first one with rows.
  expect((await readExcel(workbookOf([{ name: "Empty", rows: [] }, COVER]))).names).toEqual([
    "About this file",
  ]);
});
