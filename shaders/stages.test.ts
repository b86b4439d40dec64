/** Every stage on a real adapter against its float64 twin, through its own bindings; and the text of every shader. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Matrix } from "../src/data/matrix.ts";
import { findDevice } from "../src/gpu/device.ts";
import { Gpu, type Pass, ReadbackUsage, StorageUsage } from "../src/gpu/gpu.ts";
import { Scratch, withScratch } from "../src/gpu/scratch.ts";
import { kernels } from "../src/kernels/builtin.ts";
import type { Shape } from "../src/kernels/kernel.ts";
import { blocksWithLimits, tilesAndWords } from "../src/methods/cull/gpu/problem.ts";
import { aroundEach, type Boxes } from "../src/methods/cull/tile-boxes.ts";
import { columnSum as columnSumTwin } from "../src/methods/dense/cpu/column-sum.ts";
import { normalize as normalizeTwin } from "../src/methods/dense/cpu/normalize.ts";
import { pairwise as pairwiseTwin } from "../src/methods/dense/cpu/pairwise.ts";
import { weights as weightsTwin } from "../src/methods/dense/cpu/weights.ts";
import { encoder, trackOf } from "../src/methods/dense/gpu/encode.ts";
import type { Problem } from "../src/problem/problem.ts";
import { draw } from "../src/testing/random.ts";
import { isWideRing } from "../src/testing/ring.ts";
import { change as changeTwin } from "../src/testing/twins/change.ts";
import { place as placeTwin } from "../src/testing/twins/place.ts";
import { reach as reachTwin } from "../src/testing/twins/reach.ts";
import { columnSum, SUM_LEVELS } from "./column-sum.ts";
import { culled } from "./culled.ts";
import { normalize } from "./normalize.ts";
import { pairwise } from "./pairwise.ts";
import { firstValueRow, partialRows, type Tiling } from "./partials.ts";
import { place } from "./place.ts";
import { reach } from "./reach.ts";
import { wgsl } from "./text.ts";
import { weights } from "./weights.ts";

let gpu: Gpu;
beforeAll(async () => {
  gpu = new Gpu(await findDevice(), 2 ** 28);
});
afterAll(() => gpu.dispose());

/** Runs one pass whose last buffer is the result, and reads that back. */
async function run(
  scratch: Scratch,
  code: string,
  buffers: GPUBuffer[],
  count: number,
  workgroups: Pass["workgroups"],
) {
  const pipeline = await gpu.pipeline("stage", code);
  const readback = await scratch.buffer("readback", count * 4, ReadbackUsage);
  gpu.submit([{ pipeline, buffers, workgroups }], [[buffers.at(-1)!, readback, count * 4]]);
  return gpu.read(readback, count);
}

function problem(n: number, dims: number, columns: number, kernel: string, shape: Shape, seed = 1): Problem {
  const random = draw(seed);
  const matrix = (count: number, width: number, from: number, to: number) => ({
    data: Float64Array.from({ length: count * width }, () => random.uniform(from, to)),
    count,
    dims: width,
  });
  return {
    keys: matrix(n, dims, 0, 2),
    values: matrix(n, columns, -1, 1),
    kernel: kernels.get(kernel)!,
    shape,
    bandwidth: new Array<number>(dims).fill(1.5),
  };
}

const relative = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
  let scale = 0;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
  return worst / scale;
};

const tilings: Tiling[] = [
  { queryLanes: 64, keyLanes: 1, queriesPerThread: 16, keysPerTile: 256, staged: true },
  { queryLanes: 64, keyLanes: 1, queriesPerThread: 8, keysPerTile: 32, staged: true },
  { queryLanes: 32, keyLanes: 1, queriesPerThread: 2, keysPerTile: 16, staged: true },
  { queryLanes: 64, keyLanes: 1, queriesPerThread: 4, keysPerTile: 64, staged: false },
  { queryLanes: 8, keyLanes: 8, queriesPerThread: 4, keysPerTile: 64, staged: false },
  { queryLanes: 1, keyLanes: 64, queriesPerThread: 1, keysPerTile: 128, staged: false },
  { queryLanes: 4, keyLanes: 16, queriesPerThread: 2, keysPerTile: 64, staged: false },
];

