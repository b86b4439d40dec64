/** The stages of the transform on a real adapter against their float64 twins, through their own bindings. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { findDevice } from "../src/gpu/device.ts";
import { Gpu, ReadbackUsage, StorageUsage } from "../src/gpu/gpu.ts";
import { Scratch } from "../src/gpu/scratch.ts";
import { convolve as convolveTwin, mirrored } from "../src/methods/gauss-transform/convolve.ts";
import { FixedPositions } from "../src/methods/gauss-transform/gpu/fixed-positions.ts";
import { PointLoops, planesOf, sideBySide } from "../src/methods/gauss-transform/spread.ts";
import { windowFor } from "../src/methods/transform/window.ts";
import { draw, largestDifference } from "../src/testing/random.ts";
import { arrange } from "./arrange.ts";
import { BIN_EDGE, binStarts, binsAlong } from "./bins.ts";
import { convolutionThreads, convolve } from "./convolve.ts";
import { interpolate } from "./interpolate.ts";
import { locate } from "./locate.ts";
import { scanCounts } from "./sort.ts";
import { spread, sumParts } from "./spread.ts";
import { countTiles, TILES_PER_ROW, tilesOf } from "./tiles.ts";
import { gridIntegers, OUTSIDE } from "./window.ts";

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

/** Runs one pass over `threads` threads in rows of two workgroups, and reads `count` numbers of the last buffer, or of another. */
async function run(
  scratch: Scratch,
  code: string,
  buffers: GPUBuffer[],
  threads: number,
  count: number,
  result = buffers.at(-1)!,
  columns = 2,
) {
  const pipeline = await gpu.pipeline("stage", code);
  const workgroups = [columns, Math.ceil(threads / THREADS / columns)] as const;
  gpu.submit([{ pipeline, buffers, workgroups }]);
  return copyOf(scratch, result, count);
}

async function copyOf(scratch: Scratch, buffer: GPUBuffer, count: number) {
  const readback = await scratch.buffer("readback", count * 4, ReadbackUsage);
  gpu.submit([], [[buffer, readback, count * 4]]);
  return gpu.read(readback, count);
}

