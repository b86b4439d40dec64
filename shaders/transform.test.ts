/** The stages of the transform on a real adapter against their float64 twins, through their own bindings. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { findDevice } from "../src/gpu/device.ts";
import { Gpu, ReadbackUsage, StorageUsage } from "../src/gpu/gpu.ts";
import { Scratch } from "../src/gpu/scratch.ts";
import { convolve as convolveTwin, mirrored } from "../src/methods/gauss-transform/convolve.ts";
import { PointLoops, planesOf, sideBySide } from "../src/methods/gauss-transform/spread.ts";
import { windowFor } from "../src/methods/transform/window.ts";
import { draw, largestDifference } from "../src/testing/random.ts";
import { convolve } from "./convolve.ts";
import { interpolate } from "./interpolate.ts";
import { spread } from "./spread.ts";
import { gridIntegers } from "./window.ts";

let gpu: Gpu;
beforeAll(async () => {
  gpu = new Gpu(await findDevice(), 2 ** 28);
});
afterAll(() => gpu.dispose());

const THREADS = 64;
const BITS = 22;
const window = windowFor(1e-7)!;
/** Three windows of exp2(x), |x| ≤ 10 where they matter, each within 3 + 2|x| ULP of 6e-8. */
const ROUNDING = 4e-6;

/** Runs one pass over `threads` threads in rows of two workgroups, and reads `count` numbers of the last buffer. */
async function run(scratch: Scratch, code: string, buffers: GPUBuffer[], threads: number, count: number) {
  const pipeline = await gpu.pipeline("stage", code);
  const readback = await scratch.buffer("readback", count * 4, ReadbackUsage);
  const workgroups = [2, Math.ceil(threads / THREADS / 2)] as const;
  gpu.submit([{ pipeline, buffers, workgroups }], [[buffers.at(-1)!, readback, count * 4]]);
  return gpu.read(readback, count);
}

function setting(dims: number, charges: number) {
  const lengths = [23, 31, 27].slice(0, dims);
  const points = lengths.reduce((product, length) => product * length, 1);
  const { width, beta } = window;
  const options = { dims, width, beta, charges, threads: THREADS };
  const place = new PointLoops(window, charges, lengths);
  const unit = 2 ** -BITS / (width / 2);
  return { lengths, points, options, place, unit, integers: gridIntegers(points, BITS, lengths) };
}

/** Random positions whose windows lie within the grid, a row an axis, as the shaders have them. */
function somewhere(lengths: readonly number[], count: number, seed: number) {
  const random = draw(seed);
  const half = window.width / 2;
  return lengths.map((length) =>
    Float64Array.from({ length: count }, () => {
      const position = random.uniform(half, length - half - 1);
      return Math.round(position * 2 ** BITS) / 2 ** BITS;
    }),
  );
}
const fixed = (rows: readonly Float64Array[]) =>
  Uint32Array.from(rows.flatMap((row) => [...row].map((position) => position * 2 ** BITS)));

/** Indices of cells, and the points sorted by them. */
function byCells(rows: readonly Float64Array[], lengths: readonly number[]) {
  const cells = Array.from(rows[0], (_, i) =>
    rows.reduce((cell, row, a) => cell * lengths[a] + Math.floor(row[i]), 0),
  );
  const order = cells.map((_, i) => i).sort((a, b) => cells[a] - cells[b]);
  return {
    cells: order.map((i) => cells[i]),
    rows: rows.map((row) => Float64Array.from(order, (i) => row[i])),
  };
}

