import initSqlJs from "sql.js";
import { expect, test } from "vitest";
import { randomFrom } from "../common/random.ts";
import { Engine, KernelDensity, KernelRegression } from "../index.ts";
import { sumsOfShard } from "./compute.ts";
import { meansOfSums } from "./finish.ts";
import { fromGrid } from "./grid.ts";
import { type GridQuery, gridQuery } from "./grid-query.ts";
import { mergePartialSums } from "./partial-sums.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const sql = await initSqlJs({ useOldExtensionFunctions: false } as object);

/** Rows in a database, and the cells that a query makes of them. */
function database(count: number) {
  const random = randomFrom(1);
  const rows = Array.from({ length: count }, () => {
    const [a, b] = [10 * random() - 5, 4 * random()];
    return [a, b, Math.sin(a) + b / 4 + 0.5 * (random() - 0.5), 0.5 + random()];
  });
  const data = new sql.Database();
  data.run('create table rides (a real, "the ""b""" real, y real, w real)');
  const insert = data.prepare("insert into rides values (?, ?, ?, ?)");
  for (const row of rows) insert.run(row);
  data.run("insert into rides values (null, 1, 1, 1), (1, 1, null, 1)");
  const cellsOf = (query: GridQuery) => {
    const [{ columns, values }] = data.exec(gridQuery(query));
    const column = (name: string) => Float64Array.from(values, (row) => row[columns.indexOf(name)] as number);
    const dims = query.x.length;
    return {
      x: values.map((row) => row.slice(0, dims) as number[]),
      weight: column("weight"),
      ...(query.y !== undefined && { sum: column("sum"), squares: column("squares") }),
    };
  };
  return { rows, cellsOf };
}

const { rows, cellsOf } = database(3000);
const a = Float64Array.from(rows, ([value]) => value);
const y = Float64Array.from(rows, (row) => row[2]);
const queries = Float64Array.from({ length: 81 }, (_, i) => i / 8 - 5);
const axis = { column: "a", spacing: 0.05, origin: 0.01 };

test("a grid that SQL makes has the curve and the band of its rows", async () => {
  const grid = fromGrid(cellsOf({ table: "rides", x: [axis], y: "y" }), { bandwidth: 0.4, engine });
  const { mean, standardError, upper } = await grid.predict(queries, { confidence: 0.9 });
  const whole = await sumsOfShard({ keys: a, values: y, bandwidth: 0.4 }, queries, { engine, errors: true });
  const exact = meansOfSums(whole, { confidence: 0.9 });
  for (const q of queries.keys()) {
    // (δ/h)²/8 of α(0) is 0.002; of the curve much less of that is left.
    expect(Math.abs(mean[q] - exact.mean[q])).toBeLessThan(0.004);
    expect(Math.abs(standardError![q] / exact.standardError![q] - 1)).toBeLessThan(0.02);
    expect(Math.abs(upper![q] - exact.upper![q])).toBeLessThan(0.006);
  }
});

test("half the spacing is a quarter of the error", async () => {
  const exact = meansOfSums(await sumsOfShard({ keys: a, values: y, bandwidth: 0.4 }, queries, { engine }));
  const errors = await Promise.all(
    [0.2, 0.1].map(async (spacing) => {
      const grid = fromGrid(cellsOf({ table: "rides", x: [{ ...axis, spacing }], y: "y" }), {
        bandwidth: 0.4,
        engine,
      });
      const { mean } = await grid.predict(queries);
      return Math.sqrt(mean.reduce((sum, value, q) => sum + (value - exact.mean[q]) ** 2, 0));
    }),
  );
  expect(errors[0] / errors[1]).toBeGreaterThan(3);
  expect(errors[0] / errors[1]).toBeLessThan(5.5);
});

test("two coordinates, weights, names in quotes, and densities", async () => {
  const x = [axis, { column: 'the "b"', spacing: 0.05 }];
  const cells = cellsOf({ table: "(select * from rides where w > 0)", x, y: "y", weight: "w" });
  const grid = fromGrid(cells, { bandwidth: [0.4, 0.4], engine });
  const places = { data: Float64Array.of(0, 1, 2, 3, -4, 2.5), dims: 2 };
  const keys = { data: Float64Array.from(rows.flatMap((row) => row.slice(0, 2))), dims: 2 };
  const sampleWeights = Float64Array.from(rows, (row) => row[3]);
  const model = await KernelRegression.fit({ keys, values: y, sampleWeights, bandwidth: 0.4 }, { engine });
  const { mean } = await model.predict(places);
  const found = await grid.predict(places);
  for (const q of [0, 1, 2]) expect(Math.abs(found.mean[q] - mean[q])).toBeLessThan(0.01);
  const density = fromGrid(cellsOf({ table: "rides", x: [axis] }), { bandwidth: 0.4, engine });
  const exact = await (
    await KernelDensity.fit({ keys: Float64Array.of(...a, 1), bandwidth: 0.4 }, { engine })
  ).evaluate(queries);
  for (const [q, value] of (await density.evaluate(queries)).density.entries())
    expect(Math.abs(value - exact.density[q])).toBeLessThan(0.002);
});

test("grids merge with shards of rows", async () => {
  const half = (from: number, to: number) => ({
    keys: a.subarray(from, to),
    values: y.subarray(from, to),
    bandwidth: 0.4,
  });
  const grid = fromGrid(cellsOf({ table: "(select * from rides limit 1500)", x: [axis], y: "y" }), {
    bandwidth: 0.4,
    engine,
  });
  const merged = meansOfSums(
    mergePartialSums([
      await grid.partial(queries),
      await sumsOfShard(half(1500, 3000), queries, { engine, errors: true, y: ["y1"] }),
    ]),
  );
  const exact = meansOfSums(await sumsOfShard(half(0, 3000), queries, { engine }));
  for (const q of queries.keys()) expect(Math.abs(merged.mean[q] - exact.mean[q])).toBeLessThan(0.004);
});

test("wide cells are warned of, wrong ones refused", () => {
  const warnings: string[] = [];
  const settings = { bandwidth: 1, onWarning: (message: string) => warnings.push(message) };
  fromGrid({ x: [0, 0.8], weight: [1, 1] }, settings);
  expect(warnings).toEqual([
    "cells are 0.800 apart in coordinate 0, and the bandwidth is 1: binning takes up to 8.0 % of a weight; make cells of half a bandwidth, or less",
  ]);
  const refused = (message: string, cells: object) =>
    expect(() => fromGrid(cells as never, settings)).toThrow(message);
  refused("weight has 1 numbers, expected 2, one a cell", { x: [0, 1], weight: [1] });
  refused("weight[1] is -1, expected a finite number of at least 0", { x: [0, 1], weight: [1, -1] });
  refused("cell 1 has a sum, and weight 0", { x: [0, 1], weight: [1, 0], sum: [1, 1] });
  refused("cells have squares and no sum", { x: [0, 1], weight: [1, 1], squares: [1, 1] });
  refused("no cell has a weight above 0", { x: [0, 1], weight: [0, 0] });
  refused('no option "weights"; did you mean "weight"?', { x: [0], weights: [0] });
  expect(() => gridQuery({ table: "t", x: [{ column: "a", spacing: 0 }] })).toThrow("x[0] has spacing 0");
  expect(() => gridQuery({ table: "", x: [axis] })).toThrow('table is ""');
});
