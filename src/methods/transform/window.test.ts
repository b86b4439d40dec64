/** The window against the Gaussian itself, at phases that its own measurement did not look at. */
import { expect, test } from "vitest";
import { draw } from "../../testing/random.ts";
import { chebyshevFit, weightsAt, windowFor } from "./window.ts";

test("a fit of a polynomial is that polynomial", () => {
  const fit = chebyshevFit((s) => 3 - 2 * s + 5 * s ** 3, 5);
  for (const [k, c] of [3, -2, 0, 5, 0, 0].entries()) expect(fit[k]).toBeCloseTo(c, 10);
});

test.each([
  0, 1, 2, 4,
])("no pair of points is further from tᵖ times the Gaussian than the window says: p up to %i", (highest) => {
  const random = draw(5);
  for (const wanted of [1e-5, 1e-7, 2e-8, 1e-9, 1e-10, 1e-12]) {
    const window = windowFor(wanted, highest)!;
    expect(window.error).toBeLessThanOrEqual(wanted);
    const { width, spacing, polynomials, momentTaps, errors, largest } = window;
    expect(momentTaps).toHaveLength(highest + 1);
    let [worst, over] = [0, -Infinity];
    for (let trial = 0; trial < 5000; trial++) {
      const offset = random.integer(-errors.length + 1, errors.length);
      const [s, t] = [random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5)];
      const [key, query] = [weightsAt(polynomials, s), weightsAt(polynomials, t)];
      const power = random.integer(0, highest + 1);
      const taps = momentTaps[power];
      const reach = (taps.length - 1) / 2;
      let sum = 0;
      for (let i = 0; i < width; i++)
        for (let j = 0; j < width; j++) sum += query[i] * (taps[reach + offset + i - j] ?? 0) * key[j];
      const apart = (s - offset - t) * spacing; // from the query to the key
      const exact = apart ** power * Math.exp(-(apart ** 2) / 2);
      worst = Math.max(worst, Math.abs(sum - exact) / errors[Math.abs(offset)]);
      over = Math.max(
        over,
        Math.abs(exact) - largest[Math.abs(offset)],
        Math.abs(sum) - largest[Math.abs(offset)],
      );
    }
    expect(over).toBeLessThanOrEqual(0);
    expect(worst).toBeLessThan(1);
    expect(worst).toBeGreaterThan(0.3); // the bound is not idle
  }
});

test("the cheapest window that serves is taken, whichever were made before", () => {
  const widths = [1e-2, 6.32e-6, 6.25e-6, 3.06e-8, 3.02e-8, 1.32e-8, 4.63e-10, 4.55e-10, 2.69e-12, 2.65e-12];
  expect(widths.map((error) => windowFor(error)!.width)).toEqual([6, 6, 8, 8, 8, 10, 10, 12, 12, 14]);
  expect(windowFor(3.02e-8)!.spacing).toBe(0.35);
});

test("where no window is good enough there is none", () => {
  expect(windowFor(1e-17)).toBeUndefined();
});
