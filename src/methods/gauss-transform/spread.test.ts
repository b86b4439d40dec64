/** The kernels in WebAssembly against their twins in TypeScript: the same operations in the same order, so the same numbers. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { draw } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";
import { windowFor } from "../transform/window.ts";
import { CellLoops } from "./cell-polynomials.ts";
import { convolutionInTypeScript, convolve, mirrored } from "./convolve.ts";
import { PointLoops, planesOf, sideBySide } from "./spread.ts";
import { wasmCellKernels } from "./wasm/cell-kernels.ts";
import { wasmConvolution } from "./wasm/convolution-kernel.ts";
import { type PointKernels, wasmPointKernels } from "./wasm/point-kernels.ts";

const NUMBERS = 7;
const RUNS = isWideRing ? 30 : 10;

/** Axes with places drawn by chance, and a function that puts a point of the batch at a position on an axis; an infinite one is beyond what has a place. */
function placing(
  random: ReturnType<typeof draw>,
  both: readonly PointKernels[],
  dims: number,
): (point: number, axis: number, position: number) => void {
  const places = Array.from({ length: dims }, () => {
    const [low, perUnit, start] = [random.normal(), random.uniform(0.5, 2), random.uniform(1, 3)];
    return [low, perUnit, start, 2, -100, 100];
  });
  for (const kernels of both) kernels.places.set(places.flat());
  return (point, axis, position) => {
    const [low, perUnit, start] = places[axis];
    const x = low + (position + 2 - start) / perUnit;
    for (const { coordinates } of both) coordinates[point * dims + axis] = Math.max(Math.min(x, 1e9), -1e9);
  };
}

test("points: spread and read, in one to three coordinates, with any number of charges, of every window", () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(),
        lengths: fc.array(fc.integer({ min: 16, max: 20 }), { minLength: 1, maxLength: 3 }),
        charges: fc.integer({ min: 1, max: 23 }),
        error: fc.constantFrom(1e-5, 1e-7, 2e-8, 1e-9, 1e-11, 1e-13),
        power: fc.constantFrom(0, 2),
        count: fc.integer({ min: 1, max: 30 }),
      }),
      ({ seed, lengths, charges, error, power, count }) => {
        const random = draw(seed);
        const window = windowFor(error, power)!;
        const half = window.width / 2;
        const both = [PointLoops, wasmPointKernels].map((kernels) =>
          kernels === PointLoops
            ? new PointLoops(window, charges, lengths)
            : wasmPointKernels(window, charges, lengths),
        );
        const place = placing(random, both, lengths.length);
        const fill = (within: number) => {
          for (let b = 0; b < count; b++) {
            for (const [a, length] of lengths.entries()) {
              // Windows may reach over the ends of the first axis, but only when they are spread.
              const over = a === 0 ? half - within : 0;
              const at = random.uniform(half - 1 - over, length - half - 1 + over);
              place(b, a, at);
            }
            for (let c = 0; c < charges; c++) {
              const charge = random.normal();
              for (const { charged } of both) charged[b * charges + c] = charge;
            }
          }
        };
        fill(0);
        for (const kernels of both) kernels.spread(count);
        expect(both[1].grid).toEqual(both[0].grid);
        expect(both[1].counts).toEqual(both[0].counts);
        expect(both[0].grid.some((number) => number !== 0)).toBe(true);
        fill(half);
        place(0, lengths.length - 1, random.uniform(0, 1) < 0.5 ? -Infinity : Infinity);
        for (const kernels of both) kernels.read(count);
        expect(both[1].cells).toEqual(both[0].cells);
        expect(both[0].cells[0]).toBe(-1);
        const [loops, wasm] = both.map(({ charged }) => charged.slice(charges, count * charges));
        expect(wasm).toEqual(loops);
      },
    ),
    { seed: NUMBERS, numRuns: RUNS },
  );
});