describe("pairwise", () => {
  const shapes: [number, number, string, Shape][] = [
    [1, 1, "gaussian", "radial"],
    [1, 0, "triangular", "radial"],
    [3, 2, "matern52", "radial"],
    [2, 1, "laplace", "product"],
    [9, 4, "epanechnikov", "product"],
  ];
  // The fast ring takes every tiling with two of the shapes, and so every shape with some tilings.
  test.each(
    tilings.flatMap((tiling, t) =>
      shapes
        .filter((_, s) => isWideRing || (s - 2 * t + 20) % shapes.length < 2)
        .map((shape) => ({ tiling, shape })),
    ),
  )("partial sums of every part: $shape, $tiling", async ({
    tiling,
    shape: [dims, columns, kernel, shape],
  }) => {
    const [n, m] = [701, 203];
    const given = problem(n, dims, columns, kernel, shape);
    const random = draw(7);
    const queries = Float64Array.from({ length: m * dims }, () => random.uniform(0, 2));
    const coder = encoder(given);
    const track = trackOf(given.kernel);
    const partKeys = tiling.keysPerTile * 2;
    const parts = Math.ceil(n / partKeys);
    const rows = partialRows(columns, track !== undefined);
    const scratch = new Scratch(gpu);
    const code = pairwise({
      kernel: given.kernel,
      shape,
      dims,
      columns,
      encoding: coder.encoding,
      tiling,
      track,
    });
    const buffers = [
      await scratch.uniform("slice", [m, n, partKeys, 0, 0], coder.step),
      await scratch.storage("keys", coder.keys(0, n)),
      await scratch.storage(
        "queries",
        coder.queries({ data: queries, count: m, dims }, 0, m, () => {}),
      ),
      await scratch.buffer("partials", parts * rows * m * 4, StorageUsage),
    ];
    const blocks = Math.ceil(m / (tiling.queryLanes * tiling.queriesPerThread));
    const actual = await run(scratch, code, buffers, parts * rows * m, [blocks, parts]);
    scratch.release();
    const values = given.values.data.map(
      (v, i) => (v - coder.valueOffset[i % columns]) / coder.valueScale[i % columns],
    );
    for (let part = 0; part < parts; part++) {
      const [from, to] = [part * partKeys, Math.min((part + 1) * partKeys, n)];
      const { kernel: k, bandwidth, keys } = given;
      const expected = pairwiseTwin({
        queries,
        keys: keys.data,
        values,
        dims,
        columns,
        kernel: k,
        shape,
        bandwidth,
        from,
        to,
      });
      const at = (row: number) => [...actual.subarray((part * rows + row) * m, (part * rows + row + 1) * m)];
      const sums = [0, ...Array.from({ length: columns }, (_, c) => rows - columns + c)].flatMap(at);
      expect(relative(sums, expected)).toBeLessThan(3e-6);
      if (track === "change") {
        const twin = changeTwin({ queries, keys: keys.data, dims, kernel: k, shape, bandwidth, from, to });
        expect(relative(at(1), twin)).toBeLessThan(5e-3); // differences of 1e-4, rounded
      }
    }
  });
});

