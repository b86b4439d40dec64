/** The explorer's parts that need no page: columns, cells, units, the address, bandwidths of equal smoothing. */
import { expect, test } from "vitest";
import { neverYield } from "../../src/common/yield.ts";
import { Engine, KernelRegression } from "../../src/index.ts";
import { draw } from "../../src/testing/random.ts";
import { canonicalRatio } from "./canonical.ts";
import { Cells } from "./cells.ts";
import { type ColumnProfile, profile, suggest } from "./columns.ts";
import { dataOf, drawRows } from "./data.ts";
import type { ReadTable } from "./reader.ts";
import { beginning, MOST_KEPT, readHash, viewOf, writeHash } from "./state.ts";
import { encodeText, textAt } from "./text-column.ts";
import { DAY, date, distanceOf, duration, number, unitOf } from "./units.ts";

const signal = new AbortController().signal;
const random = draw(77);

function tableOf(
  columns: Record<string, readonly (number | string | undefined)[]>,
  dates: string[] = [],
): ReadTable {
  const cells = Object.entries(columns).map(([name, list]) => [
    name,
    list.every((each) => typeof each === "number")
      ? Float64Array.from(list as number[])
      : encodeText(list as (string | undefined)[]),
  ]);
  const names = Object.keys(columns);
  return { names, rows: columns[names[0]].length, columns: Object.fromEntries(cells), dates };
}

test("rows in cells have the rows' sums: count, mean and variance of every cell", async () => {
  const n = 5000;
  const x = Float64Array.from({ length: n }, () => random.uniform(0, 10) ** 1.5);
  const y = x.map((each) => 1e6 + Math.sin(each) + random.normal());
  const cells = await Cells.of(x, y, neverYield);
  for (const count of [65_536, 1024, 16]) {
    const { keys, values, sampleWeights } = cells.inCells(count);
    const sum = (list: Float64Array) => list.reduce((total, each) => total + each, 0);
    expect(sum(sampleWeights)).toBe(n);
    expect(sampleWeights.every(Number.isInteger)).toBe(true);
    const weighed = (list: Float64Array, power: number, centre = 0) =>
      list.reduce((total, each, i) => total + sampleWeights[i] * (each - centre) ** power, 0);
    expect(weighed(keys, 1) / sum(x)).toBeCloseTo(1, 12);
    expect(weighed(values!, 1) / sum(y)).toBeCloseTo(1, 12);
    const plain = y.reduce((total, each) => total + (each - 1e6) ** 2, 0);
    expect(weighed(values!, 2, 1e6) / plain).toBeCloseTo(1, 8);
  }
});

test("a local line over cells, and its band, are those over rows", async () => {
  const engine = await Engine.create({ backend: "cpu" });
  const keys = Float64Array.from({ length: 4000 }, () => random.uniform(0, 10));
  const values = keys.map((each) => Math.sin(each) + 0.3 * random.normal());
  const cells = await Cells.of(keys, values, neverYield);
  const places = Float64Array.from({ length: 50 }, (_, i) => i / 5);
  for (const bandwidth of [0.1, 0.5]) {
    expect(cells.serve(bandwidth)).toBe(true);
    const { count: _, ...rows } = cells.forBandwidth(bandwidth);
    const [whole, summed] = [
      await KernelRegression.fit({ keys, values, degree: 1, bandwidth }, { engine }),
      await KernelRegression.fit(
        { ...rows, values: rows.values!, weightType: "frequency", degree: 1, bandwidth },
        { engine },
      ),
    ];
    const [a, b] = [
      await whole.predict(places, { confidence: 0.95 }),
      await summed.predict(places, { confidence: 0.95 }),
    ];
    // A row's weight is that of its cell to about 1/1500; noise is 0.3.
    for (const name of ["mean", "lower", "upper"] as const)
      for (const [i, value] of a[name]!.entries()) expect(Math.abs(value - b[name]![i])).toBeLessThan(0.003);
  }
});

test("columns worth a first look: dates and measurements, not ids, not constants", async () => {
  const count = 50;
  const of = (make: (i: number) => number | string) => Array.from({ length: count }, (_, i) => make(i));
  const first = async (columns: Record<string, (number | string)[]>, dates: string[] = []) =>
    suggest(await profile(tableOf(columns, dates), signal));
  const id = of((i) => i + 1);
  const speed = of(() => random.uniform(0, 90));
  const power = of(() => random.normal());
  expect(await first({ id, speed, power })).toEqual({ x: "speed", y: "power" });
  expect(await first({ rownames: id, always: of(() => 3), speed, power })).toEqual({
    x: "speed",
    y: "power",
  });
  expect(await first({ speed, day: of((i) => i * DAY) }, ["day"])).toEqual({ x: "day", y: "speed" });
  expect(
    await first({ zip: of(() => random.integer(1, 99_999)), kind: of((i) => `k${i % 3}`), speed }),
  ).toMatchObject({
    x: "speed",
  });
  expect(await first({ flag: of((i) => i % 2), speed, power })).toEqual({ x: "speed", y: "power" });
  expect(await first({ id, power })).toMatchObject({ x: "power" });
  // A count from 1 on under another name is an id as well, a year is not.
  const profiles = await profile(
    tableOf({ position: id, year: of((i) => 1990 + Math.floor(i / 2)) }),
    signal,
  );
  expect(profiles.map(({ isId }: ColumnProfile) => isId)).toEqual([true, false]);
});

