/** Many queries are visited in another order than few; neither order may matter. Errors: src/estimators/methods.test.ts. */
import { expect, test } from "vitest";
import { kernels } from "../../kernels/builtin.ts";
import type { Problem } from "../../problem/problem.ts";
import { draw } from "../../testing/random.ts";
import { treeOf } from "../cull/key-tree.ts";
import { FastSumUpdating } from "./sum-updating.ts";

const neverYield = async () => {};

test.each([
  ["normal keys", (normal: () => number) => normal()],
  ["one key of all", () => 3],
])("results lie where their queries do: %s", async (_, key) => {
  const { normal } = draw(5);
  const [n, m] = [30_000, 40_000];
  const matrix = (data: Float64Array) => ({ data, dims: 1, count: data.length });
  const problem: Problem = {
    keys: matrix(Float64Array.from({ length: n }, () => key(normal))),
    values: matrix(Float64Array.from({ length: n }, () => normal())),
    ...{ kernel: kernels.get("biweight")!, shape: "radial", bandwidth: [0.2] },
  };
  const sums = FastSumUpdating.plan(problem, 1e-6, () => treeOf(problem));
  if (typeof sums === "string") throw new Error(sums);
  const reader = await sums.build({ yieldToEventLoop: neverYield });
  expect(reader.state.running.byteLength).toBeGreaterThan(2 ** 20);
  // Some beyond all keys.
  const queries = Float64Array.from({ length: m }, (_, i) =>
    i % 100 === 0 ? (i - m / 2) * 1e9 : 2 * normal(),
  );
  const read = async (from: number, to: number) => {
    const results = { mean: new Float64Array(to - from), totals: new Float64Array(to - from), asLog: false };
    const belowPrecision = await reader.read(matrix(queries.slice(from, to)), results, neverYield, () => {});
    return { ...results, belowPrecision: belowPrecision.map((q) => from + q).sort((a, b) => a - b) };
  };
  const all = await read(0, m);
  const parts = await Promise.all(Array.from({ length: 40 }, (_, i) => read(i * 1000, (i + 1) * 1000)));
  expect(all.mean).toEqual(Float64Array.from(parts.flatMap(({ mean }) => [...mean])));
  expect(all.totals).toEqual(Float64Array.from(parts.flatMap(({ totals }) => [...totals])));
  expect(all.belowPrecision).toEqual(parts.flatMap(({ belowPrecision }) => belowPrecision));
});
