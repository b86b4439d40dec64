/** The fast Gauss transform against the float64 reference, and against data made to break its promise. */
import { describe, expect, test } from "vitest";
import { neverYield } from "../../common/yield.ts";
import { kernels } from "../../kernels/builtin.ts";
import type { Problem } from "../../problem/problem.ts";
import { nadarayaWatson } from "../../reference/index.ts";
import { draw, rangeOf } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";
import { GaussTransform } from "./gauss-transform.ts";

const gaussian = kernels.get("gaussian")!;

function problemOf(keys: Float64Array, values: Float64Array, dims: number, bandwidth: number[]): Problem {
  const count = keys.length / dims;
  return {
    keys: { data: keys, dims, count },
    values: { data: values, dims: values.length / count, count },
    kernel: gaussian,
    shape: "radial",
    bandwidth,
  };
}

/** The largest error over the queries that the expansion promises, in ranges of the column and of Σ α; and how many it does. */
async function check(problem: Problem, queries: Float64Array, tolerance = 1e-6) {
  const expansion = GaussTransform.plan(problem, tolerance);
  if (typeof expansion === "string") throw new Error(expansion);
  const reader = await expansion.build({ yieldToEventLoop: neverYield });
  const { dims } = problem.keys;
  const columns = problem.values.dims;
  const m = queries.length / dims;
  const mean = new Float64Array(m * columns);
  const logSum = new Float64Array(m);
  const matrix = { data: queries, dims, count: m };
  const belowPrecision = new Set(
    await reader.read(matrix, { mean, totals: logSum, asLog: true }, neverYield, () => {}),
  );
  const expected = nadarayaWatson({
    keys: problem.keys.data,
    values: problem.values.data,
    queries,
    dims,
    columns,
    kernel: "gaussian",
    shape: "radial",
    bandwidth: problem.bandwidth,
  });
  let worst = 0;
  for (let q = 0; q < m; q++) {
    if (belowPrecision.has(q)) continue;
    for (let c = 0; c < columns; c++) {
      const range = rangeOf(problem.values.data.filter((_, i) => i % columns === c)) || 1;
      worst = Math.max(worst, Math.abs(mean[q * columns + c] - expected.mean[q * columns + c]) / range);
    }
    worst = Math.max(worst, Math.abs(logSum[q] - expected.logSum[q]));
  }
  return { worst, promised: m - belowPrecision.size, m };
}

describe.each([1, 2, 3])("%i coordinates", (dims) => {
  const random = draw(dims);
  const n = 3000;
  const keys = Float64Array.from({ length: n * dims }, () => random.normal());
  const values = Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 1e6 : 0) + random.normal());
  const queries = Float64Array.from({ length: 200 * dims }, () => random.normal());

  const tolerances = dims < 3 || isWideRing ? [1e-4, 1e-6, 1e-8] : [1e-4, 1e-8];
  test.each(tolerances)("is within a tolerance of %d", async (tolerance) => {
    const bandwidth = Array.from({ length: dims }, (_, j) => 0.2 + 0.1 * j);
    const { worst, promised } = await check(problemOf(keys, values, dims, bandwidth), queries, tolerance);
    expect(worst).toBeLessThan(tolerance);
    expect(promised).toBeGreaterThan(180);
  });
});
