/** Moments of differences by the transforms, against sums written out: what local polynomials are made of. */
import { describe, expect, test } from "vitest";
import type { Matrix } from "../../data/matrix.ts";
import { monomials } from "../../estimators/local-polynomial/moments.ts";
import { kernels } from "../../kernels/builtin.ts";
import type { Moment } from "../../problem/moments.ts";
import { keyWeights, type Problem } from "../../problem/problem.ts";
import { alphaOf } from "../../reference/index.ts";
import { draw } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";
import { ExpandOnCpu } from "../expand/method.ts";
import { Results } from "../results.ts";
import { momentUnits } from "../transform/recentre.ts";

/** Σ α, then the means of the moments, at one query. */
function exact(
  { keys, values, kernel, bandwidth, keyWeights, moments }: Problem,
  query: Float64Array,
): number[] {
  const { dims } = keys;
  const sums = new Array<number>(1 + moments!.length).fill(0);
  for (let k = 0; k < keys.count; k++) {
    const t = bandwidth.map((h, j) => (keys.data[k * dims + j] - query[j]) / h);
    const weight = alphaOf(kernel.name)(Math.hypot(...t)) * (keyWeights ? keyWeights.data[k] : 1);
    sums[0] += weight;
    for (const [i, { column, powers }] of moments!.entries()) {
      const value = column === undefined ? 1 : values.data[k * values.dims + column];
      sums[1 + i] += weight * powers.reduce((product, power, j) => product * t[j] ** power, value);
    }
  }
  return [sums[0], ...sums.slice(1).map((sum) => sum / sums[0])];
}

const alone = { share: async () => undefined };

/** The largest error over the queries that are promised, in units of Σ α and of the values, and the share that is. */
async function check(problem: Problem, queries: Matrix, tolerance: number) {
  const method = new ExpandOnCpu(problem, alone);
  const outputs = problem.moments!.length;
  const results = new Results(queries.count, outputs, "plain");
  const options = { method: "expand", tolerance } as const;
  const cost = await method.cost(queries, options);
  if (typeof cost === "string") throw new Error(cost);
  const { belowPrecision: left } = await method.sums(queries, options, cost, results);
  const { mean, totals: sums } = results;
  const totals = sums!;
  const refused = new Set(left);
  // Where a bandwidth is wider than the keys' extent, moments are as small as powers of their quotient.
  const units = momentUnits(problem);
  const sizes = problem.moments!.map(({ powers }) =>
    powers.reduce((product, p, j) => product * units[j] ** p, 1),
  );
  let worst = 0;
  for (let q = 0; q < queries.count; q++) {
    if (refused.has(q)) continue;
    const { dims } = queries;
    const [total, ...means] = exact(problem, queries.data.subarray(q * dims, (q + 1) * dims));
    worst = Math.max(worst, Math.abs(totals[q] / total - 1));
    for (const [i, expected] of means.entries())
      worst = Math.max(
        worst,
        Math.abs(mean[q * outputs + i] - expected) / Math.max(sizes[i], Math.abs(expected)),
      );
  }
  return { worst, promised: 1 - refused.size / queries.count };
}

describe.each([
  ["gaussian", 1],
  ["gaussian", 2],
  ["gaussian", 3],
  ["boxcar", 1],
  ["triangular", 1],
  ["epanechnikov", 1],
  ["triweight", 1],
  ["tricube", 1],
  ["laplace", 1],
  ["matern32", 1],
  ["matern52", 1],
] as const)("%s in %i coordinates", (kernelName, dims) => {
  test.each([
    [1, 1e-6, 1, false],
    [1, 1e-9, 1, true],
    [2, 1e-9, 1, false],
    [1, 1e-9, 20, true],
    [2, 1e-9, 1000, false],
  ] as const)("degree %i, tolerance %d, bandwidths × %d, weighted %s", async (degree, tolerance, width, weighted) => {
    if (dims === 3 && degree === 2) return; // 46 grids
    if (dims === 3 && !isWideRing) return; // 4 s, and 10 s
    const random = draw(dims + degree);
    const n = dims === 3 ? 600 : 2000;
    const points = (count: number): Matrix => ({
      data: Float64Array.from({ length: count * dims }, () => random.normal()),
      count,
      dims,
    });
    const [keys, queries] = [points(n), points(60)];
    const values = {
      data: Float64Array.from({ length: 2 * n }, () => random.uniform(-1, 1)),
      count: n,
      dims: 2,
    };
    const moments: Moment[] = [
      ...monomials(dims, 2 * degree).map((powers) => ({ column: undefined, powers })),
      ...[0, 1].flatMap((column) => monomials(dims, degree).map((powers) => ({ column, powers }))),
    ];
    const bandwidth = Array.from({ length: dims }, (_, j) => width * (0.3 + 0.1 * j));
    const weights = weighted
      ? keyWeights(Float64Array.from({ length: n }, () => random.uniform(0.5, 2)))
      : undefined;
    const kernel = kernels.get(kernelName)!;
    const problem: Problem = {
      keys,
      values,
      kernel,
      shape: "radial",
      bandwidth,
      moments,
      keyWeights: weights,
    };
    const { worst, promised } = await check(problem, queries, tolerance);
    expect(worst).toBeLessThan(tolerance);
    expect(promised).toBeGreaterThan(0.8);
  });
});