describe("culled", () => {
  /** Boxes around runs of `size` points. */
  const boxesOf = ({ data, dims, count }: Matrix, size: number): Boxes => {
    const points = { data, dims, count };
    return aroundEach({ least: points, most: points }, size);
  };
  const encodings: [string, number][] = [
    ["float", 1],
    ["fixed", 300],
  ];
  test.each(
    encodings.flatMap(([encoding, extent]) =>
      [
        [1, "gaussian", "radial", 0.6],
        [2, "epanechnikov", "radial", 1],
        [3, "laplace", "product", 0.4],
        [2, "boxcar", "product", 1],
      ].map((each) => [encoding, extent, ...each] as [string, number, number, string, Shape, number]),
    ),
  )("%s × %i: reach in %i coordinates, %s %s, and the sums over it", async (_, extent, dims, kernel, shape, limit) => {
    const [n, m, tile, block] = [2085, 301, 32, 64];
    const random = draw(11);
    // Sorted in one coordinate, so that tiles lie apart; far apart where coordinates are to be fixed.
    const sorted = (count: number): Matrix => {
      const first = Float64Array.from({ length: count }, () => random.uniform(0, 20 * extent)).sort();
      const data = Float64Array.from({ length: count * dims }, (_, i) =>
        i % dims === 0 ? first[i / dims] : random.uniform(0, 2),
      );
      return { data, dims, count };
    };
    const given = { ...problem(n, dims, 1, kernel, shape), keys: sorted(n) };
    const queries = sorted(m);
    const coder = encoder(given);
    const [tiles, blocks] = [boxesOf(given.keys, tile), boxesOf(queries, block)];
    const limits = Float64Array.from({ length: blocks.least.count }, () => limit);
    const words = Math.ceil(tiles.least.count / 32);
    const scratch = new Scratch(gpu);
    const spec = { ...given, dims, columns: 1, encoding: coder.encoding };
    const { shader } = given.kernel;
    const inArgument = limits.map((u) =>
      shader.argument === "squared" ? (shader.scale * u) ** 2 : shader.scale * u,
    );
    const reached = await scratch.buffer("reach", blocks.least.count * words * 4, StorageUsage);
    const counts = await scratch.buffer("counts", blocks.least.count * 4, StorageUsage);
    const found = await run(
      scratch,
      reach({ ...spec, threads: 64 }),
      [
        await scratch.uniform("slice", [blocks.least.count, tiles.least.count, words], coder.step),
        await scratch.storage("boxes", tilesAndWords(coder, tiles)),
        await scratch.storage("blocks", blocksWithLimits(coder, blocks, Float32Array.from(inArgument))),
        reached,
        counts,
      ],
      blocks.least.count,
      [blocks.least.count, 1],
    );
    const expected = reachTwin(tiles, blocks, limits, given.bandwidth, shape);
    expect([...new Uint32Array(found.buffer)]).toEqual(expected.map((each) => each.length));
    expect(expected.flat().length).toBeGreaterThan(0);
    expect(expected.flat().length).toBeLessThan((blocks.least.count * tiles.least.count) / 2);

    const track = trackOf(given.kernel);
    const rows = partialRows(1, track !== undefined);
    for (const tiling of [
      { queryLanes: 16, keyLanes: 1, queriesPerThread: 4, keysPerTile: 128, staged: true },
      { queryLanes: 64, keyLanes: 1, queriesPerThread: 1, keysPerTile: 32, staged: true },
      { queryLanes: 32, keyLanes: 1, queriesPerThread: 2, keysPerTile: 256, staged: true },
    ]) {
      const readback = await scratch.buffer("readback", rows * m * 4, ReadbackUsage);
      const sums = await scratch.buffer("sums", rows * m * 4, StorageUsage);
      const buffers = [
        await scratch.uniform("slice", [m, n, words], coder.step),
        await scratch.storage("keys", coder.keys(0, n)),
        await scratch.storage(
          "queries",
          coder.queries(queries, 0, m, () => {}),
        ),
        sums,
        reached,
      ];
      const pipeline = await gpu.pipeline(
        "pairwise",
        pairwise({ ...spec, tiling, track, culled: culled(tile) }),
      );
      const workgroups: Pass["workgroups"] = [blocks.least.count, 1];
      gpu.submit([{ pipeline, buffers, workgroups }], [[sums, readback, rows * m * 4]]);
      const actual = await gpu.read(readback, rows * m);
      const values = given.values.data.map((v) => (v - coder.valueOffset[0]) / coder.valueScale[0]);
      for (const [b, inReach] of expected.entries()) {
        const [from, to] = [b * block, Math.min((b + 1) * block, m)];
        const sum = new Float64Array(2 * (to - from));
        for (const t of inReach)
          pairwiseTwin({
            ...{
              kernel: given.kernel,
              shape,
              bandwidth: given.bandwidth,
              queries: queries.data.subarray(from * dims, to * dims),
              keys: given.keys.data,
            },
            ...{ values, dims, columns: 1, from: t * tile, to: Math.min((t + 1) * tile, n) },
          }).forEach((x, i) => {
            sum[i] += x;
          });
        const at = (row: number) => [...actual.subarray(row * m + from, row * m + to)];
        if (sum.some((x) => x !== 0)) expect(relative([...at(0), ...at(rows - 1)], sum)).toBeLessThan(3e-6);
      }
    }
    scratch.release();
  });
});

