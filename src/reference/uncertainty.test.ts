import { describe, expect, test } from "vitest";
import { studentBound } from "./student.ts";
import { band, diagnostics, standardError } from "./uncertainty.ts";

/** Quantiles of Student's t from printed tables. */
test.each([
  [0.95, 1, 12.7062],
  [0.95, 2, 4.3027],
  [0.95, 10, 2.2281],
  [0.99, 5, 4.0321],
  [0.9, 30, 1.6973],
  [0.95, 1e6, 1.96],
])("%d of |T| with %d degrees of freedom is below %d", (probability, freedom, bound) => {
  expect(studentBound(probability, freedom)).toBeCloseTo(bound, 4);
});

describe("of a very wide kernel", () => {
  // Least squares of a line through 2.1, 2.9, 4.2, 4.8, 6.3 at 1 … 5: slope 1.03, intercept 0.97, RSS 0.163, x̄ = 3, Σ (x − x̄)² = 10.
  const problem = {
    keys: [[1], [2], [3], [4], [5]],
    values: [[2.1], [2.9], [4.2], [4.8], [6.3]],
    kernel: "constant",
    bandwidth: [1],
    degree: 1,
  } as const;

  test("standard errors are those of least squares, σ̂ √(1/n + (x − x̄)² / Σ (x − x̄)²)", () => {
    const sigma = Math.sqrt(0.163 / 3);
    for (const x of [1, 3, 6]) {
      const expected = sigma * Math.sqrt(1 / 5 + (x - 3) ** 2 / 10);
      expect(standardError(problem, [[x]])[0][0]).toBeCloseTo(expected, 12);
    }
  });

  test("bands have no bias, and Student's t for n − 2 and the one of the prior", () => {
    const half = 2.7764451051977987 * Math.sqrt(0.163 / 3 / 5);
    const { lower, upper } = band(problem, [[3]], 0.95);
    expect(lower[0][0]).toBeCloseTo(4.06 - half, 10);
    expect(upper[0][0]).toBeCloseTo(4.06 + half, 10);
  });

  test("diagnostics are those of least squares", () => {
    const found = diagnostics(problem);
    expect(found.effectiveParameters).toBeCloseTo(2, 12);
    expect(found.residualStandardError[0]).toBeCloseTo(Math.sqrt(0.163 / 3), 12);
    expect(found.rSquared[0]).toBeCloseTo(1 - 0.163 / 10.772, 12);
    expect(found.leverages[0]).toBeCloseTo(1 / 5 + 4 / 10, 12);
    expect(found.leaveOneOutResiduals[0][0]).toBeCloseTo((2.1 - 2) / (1 - 0.6), 12);
  });
});

test("errors of degree 0 with two keys, by hand", () => {
  // Constant kernel, values 0 and 2: H = ½, e = ∓2, S = 1, so A = 1, D = ½, n_q = 2, σ̂² = 2: (2 + 2) / (1 + 1) · ½.
  const problem = { keys: [[0], [1]], values: [[0], [2]], kernel: "constant", bandwidth: [1] } as const;
  expect(standardError(problem, [[0.5]])[0][0]).toBeCloseTo(1, 14);
});

test("keys that are alone say nothing of the noise: NaN", () => {
  const alone = { keys: [[0], [9]], values: [[0], [2]], kernel: "epanechnikov", bandwidth: [1] } as const;
  expect(standardError(alone, [[0]])[0][0]).toBeNaN();
  expect(band(alone, [[0]], 0.9).lower[0][0]).toBeNaN();
});
