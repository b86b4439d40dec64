/** The precision of what shaders read and return, from what WGSL promises. An adapter may be better, so no run of a shader shows it. */
import { describe, expect, test } from "vitest";
import { noColumns } from "../../../data/matrix.ts";
import { kernels } from "../../../kernels/builtin.ts";
import type { Problem } from "../../../problem/problem.ts";
import { openFault } from "../../../testing/open-faults.ts";
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

test("a compact kernel's sum is trusted only where its edge is many errors away", () => {
  for (const name of ["epanechnikov", "triangular", "cosine"]) {
    const problem = problemOf(name);
    const code = encoder(problem);
    const check = precisionCheck(problem, code, true);
    // One key at u: α is about 1 − u, and off by the error of u.
    const error = code.coordinateError + ULP;
    for (const relative of [1, 1e-2, 1e-4]) expect(check(error / relative, 1)).toBe("below precision");
    expect(check(1, 0)).toBe("precise");
    expect(check(0, 1.5)).toBe("empty");
  }
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

/** Keys and queries that extend over ± so many bandwidths, and the errors of their differences. */
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
  test.each(
    EXTENTS.filter((extent) => name !== "cauchy" || extent < 1000),
  )("keep the budget of errors over ± %s bandwidths", (extent) => {
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

openFault("N", "gpu G6", "keeps the budget of coordinates for heavy tails over ± 9999 bandwidths", () => {
  expect(codedOver("cauchy", 9_999).code.coordinateError).toBeLessThanOrEqual(PROMISE);
});
