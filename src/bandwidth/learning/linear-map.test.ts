import { describe, expect, test } from "vitest";
import { draw } from "../../testing/random.ts";
import { diagonal, inUnits, singularWidths } from "./linear-map.ts";

const random = draw(91);

describe("singular widths", () => {
  test("those of a diagonal map are its bandwidths, ascending, in any units", () => {
    expect(singularWidths(diagonal([4, 1e-140, 1e140, 0.5]), 4)).toEqual([1e-140, 0.5, 4, 1e140]);
    expect(singularWidths(diagonal([2]), 1)).toEqual([2]);
  });

  test("two coordinates: by the formula for matrices of 2 × 2", () => {
    for (let i = 0; i < 100; i++) {
      const map = Float64Array.from({ length: 4 }, () => random.normal());
      const [a, b, c, d] = map;
      const [sum, difference] = [Math.hypot(a + d, b - c), Math.hypot(a - d, b + c)];
      const expected = [2 / (sum + difference), 2 / Math.abs(sum - difference)];
      for (const [j, width] of singularWidths(map, 2).entries())
        expect(width / expected[j]).toBeCloseTo(1, 9);
    }
  });

  test("units of the coordinates far apart leave each its digits", () => {
    // A triangular map of units 1 and 1e150: its singular values are 1 and 1e-150 · √(1 − …), to the first order.
    const widths = singularWidths(inUnits(Float64Array.of(1, 0.5, 0, 1), [1, 1e150]), 2);
    expect(widths[0]).toBeCloseTo(1, 14);
    expect(widths[1] / 1e150).toBeCloseTo(1, 14);
  });

  test("a product of the widths is 1 over the determinant", () => {
    const rotation = (angle: number) => [Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)];
    const [c, s, t, u] = rotation(0.7);
    const map = Float64Array.of(3 * c, 3 * s, 0, 5 * t, 5 * u, 0, 0, 0, 7);
    expect(singularWidths(map, 3).map((w) => 1 / w)).toEqual([7, 5, 3].map((x) => expect.closeTo(x, 12)));
  });
});