test.each([1, 31, 32, 33, 500, 33_000])("column-sum of %i parts, at once and in rounds", async (parts) => {
  const [m, columns] = [parts > 1000 ? 3 : 77, 2];
  const rows = partialRows(columns, true);
  const random = draw(parts);
  const partials = Float32Array.from({ length: parts * rows * m }, () => random.uniform(0, 1));
  const pipeline = await gpu.pipeline("stage", columnSum({ columns, tracked: true, threads: 64 }));
  const sumsOf = (atOnce: number) =>
    withScratch(gpu, async (scratch) => {
      const sums = await scratch.buffer("sums", SUM_LEVELS * rows * m * 4, StorageUsage);
      const passes: Pass[] = [];
      for (let before = 0; before < parts; before += atOnce) {
        const count = Math.min(atOnce, parts - before);
        const more = Number(before + count < parts);
        const buffers = [
          await scratch.uniform("slice", [m, count, before, more]),
          await scratch.storage(
            "partials",
            partials.subarray(before * rows * m, (before + count) * rows * m),
          ),
          sums,
        ];
        passes.push({ pipeline, buffers, workgroups: [Math.ceil(m / 64), rows] });
      }
      const readback = await scratch.buffer("readback", rows * m * 4, ReadbackUsage);
      gpu.submit(passes, [[sums, readback, rows * m * 4]]);
      return gpu.read(readback, rows * m);
    });
  const actual = await sumsOf(parts);
  expect(await sumsOf(Math.max(Math.ceil(parts / 5), 7))).toEqual(actual);
  const each = Array.from({ length: parts }, (_, p) =>
    Float64Array.from(partials.subarray(p * rows * m, (p + 1) * rows * m)),
  );
  const expected = columnSumTwin(each);
  for (let q = 0; q < m; q++) expected[m + q] = Math.min(...each.map((part) => part[m + q])); // the row `near`
  expect(relative(actual, expected)).toBeLessThan(1e-6);
  expect(actual.subarray(m, 2 * m)).toEqual(Float32Array.from(expected.subarray(m, 2 * m)));
});

test("normalize divides by the row of weights, and leaves what has none at 0", async () => {
  const [m, columns] = [130, 3];
  const random = draw(3);
  const sums = Float32Array.from({ length: (1 + columns) * m }, (_, i) =>
    i % 10 === 0 ? 0 : random.uniform(0, 4),
  );
  for (let q = 0; q < m; q += 10) for (let c = 1; c <= columns; c++) sums[c * m + q] = 0;
  const scratch = new Scratch(gpu);
  const buffers = [await scratch.uniform("queries", [m]), await scratch.storage("sums", sums)];
  const actual = await run(
    scratch,
    normalize({ columns, tracked: false, threads: 64 }),
    buffers,
    sums.length,
    [3, 1],
  );
  scratch.release();
  expect(relative(actual, normalizeTwin(Float64Array.from(sums), m))).toBeLessThan(1e-6);
});

