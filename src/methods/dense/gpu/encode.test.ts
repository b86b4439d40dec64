/** The precision of what shaders read and return, from what WGSL promises. An adapter may be better, so no run of a shader shows it. */
import { describe, expect, test } from "vitest";
import { NEARER } from "../../../../shaders/distance.ts";
import { noColumns } from "../../../data/matrix.ts";
import { kernels } from "../../../kernels/builtin.ts";
import { defineKernel } from "../../../kernels/define.ts";
import type { Kernel } from "../../../kernels/kernel.ts";
import { keyWeights, type Problem } from "../../../problem/problem.ts";
import { draw } from "../../../testing/random.ts";
import { encoder, precisionCheck } from "./encode.ts";

/** One key at 0 with the value 1. */
function problemOf(name: string, more: Partial<Problem> = {}): Problem {
  const keys = { data: Float64Array.of(0), count: 1, dims: 1 };
  const values = { data: Float64Array.of(1), count: 1, dims: 1 };
  return { keys, values, kernel: kernels.get(name)!, shape: "radial", bandwidth: [1], ...more };
}

const ULP = 2 ** -23;
/** What is promised of means, as a share of the values' range, and of log Σ α. */
const PROMISE = 1e-5;
/**
 * The error of a weight e^−L as a share of it: exp2(x) may be off by 3 + 2|x| units in the last place (WGSL, accuracy of built-in
 * functions), x = L log2 e, whose squares are rounded three times.
 */
const errorOfWeight = (log: number) => (3 + 2 * Math.LOG2E * log) * ULP + 3 * ULP * log;

describe.each(["gaussian", "laplace", "matern32"])("exponential weights of the kernel %s", (name) => {
  const problem = problemOf(name);
  // Of a mean of two values the share of one weight is at most a half, and its error p (1 − p) of the weight's.
  test.each([
    ["means", false, 1 / 2],
    ["log Σ α", true, 1],
  ])("%s are trusted only where WGSL's exp2 keeps the promise", (_, totals, share) => {
    const check = precisionCheck(problem, encoder(problem), totals);
    for (let log = 0; log < 80; log += 0.25)
      if (share * errorOfWeight(log) > PROMISE) expect(check(Math.exp(-log), 0)).toBe("below precision");
    expect(check(1, 0)).toBe("precise");
  });
});

test.each([
  2, 1000, 1e6,
])("one heavy key is trusted only where %i light ones that weigh as much keep the promise too", (n) => {
  const problem = problemOf("gaussian");
  const { scale } = problem.kernel.shader;
  const many = { ...problem, keys: { ...problem.keys, count: n } };
  const check = precisionCheck(many, encoder(problem), false, "nearest");
  for (let log = 0; log < 40; log += 0.25) {
    // Half of the weight is the heavy key's, half that of all others: their errors may have opposite signs.
    const error = (errorOfWeight(log) + errorOfWeight(log + Math.log(n))) / 4;
    const verdict = check(2 * Math.exp(-log), 2 * log * scale ** 2);
    if (error > PROMISE) expect(verdict).toBe("below precision");
    if (log < 10) expect(verdict).toBe("precise");
  }
});

/** The row `near` of keys at the distance u, by its definition in shaders/distance.ts. */
function changeAt({ alpha, shader }: Kernel, u: number): number {
  const isSquared = shader.argument === "squared";
  const x = isSquared ? u * u : u;
  const nearer = Math.max(x - NEARER * (1 + x), 0);
  return Math.abs(alpha(isSquared ? Math.sqrt(nearer) : nearer) - alpha(u));
}

describe.each([
  ...["epanechnikov", "triangular", "biweight", "triweight", "tricube", "cosine"],
])("sums of the compact kernel %s", (name) => {
  test.each([
    [1, 0.5, undefined],
    [1, 900, undefined],
    [3, 40, undefined],
    [2, 1, [1e-8, 1]],
  ] as const)("are trusted only where all keys may err alike, %i coordinates over ± %d, weights %o", (dims, extent, weights) => {
    const rows = [-extent, extent].map((x) => new Array<number>(dims).fill(x));
    const keys = { data: Float64Array.from(rows.flat()), count: 2, dims };
    const problem = problemOf(name, {
      ...{ keys, values: noColumns(keys), bandwidth: new Array<number>(dims).fill(1) },
      keyWeights: weights && keyWeights(Float64Array.from(weights)),
    });
    const code = encoder(problem);
    const check = precisionCheck(problem, code, true);
    const { alpha } = problem.kernel;
    const error = Math.sqrt(dims) * code.coordinateError + ULP / 2;
    for (const count of [1, 5000])
      for (let log = -8; log < 0; log += 0.25) {
        const u = 1 - 10 ** log;
        const relative = Math.abs(alpha(u - error) - alpha(u)) / alpha(u);
        if (relative > PROMISE)
          expect(check(count * alpha(u), count * changeAt(problem.kernel, u))).toBe("below precision");
      }
    // Heavy keys in the middle, and light ones at the edge.
    expect(check(1 + 1e-3, changeAt(problem.kernel, 0.5) + 1e-6)).toBe("precise");
    expect(check(0, 0)).toBe("empty");
    expect(check(0, 1e-30)).toBe("below precision");
  });

  test("are 0 in no window that a key of the least weight may be in", () => {
    const keys = { data: Float64Array.of(0, 9), count: 2, dims: 1 };
    const problem = problemOf(name, {
      ...{ keys, values: noColumns(keys), keyWeights: keyWeights(Float64Array.of(1e38, 1)) },
    });
    expect(precisionCheck(problem, encoder(problem), false)(0, 0)).toBe("below precision");
  });
});

