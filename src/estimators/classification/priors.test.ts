/** Priors as shares. */
import { expect, test } from "vitest";
import { priorsOf } from "./priors.ts";

test.each([
  [
    [1e308, 1e308],
    [0.5, 0.5],
  ],
  [
    [1e-320, 1e-320],
    [0.5, 0.5],
  ],
  [
    [1, 3],
    [0.25, 0.75],
  ],
])("%o are the shares %o, whatever their unit", (given, shares) => {
  expect(Array.from(priorsOf(given, new Float64Array(given.length)))).toEqual(shares);
});