test.each(["gaussian", "tricube", "boxcar"])("weights: %s", async (kernel) => {
  const [n, m, dims] = [90, 70, 2];
  const given = problem(n, dims, 1, kernel, "radial");
  const random = draw(5);
  const queries = Float64Array.from({ length: m * dims }, () => random.uniform(0, 2));
  const coder = encoder(given);
  const input = {
    queries,
    keys: given.keys.data,
    dims,
    kernel: given.kernel,
    shape: given.shape,
    bandwidth: given.bandwidth,
  };
  const sums = pairwiseTwin({ ...input, values: new Float64Array(0), columns: 0, from: 0, to: n });
  const scratch = new Scratch(gpu);
  const code = weights({ ...given, dims, encoding: coder.encoding, threads: 64 });
  const buffers = [
    await scratch.uniform("slice", [m, n], coder.step),
    await scratch.storage("keys", coder.keys(0, n)),
    await scratch.storage(
      "queries",
      coder.queries({ data: queries, count: m, dims }, 0, m, () => {}),
    ),
    await scratch.storage("sums", Float32Array.from(sums)),
    await scratch.buffer("weights", n * m * 4, StorageUsage),
  ];
  const actual = await run(scratch, code, buffers, n * m, [2, n]);
  scratch.release();
  expect(relative(actual, weightsTwin({ ...input, from: 0, to: n }))).toBeLessThan(2e-6);
});

describe("shader text", () => {
  test("no emitted shader holds a directive, NaN or undefined, and every one compiles", async () => {
    const options = [...kernels.values()].flatMap((kernel) =>
      (["float", "fixed"] as const).flatMap((encoding) =>
        (["radial", "product"] as const).flatMap((shape) =>
          [1, 3].map((dims) => ({
            kernel,
            encoding,
            shape,
            dims,
            columns: 2,
            tiling: tilings[1],
            track: trackOf(kernel),
          })),
        ),
      ),
    );
    for (const each of options) {
      for (const code of [
        pairwise(each),
        pairwise({ ...each, tiling: tilings[3] }),
        pairwise({ ...each, culled: culled(32) }),
        reach({ ...each, threads: 64 }),
        weights({ ...each, threads: 64 }),
      ]) {
        expect(code).not.toMatch(/#|undefined|NaN|Infinity/);
        const { messages } = await gpu.device.createShaderModule({ code }).getCompilationInfo();
        const name = `${each.kernel.name} ${each.encoding} ${each.shape} ${each.dims}`;
        expect(messages, name).toEqual([]);
      }
    }
  });
  test("the tag refuses pasted NaN and undefined", () => {
    expect(() => wgsl`const x = ${Number.NaN};`).toThrow(/NaN/);
    expect(() => wgsl`const x = ${undefined};`).toThrow(/undefined/);
  });
});

test.each([true, false])("place: means in their own units, at their place (tracked: %s)", async (tracked) => {
  const [m, columns, first] = [70, 2, 30];
  const random = draw(9);
  const values = firstValueRow(tracked);
  const sums = Float32Array.from({ length: (values + columns) * m }, () => random.uniform(-1, 1));
  const [offset, scale] = [
    [10, -5],
    [3, 0.5],
  ];
  const scratch = new Scratch(gpu);
  const buffers = [
    await scratch.uniform("slice", [m, first * columns]),
    await scratch.storage("sums", sums),
    await scratch.storage("units", Float32Array.from([offset[0], scale[0], offset[1], scale[1]])),
    await scratch.storage("means", new Float32Array((first + m) * columns)),
  ];
  const actual = await run(
    scratch,
    place({ columns, tracked, threads: 64 }),
    buffers,
    (first + m) * columns,
    [2, 1],
  );
  scratch.release();
  const rows = Float64Array.from([...sums.subarray(0, m), ...sums.subarray(values * m)]);
  expect(actual.subarray(0, first * columns).every((x) => x === 0)).toBe(true);
  expect(relative(actual.subarray(first * columns), placeTwin(rows, m, offset, scale))).toBeLessThan(1e-6);
});