test("rows without a value are left out, and counted by the column that has none", async () => {
  const table = tableOf({
    x: [1, 2, Number.NaN, 4, 5, 6],
    y: [1, Number.NaN, 3, 4, 5, 6],
    kind: ["a", "a", "b", undefined, "b", "b"],
  });
  const none = { x: "x", x2: "", y: "y", group: "" };
  const data = await dataOf(table, none, signal);
  expect([...data.x]).toEqual([1, 4, 5, 6]);
  expect(data.dropped).toBe(2);
  expect(data.missing).toEqual([
    { name: "x", count: 1 },
    { name: "y", count: 1 },
  ]);
  const labelled = await dataOf(table, { ...none, y: "kind" }, signal);
  expect(labelled.labels).toEqual(["a", "a", "b", "b"]);
  await expect(dataOf(table, { ...none, x: "kind" }, signal)).rejects.toThrow('"kind" is text');
});

test("text comes back from its numbers, also where it is missing", () => {
  const texts = ["b", undefined, "a", "b", ""];
  const column = encodeText(texts);
  expect(texts.map((_, i) => textAt(column, i))).toEqual(texts);
  const many = encodeText(Array.from({ length: 60_000 }, (_, i) => `t${i}`));
  expect(many).toMatchObject({ isCut: true });
  expect(many.texts).toHaveLength(50_000);
  expect(textAt(many, 49_999)).toBe("t49999");
});

test("numbers in words", () => {
  expect(unitOf("time (ms)")).toBe("ms");
  expect(unitOf("weight [kg]")).toBe("kg");
  expect(unitOf("speed")).toBe("");
  expect(duration(58 * DAY)).toBe("58 days");
  expect(duration(3.2 * (DAY / 24))).toBe("3.2 hours");
  expect(duration(400 * DAY)).toBe("400 days");
  expect(duration(0.5)).toBe("0.5 milliseconds");
  expect(date(Date.UTC(2012, 0, 1))).toBe("2012-01-01");
  expect(date(Number.NaN)).toBe("none");
  expect(distanceOf(0.91423, false, "time (ms)")).toBe("0.914 ms");
  expect(number(1_234_567, 7)).toBe("1,234,567");
});

test("an address gives back what it was made of, and what makes no sense is the beginning's", () => {
  const state = {
    ...{ ...beginning, example: "weather", x: "date", y: "a & b", group: "location", degree: 2 as const },
    ...{
      rule: "loo" as const,
      below: "residuals" as const,
      width: 12.5,
      from: 3,
      band: false,
      quartiles: true,
    },
    kept: [{ kernel: "gaussian" as const, degree: 0 as const, width: 5e9 }],
  };
  expect(readHash(writeHash(state), ["weather"])).toEqual(state);
  expect(readHash("kept=no,1,2;gaussian,7,-1&rule=nonsense&below=x&degree=9&example=?", [])).toEqual(
    beginning,
  );
});

test("kernels smooth equally at canonical bandwidths", () => {
  expect(canonicalRatio("gaussian")).toBe(1);
  // Marron and Nolan (1988): 1.7188 / 0.7764, 1.3510 / 0.7764.
  expect(canonicalRatio("epanechnikov")).toBeCloseTo(2.214, 3);
  expect(canonicalRatio("boxcar")).toBeCloseTo(1.351 / 0.7764, 3);
  expect(canonicalRatio("cauchy")).toBeUndefined();
});

test("a part of the rows is spread over all of them, and always the same", () => {
  const rows = drawRows(1_000_003, 5000);
  expect(rows).toEqual(drawRows(1_000_003, 5000));
  expect(new Set(rows).size).toBe(5000);
  const mean = rows.reduce((sum, row) => sum + row, 0) / 5000;
  expect(Math.abs(mean / 500_000 - 1)).toBeLessThan(0.001);
  expect([...drawRows(3, 10)]).toEqual([0, 1, 2]);
});

test("no more curves are kept than can be told apart", () => {
  const kept = Array.from({ length: MOST_KEPT + 2 }, (_, i) => `gaussian,1,${i + 1}`).join(";");
  expect(readHash(`#kept=${encodeURIComponent(kept)}`, []).kept).toHaveLength(MOST_KEPT);
});

test("a part of x that ends before it begins shows all of x", () => {
  expect(viewOf({ from: 2, to: 5 }, [0, 10])).toEqual([2, 5]);
  expect(viewOf({ from: Number.NaN, to: 5 }, [0, 10])).toEqual([0, 5]);
  expect(viewOf({ from: 5, to: 2 }, [0, 10])).toEqual([0, 10]);
  expect(viewOf({ from: 5, to: 5 }, [0, 10])).toEqual([0, 10]);
});