test("cells: moments and polynomials, of any even number of terms and any number of charges", () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(),
        terms: fc.constantFrom(6, 8, 10, 12, 14, 16),
        cells: fc.integer({ min: 1, max: 9 }),
        charges: fc.integer({ min: 1, max: 23 }),
        count: fc.integer({ min: 1, max: 30 }),
      }),
      ({ seed, terms, cells, charges, count }) => {
        const random = draw(seed);
        const both = [new CellLoops(terms, cells, charges), wasmCellKernels(terms, cells, charges)];
        const place = placing(random, both, 1);
        for (let b = 0; b < count; b++) {
          const at = random.uniform(0, cells);
          place(b, 0, at);
          for (let c = 0; c < charges; c++) {
            const charge = random.normal();
            for (const { charged } of both) charged[b * charges + c] = charge;
          }
        }
        for (const kernels of both) kernels.spread(count);
        expect(both[1].grid).toEqual(both[0].grid);
        // Σ charge·sᵏ of the first cell, written out.
        const [{ coordinates, places, charged }] = both;
        const positions = coordinates.map((x) => (x - places[0]) * places[1] + places[2] - places[3]);
        for (let k = 0; k < terms; k++) {
          let moment = 0;
          for (let b = 0; b < count; b++)
            if (positions[b] < 1) moment += charged[b * charges] * (positions[b] - 0.5) ** k;
          expect(both[0].grid[k]).toBeCloseTo(moment, 12);
        }
        if (count > 1) place(1, 0, random.uniform(0, 1) < 0.5 ? -Infinity : Infinity);
        for (const kernels of both) kernels.read(count);
        expect(both[1].cells).toEqual(both[0].cells);
        if (count > 1) expect(both[0].cells[1]).toBe(-1);
        const [loops, wasm] = both.map((kernels) => kernels.charged.slice(0, count * charges));
        expect(wasm).toEqual(loops);
      },
    ),
    { seed: NUMBERS, numRuns: RUNS },
  );
});

test("convolution: any lengths and gaps along any axis, added to what is there", () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(),
        lengths: fc.oneof(
          fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
          fc.constantFrom<number[]>([40_000], [3, 5000], [300, 150]),
        ),
        axis: fc.nat({ max: 2 }),
        reach: fc.integer({ min: 1, max: 30 }),
        empty: fc.double({ min: 0, max: 0.99, noNaN: true }),
      }),
      ({ seed, lengths, axis: any, reach, empty }) => {
        const random = draw(seed);
        const axis = any % lengths.length;
        const count = lengths.reduce((product, length) => product * length, 1);
        let value = 0;
        const grid = Float64Array.from({ length: count }, () => {
          if (random.uniform(0, 1) < 0.1) value = random.uniform(0, 1) < empty ? 0 : 1;
          return value * random.normal();
        });
        const taps = mirrored(Float64Array.from({ length: reach + 1 }, () => random.normal()));
        const before = grid.map(() => random.normal());
        const [found, twin] = [wasmConvolution, convolutionInTypeScript].map((kernel) =>
          convolve(grid, lengths, axis, taps, before.slice(), false, kernel),
        );
        expect(found).toEqual(twin);
        const inner = lengths.slice(axis + 1).reduce((product, length) => product * length, 1);
        for (let tried = 0; tried < 50; tried++) {
          const at = random.integer(0, count);
          const i = Math.floor(at / inner) % lengths[axis];
          let sum = before[at];
          for (let j = Math.max(0, i - reach); j <= Math.min(lengths[axis] - 1, i + reach); j++)
            sum += taps[reach + i - j] * grid[at + (j - i) * inner];
          expect(Math.abs(found[at] - sum)).toBeLessThan(1e-12);
        }
      },
    ),
    { seed: NUMBERS, numRuns: RUNS },
  );
});

test("charges side by side and one after the other", () => {
  const planes = Float64Array.of(1, 2, 3, 4, 5, 6);
  const grid = sideBySide(planes, 2, new Float64Array(6));
  expect([...grid]).toEqual([1, 4, 2, 5, 3, 6]);
  expect(planesOf(grid, 2)).toEqual(planes);
});