function setting(dims: number, charges: number) {
  const lengths = dims === 1 ? [157] : [23, 31, 27].slice(0, dims);
  const points = lengths.reduce((product, length) => product * length, 1);
  const { width, beta } = window;
  const options = { dims, width, beta, charges, threads: THREADS };
  const place = new PointLoops(window, charges, lengths);
  for (let a = 0; a < dims; a++) place.places.set([0, 1, 0, 0, 0, Infinity], 6 * a); // coordinates are positions
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

/** Bins of points, and the points sorted by them. */
function byBins(rows: readonly Float64Array[], lengths: readonly number[]) {
  const all = Array.from(rows[0], (_, i) =>
    rows.reduce((bin, row, a) => bin * binsAlong(lengths[a]) + Math.floor(row[i] / BIN_EDGE), 0),
  );
  const order = all.map((_, i) => i).sort((a, b) => all[a] - all[b]);
  return { bins: order.map((i) => all[i]), rows: rows.map((row) => Float64Array.from(order, (i) => row[i])) };
}
const cellOf = (rows: readonly Float64Array[], lengths: readonly number[], i: number) =>
  rows.reduce((cell, row, a) => cell * lengths[a] + Math.floor(row[i]), 0);

for (const [dims, charges, count, part] of [
  [1, 2, 4000, 2048],
  [1, 1, 300, 64],
  [2, 1, 40, 2048],
  [2, 3, 3000, 128],
  [3, 2, 5000, 2048],
  [3, 1, 5000, 64],
] as const)
  test(`spread, ${dims} axes, ${charges} charges, tiles of more than ${part} keys in parts`, async () => {
    const { lengths, points, options, place, unit, integers } = setting(dims, charges);
    // Half of the keys in a few cells, so that sums have several levels.
    const crowded = somewhere(lengths, count, 5).map((row) => row.map((x, i) => (i % 2 ? 9 + (x % 1) : x)));
    const { bins, rows } = byBins(crowded, lengths);
    const random = draw(6);
    const held = Float32Array.from({ length: charges * count }, () => random.uniform(-1, 1));
    const weights = new Float64Array(points);
    for (let i = 0; i < count; i++) {
      for (let a = 0; a < dims; a++) place.coordinates[a] = rows[a][i];
      for (let c = 0; c < charges; c++) place.charged[c] = held[c * count + i];
      place.spread(1);
      weights[cellOf(rows, lengths, i)] += held[i];
    }
    const expected = [...planesOf(place.grid, charges), ...weights];
    const scratch = new Scratch(gpu);
    const tiles = tilesOf(lengths);
    const most = Math.floor((2 * count * 27) / part);
    const room = (numbers: number) => scratch.buffer("room", numbers * 4, StorageUsage);
    const [inRow, beforeRow] = [await room(TILES_PER_ROW), await scratch.storage("room", new Uint32Array(2))];
    const [parts, grids] = [await room(Math.max(most, 1) * (charges + 1) * 64), await room(expected.length)];
    const cut = [count, part, ...integers];
    const all = lengths.reduce((product, length) => product * binsAlong(length), 1);
    const starts = await room(all + 1);
    const sorted = await scratch.storage("bins", Uint32Array.from(bins));
    await run(
      scratch,
      binStarts(64),
      [await scratch.uniform("slice", [count, all]), sorted, starts],
      all + 1,
      1,
    );
    const counted = [await scratch.uniform("slice", [tiles, ...cut], unit), starts, inRow];
    await run(scratch, countTiles(dims, window.width), counted, TILES_PER_ROW, 1);
    for (const [length, counts, totals] of [
      [TILES_PER_ROW, inRow, beforeRow],
      [2, beforeRow, await room(1)],
    ] as const) {
      const slice = await scratch.uniform("slice", [0, length, 0]);
      await run(scratch, scanCounts(), [slice, counts, totals], 64, 1, totals, 1);
    }
    const number = new Uint32Array((await copyOf(scratch, beforeRow, 2)).buffer)[1];
    const keys = [await scratch.storage("positions", fixed(rows)), await scratch.storage("charges", held)];
    const buffers = [starts, ...keys, inRow, beforeRow, parts, grids];
    // In two ranges of workgroups, the second of which begins in the middle of the tiles.
    for (const [first, to] of [
      [0, 2],
      [2, tiles + most],
    ]) {
      const slice = await scratch.uniform("slice", [first, to - first, tiles, ...cut], unit);
      await run(scratch, spread(options), [slice, ...buffers], (to - first) * 64, 1);
    }
    const added = [await scratch.uniform("slice", [tiles, ...integers], unit), inRow, beforeRow];
    const code = sumParts(options);
    const found = await run(scratch, code, [...added, parts, grids], tiles * 64, expected.length);
    scratch.release();
    expect(number).toBeLessThanOrEqual(most);
    if (part < 128) expect(number).toBeGreaterThan(1);
    if (part === 2048) expect(number).toBeLessThan(tiles);
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
    const reach = window.taps.length - 1;
    const threads = convolutionThreads(2 * points, lengths[axis]);
    const others = [
      await scratch.storage("taps", Float32Array.from(window.taps)),
      await scratch.storage("grids", Float32Array.from([...given, ...before])),
    ];
    const code = convolve({ reach, add, threads: THREADS });
    let all = new Float32Array();
    for (const [first, to] of [
      [0, 100],
      [100, threads],
    ]) {
      const ends = [first, to - first, 0, 2 * points, stride, lengths[axis]];
      const slice = await scratch.uniform("slice", ends);
      all = await run(scratch, code, [slice, ...others], to - first, 4 * points);
    }
    const found = all.subarray(2 * points);
    scratch.release();
    const expected = convolveTwin(Float64Array.from(given), lengths, axis, mirrored(window.taps));
    if (add) for (let i = 0; i < expected.length; i++) expected[i] += before[i];
    expect(largestDifference(found, expected)).toBeLessThan(1e-6 * Math.max(...expected));
  });

for (const [dims, charges, sorted] of [
  [1, 3, false],
  [2, 2, false],
  [3, 3, true],
] as const)
  test(`interpolate, ${dims} axes, ${charges} charges${sorted ? ", sorted" : ""}`, async () => {
    const count = 700;
    const { lengths, points, options, place, unit, integers } = setting(dims, charges);
    const rows = somewhere(lengths, count, 11);
    const random = draw(12);
    const given = Float32Array.from({ length: charges * points }, () => random.uniform(0, 1));
    const bounds = Float32Array.from({ length: points }, () => random.uniform(0, 1e-3));
    const [slack, least] = [1.5, 1e-4];
    const expected = new Float64Array(charges * count);
    sideBySide(Float64Array.from(given), charges, place.grid);
    for (let q = 0; q < count; q++) {
      for (let a = 0; a < dims; a++) place.coordinates[a] = rows[a][q];
      place.read(1);
      const total = place.charged[0];
      for (let c = 0; c < charges; c++) expected[c * count + q] = c === 0 ? total : place.charged[c] / total;
    }
    // About a third of them.
    const share = 1e-3 / expected[count / 2];
    const failing = new Set<number>([33]);
    for (let q = 0; q < count; q++)
      if (bounds[cellOf(rows, lengths, q)] * slack + least > share * expected[q]) failing.add(q);
    const positions = fixed(rows);
    positions[33] = OUTSIDE;
    const scratch = new Scratch(gpu);
    const failed = await scratch.buffer("failed", (count + 1) * 4, StorageUsage);
    const sums = await scratch.buffer("sums", expected.length * 4, StorageUsage);
    gpu.write(failed, new Uint32Array(1));
    const begins = Array.from({ length: charges }, (_, c) => (c + 1) * points);
    const buffers = [
      await scratch.uniform("slice", [count, ...begins, 0, ...integers], unit, slack, least, share),
      await scratch.storage("positions", positions),
      await scratch.storage("grids", Float32Array.from([...bounds, ...given])),
      ...[sums, failed],
    ];
    if (sorted)
      buffers.push(
        await scratch.storage(
          "order",
          Uint32Array.from({ length: count }, (_, i) => count - 1 - i),
        ),
      );
    await run(scratch, interpolate({ ...options, sorted }), buffers, count, count, failed);
    const found = await copyOf(scratch, sums, expected.length);
    const [number, ...listed] = new Uint32Array((await copyOf(scratch, failed, count + 1)).buffer);
    scratch.release();
    expect(listed.slice(0, number).sort((a, b) => a - b)).toEqual([...failing].sort((a, b) => a - b));
    expect(failing.size).toBeGreaterThan(count / 10);
    expect(failing.size).toBeLessThan(count / 2);
    const isRead = (_: number, i: number) => !failing.has(i % count);
    expect(largestDifference(found.filter(isRead), expected.filter(isRead))).toBeLessThan(
      ROUNDING * Math.max(...expected),
    );
  });

test("arrange", async () => {
  const random = draw(13);
  const count = 500;
  const order = Uint32Array.from({ length: count }, (_, i) => (i * 7) % count);
  const positions = Uint32Array.from({ length: 2 * count }, () => random.integer(0, 2 ** 31));
  const charges = Float32Array.from({ length: 2 * count }, () => random.normal());
  const scratch = new Scratch(gpu);
  const positionsOut = await scratch.buffer("positions", 8 * count, StorageUsage);
  const buffers = [
    await scratch.uniform("slice", [count]),
    await scratch.storage("order", order),
    await scratch.storage("positions", positions),
    await scratch.storage("charges", charges),
    positionsOut,
    await scratch.buffer("charges", 8 * count, StorageUsage),
  ];
  const code = arrange({ dims: 2, charges: 2, threads: THREADS });
  const found = await run(scratch, code, buffers, count, 2 * count);
  const placed = new Uint32Array((await copyOf(scratch, positionsOut, 2 * count)).buffer);
  scratch.release();
  for (let i = 0; i < 2 * count; i++) {
    const from = Math.floor(i / count) * count + order[i % count];
    expect(found[i]).toBe(charges[from]);
    expect(placed[i]).toBe(positions[from]);
  }
});

test.each([
  ["around 0", -3, 5, 0.01],
  ["far from 0", 4e6, 5e3, 1],
  ["tiny", 1e-20, 1e-20, 1e-22],
] as const)("locate, %s", async (_, least, extent, step) => {
  const random = draw(14);
  const count = 3000;
  const column = () => Float32Array.from({ length: count }, () => random.uniform(least, least + extent));
  const [keys, others] = [column(), column()];
  const [from, to] = [Math.min(...keys), Math.max(...keys)];
  const axis = {
    runs: [{ from, to, start: 20 }],
    perUnit: 1 / step,
    length: Math.ceil((to - from) / step) + 45,
    pad: 13,
  };
  const axes = [axis, { ...axis, perUnit: 0.7 / step }];
  const positions = new FixedPositions(axes);
  const points = Float32Array.from({ length: 2 * count }, (_, i) =>
    i % 40 === 0 ? [NaN, Infinity, -1e38, to + extent][(i / 40) % 4] : (i % 2 ? keys : others)[i >> 1],
  );
  const scratch = new Scratch(gpu);
  const buffers = [
    await scratch.uniform("slice", [5, count - 5]),
    await scratch.storage("axes", new Uint32Array(positions.ofFloats!)),
    await scratch.storage("points", points),
    await scratch.buffer("positions", 8 * (count - 5), StorageUsage),
  ];
  const code = locate({ dims: 2, threads: THREADS });
  const found = new Uint32Array((await run(scratch, code, buffers, count - 5, 2 * (count - 5))).buffer);
  scratch.release();
  const data = Float64Array.from(points, (x) => (Number.isFinite(x) ? x : 1e300));
  const expected = positions.of({ data, dims: 2, count }, 5, count);
  let outside = 0;
  for (let i = 0; i < count - 5; i++) {
    expect(found[i] === OUTSIDE).toBe(expected[i] === OUTSIDE);
    if (found[i] === OUTSIDE) outside++;
    else
      for (const at of [i, count - 5 + i]) expect(Math.abs(found[at] - expected[at])).toBeLessThanOrEqual(3);
  }
  expect(outside).toBeGreaterThan(50);
  expect(outside).toBeLessThan(count / 2);
});