for (const [dims, charges, count] of [
  [2, 1, 40],
  [2, 3, 3000],
  [3, 2, 5000],
] as const)
  test(`spread, ${dims} axes, ${charges} charges`, async () => {
    const { lengths, points, options, place, unit, integers } = setting(dims, charges);
    // Half of the keys in a few cells, so that ranges are longer than a sum of the lowest level.
    const crowded = somewhere(lengths, count, 5).map((row) => row.map((x, i) => (i % 2 ? 9 + (x % 1) : x)));
    const { cells, rows } = byCells(crowded, lengths);
    const random = draw(6);
    const held = Float32Array.from({ length: charges * count }, () => random.uniform(-1, 1));
    const starts = Uint32Array.from(
      { length: points + 1 },
      (_, cell) => cells.filter((c) => c < cell).length,
    );
    for (let i = 0; i < count; i++) {
      for (let a = 0; a < dims; a++) place.positions[a][0] = rows[a][i];
      for (let c = 0; c < charges; c++) place.charged[c] = held[c * count + i];
      place.spread(1);
    }
    const expected = planesOf(place.grid, charges);
    const scratch = new Scratch(gpu);
    const grid = await scratch.buffer("grid", charges * points * 4, StorageUsage);
    const found = new Float64Array(charges * points);
    const [startBuffer, positions, chargeBuffer] = [
      await scratch.storage("starts", starts),
      await scratch.storage("positions", fixed(rows)),
      await scratch.storage("charges", held),
    ];
    // In two slices, the second of which begins in the middle of a row.
    for (const [first, to] of [
      [0, 100],
      [100, points],
    ]) {
      const slice = await scratch.uniform("slice", [first, to - first, count, ...integers], unit);
      const buffers = [slice, startBuffer, positions, chargeBuffer, grid];
      found.set(await run(scratch, spread(options), buffers, to - first, charges * points));
    }
    scratch.release();
    expect(largestDifference(found, expected)).toBeLessThan(
      ROUNDING * Math.max(1, ...expected.map(Math.abs)),
    );
    expect(Math.max(...expected)).toBeGreaterThan(1);
  });

for (const [axis, add] of [
  [0, false],
  [1, true],
  [2, false],
] as const)
  test(`convolve, axis ${axis}${add ? ", added to what is there" : ""}`, async () => {
    const { lengths, points } = setting(3, 2);
    const random = draw(7 + axis);
    const given = Float32Array.from({ length: 2 * points }, () => random.uniform(0, 1));
    const before = Float32Array.from(given, () => random.uniform(0, 1));
    const stride = lengths.slice(axis + 1).reduce((product, length) => product * length, 1);
    const scratch = new Scratch(gpu);
    const buffers = [
      await scratch.uniform("slice", [0, 2 * points, stride, lengths[axis], window.taps.length - 1]),
      await scratch.storage("taps", Float32Array.from(window.taps)),
      await scratch.storage("grid", given),
      await scratch.storage("result", before),
    ];
    const found = await run(scratch, convolve({ add, threads: THREADS }), buffers, 2 * points, 2 * points);
    scratch.release();
    const expected = convolveTwin(Float64Array.from(given), lengths, axis, mirrored(window.taps));
    if (add) for (let i = 0; i < expected.length; i++) expected[i] += before[i];
    expect(largestDifference(found, expected)).toBeLessThan(1e-6 * Math.max(...expected));
  });

for (const [dims, charges] of [
  [2, 2],
  [3, 3],
] as const)
  test(`interpolate, ${dims} axes, ${charges} charges`, async () => {
    const count = 700;
    const { lengths, points, options, place, unit, integers } = setting(dims, charges);
    const rows = somewhere(lengths, count, 11);
    const random = draw(12);
    const given = Float32Array.from({ length: charges * points }, () => random.uniform(0, 1));
    const bounds = Float32Array.from({ length: points }, () => random.uniform(0, 1));
    const expected = new Float64Array((charges + 1) * count);
    sideBySide(Float64Array.from(given), charges, place.grid);
    for (let q = 0; q < count; q++) {
      for (let a = 0; a < dims; a++) place.positions[a][0] = rows[a][q];
      place.read(1);
      for (let c = 0; c < charges; c++) expected[c * count + q] = place.charged[c];
      expected[charges * count + q] =
        bounds[rows.reduce((cell, row, a) => cell * lengths[a] + Math.floor(row[q]), 0)];
    }
    const scratch = new Scratch(gpu);
    const buffers = [
      await scratch.uniform("slice", [count, ...integers], unit),
      await scratch.storage("positions", fixed(rows)),
      await scratch.storage("grid", given),
      await scratch.storage("bounds", bounds),
      await scratch.buffer("sums", expected.length * 4, StorageUsage),
    ];
    const found = await run(scratch, interpolate(options), buffers, count, expected.length);
    scratch.release();
    expect(largestDifference(found, expected)).toBeLessThan(ROUNDING * Math.max(...expected));
  });