test("a key that may lie on either side of the boxcar's edge is never trusted", () => {
  const problem = problemOf("boxcar");
  const code = encoder(problem);
  const check = precisionCheck(problem, code, false);
  for (const near of [0, code.coordinateError, 2 * code.coordinateError])
    expect(check(1, near)).toBe("below precision");
  expect(check(1, 0.5)).toBe("precise");
  expect(check(0, 0.5)).toBe("empty");
});

test("a kernel that jumps is 0 in no window that a key of the least weight, or of the lightest α, may be in", () => {
  const keys = { data: Float64Array.of(0, 9), count: 2, dims: 1 };
  const light = problemOf("boxcar", {
    ...{ keys, values: noColumns(keys), keyWeights: keyWeights(Float64Array.of(1e38, 1)) },
  });
  expect(precisionCheck(light, encoder(light), false)(0, 0.5)).toBe("below precision");
  const kernel = defineKernel({ name: "low", wgsl: "select(V(0.0), V(1e-3), x <= V(1.0))", compact: true });
  const own = { ...problemOf("boxcar"), kernel };
  expect(precisionCheck(own, encoder(own), false)(0, 0.5)).toBe("below precision");
});

/** Keys and queries that extend over ± `extent` bandwidths, and the errors of their differences. */
function codedOver(name: string, extent: number) {
  const random = draw(5);
  const [centre, bandwidth] = [1e3, 0.37];
  const place = () => centre + random.uniform(-extent, extent) * bandwidth;
  const count = 200;
  const data = Float64Array.from({ length: count }, place);
  data.set([centre - extent * bandwidth, centre + extent * bandwidth]);
  const keys = { data, count, dims: 1 };
  const queries = { data: Float64Array.from({ length: count }, place), count, dims: 1 };
  const problem = problemOf(name, { keys, values: noColumns(keys), bandwidth: [bandwidth] });
  const code = encoder(problem);
  const errors = () => {
    const [k, q] = [code.keys(0, count), code.queries(queries, 0, count, () => {})];
    const unit = code.step / problem.kernel.shader.scale;
    return data.map((key, i) => Math.abs((q[i] - k[i]) * unit - (queries.data[i] - key) / bandwidth));
  };
  return { code, errors };
}

const EXTENTS = [0.5, 7.9, 8.1, 300, 9_999];

describe.each(["gaussian", "epanechnikov", "boxcar", "cauchy"])("coordinates of the kernel %s", (name) => {
  test.each(EXTENTS)("keep the budget of errors over ± %s bandwidths", (extent) => {
    const { code, errors } = codedOver(name, extent);
    expect(code.tooWide).toBe(false);
    expect(code.coordinateError).toBeLessThanOrEqual(code.encoding === "float" ? 1.1e-6 : PROMISE);
    const rounding = 1e-12 * extent; // of this test's own differences
    for (const error of errors()) expect(error).toBeLessThanOrEqual(1.001 * code.coordinateError + rounding);
  });

  test.each([10_100, 1e5, 1e7])("are left to the CPU over ± %s bandwidths", (extent) => {
    expect(codedOver(name, extent).code.tooWide).toBe(true);
  });
});

describe.each([
  ["gaussian", "radial"],
  ["matern32", "product"],
  ["cauchy", "product"],
] as const)("coordinates of the kernel %s, %s", (name, shape) => {
  test.each([1, 2, 8, 64])("that all err alike, %i of them, keep the budget or are watched", (dims) => {
    for (const extent of [0.1, 1, 7.9, 8.1, 100, 1000, 5000, 9_999]) {
      const rows = [-extent, extent].map((x) => new Array<number>(dims).fill(x));
      const keys = { data: Float64Array.from(rows.flat()), count: 2, dims };
      const values = { data: Float64Array.of(0, 1), count: 2, dims: 1 };
      const bandwidth = new Array<number>(dims).fill(1);
      const { tooWide, encoding, coordinateError, track } = encoder(
        problemOf(name, { keys, values, shape, bandwidth }),
      );
      // The slope of log α where weights are at least e^-25 of α(0), for errors along the diagonal.
      const slope = shape === "radial" ? 7 * Math.sqrt(dims) : (name === "cauchy" ? 1 : Math.sqrt(3)) * dims;
      const error = encoding === "float" ? 2 * extent * 2 ** -24 : coordinateError;
      expect(tooWide || track === "change" || slope * error < 8e-6).toBe(true);
    }
  });
});
