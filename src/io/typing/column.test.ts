/** Which type a column has, decided by its rows, and how long that takes. */
import { expect, test } from "vitest";
import { readCsv, type TableOptions } from "../index.ts";

const day = Date.UTC(2024, 11, 12);
const read = (cells: readonly string[], options: TableOptions = {}) =>
  readCsv(`d,y\n${cells.map((cell, i) => `"${cell}",${i}\n`).join("")}`, { name: "d.csv", ...options });
const wanted = { d: "number" } as const;
const messageOf = (cells: readonly string[]) =>
  read(cells, { wanted }).then(
    () => "",
    (error: Error) => error.message,
  );
const times = (cells: string, count: number) => Array.from({ length: count }, () => cells);

test("blames the few cells that differ, however often the others repeat", async () => {
  for (const [cells, message] of [
    [[...times("2024/12/12", 4), "1"], 'line 6, column "d": "1" is no date'],
    [[...times("12.12.2024", 9), "1", "2", "3"], 'line 11, column "d": "1" is no date'],
    [["31/12/2024", ...times("2024-12-31", 9)], 'line 2, column "d": "31/12/2024" is no date as the others'],
    [[...times("31/12/2024", 9), "2024-12-31"], 'line 11, column "d": "2024-12-31" is no date in this order'],
    [
      [...times("31/12/2024", 40), "12/31/2024"],
      'line 42, column "d": "12/31/2024" is no date in this order',
    ],
    [[...times("1", 5), "2024-12-12", "2024-12-13"], 'line 7, column "d": "2024-12-12" is no number'],
    [[...times("2024-02-30", 5), "1", "2"], 'line 2, column "d": "2024-02-30" is no day of the calendar'],
    [[...times("1.5", 5), "12/12/2024", "13/12/2024"], 'line 7, column "d": "12/12/2024" is no number'],
    [[...times("$5", 5), "5 €", "2024-12-12"], 'line 2, column "d": "$5" is one of several units'],
  ] as const)
    expect(await messageOf(cells)).toContain(message);
});

test("asks for the order of dates if the rows do not show it, or contradict each other", async () => {
  const ambiguous = Array.from({ length: 6 }, (_, i) => `0${i + 1}/12/2024`);
  expect(await messageOf([...ambiguous, "45000"])).toMatch(
    /line 2, column "d": "01\/12\/2024" may have the day or the month first; name the order of dates/,
  );
  expect(await messageOf(["45000", ...ambiguous])).toMatch(
    /line 2, column "d": "45000" is no date; name the order/,
  );
  const both = [...times("31/12/2024", 5), ...times("12/31/2024", 5)];
  expect(await messageOf(both)).toMatch(/has the day or the month first, and other dates the contrary; name/);
  const { columns } = await read([...ambiguous, "45000"], { dateOrder: "dmy", badAsMissing: "all" });
  expect([...columns.d]).toEqual([...ambiguous.map((_, i) => Date.UTC(2024, 11, i + 1)), Number.NaN]);
});

test("keeps the dates of a column and leaves its few other cells empty", async () => {
  const cells = [...times("2024/12/12", 4), "1", "oops"];
  const { columns, summary } = await read(cells, { badAsMissing: "all" });
  expect([...columns.d]).toEqual([day, day, day, day, Number.NaN, Number.NaN]);
  expect(summary![0]).toMatchObject({ type: "date", missing: 2, firstBad: { count: 2, where: "line 6" } });
});

test("reads a cell of any length in linear time", async () => {
  const long = 2_000_000;
  // Each of these took hours by a pattern that looks at every part of the digits again.
  for (const cell of [
    `${"1".repeat(long)}x`,
    `${"1".repeat(long)}'1`,
    `-${"1".repeat(long)}e${"1".repeat(long)}x`,
    `${"1,".repeat(long)}x`,
    `2024-01-01T00:00:00.${"1".repeat(long)}x`,
    `${" ".repeat(long)}x${" ".repeat(long)}x`,
    `1${"\r".repeat(long)}x`,
  ]) {
    const found = await readCsv(`a,b\n"${cell}",1\n2,2\n`, { wanted: { a: "number" }, name: "l.csv" }).catch(
      (error: Error) => error.message,
    );
    expect(found).toMatch(/^l.csv line 2, column "a": .{20,140} is no number/s);
  }
  // A number of many digits, and one with more than any number needs.
  const { columns } = await readCsv(`a\n0.${"1".repeat(1000)}\n0.${"1".repeat(2000)}\n`);
  expect(columns.a).toHaveLength(2);
  await expect(
    readCsv(`a\n0.${"1".repeat(1000)}\n0.${"1".repeat(2000)}\n`, { wanted: { a: "number" } }),
  ).rejects.toThrow('line 3, column "a"');
});

test("refuses a row that is longer than a table's", async () => {
  async function* endless() {
    yield "a,b\n1,2\n";
    for (;;) yield "1".repeat(2 ** 22);
  }
  await expect(readCsv(endless(), { name: "l.csv" })).rejects.toThrow(
    "l.csv line 3 has more than 67108864 characters",
  );
});
