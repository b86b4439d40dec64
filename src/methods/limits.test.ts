/** Every plan within the limits of WebGPU and of docs/accuracy.md, for problems that are too large to run in a test. Needs no GPU. */
import { beforeAll, describe, expect, test } from "vitest";
import { partialRows } from "../../shaders/partials.ts";
import { recordLayout } from "../../shaders/record.ts";
import { spread } from "../../shaders/spread.ts";
import { fitMoments } from "../estimators/local-polynomial/moments.ts";
import type { Calibration } from "../gpu/calibration.ts";
import { partOf } from "../gpu/gpu.ts";
import { boundBytes, pooledSize } from "../gpu/memory.ts";
import { workgroupsOf } from "../gpu/workgroups.ts";
import { KEYS } from "./cull/cull.ts";
import { blocksPerSlice, culledDispatches, tilesAndWordsOf } from "./cull/gpu/plan.ts";
import { bytesFitOneBuffer } from "./dense/gpu/key-buffers.ts";
import {
  CULLED_BLOCK,
  chooseTiling,
  culledTiling,
  denseDispatches,
  keysPerPart,
  keysPerWindow,
  type Limits,
  planSlice,
  sliceBufferBytes,
  sliceBytes,
} from "./dense/gpu/plan.ts";
import { gridFits, gridNumbers } from "./gauss-transform/gpu/cost.ts";
import { queriesPerReading } from "./gauss-transform/gpu/sums.ts";
import { culledLevels, denseLevels, spreadLevels } from "./levels.ts";

const KEY_COUNTS = [1, 100, 129, 1000, 4097, 131_072, 1e6, 2 ** 23, 1e8, 1e9];
const QUERY_COUNTS = [1, 16, 63, 300, 1024, 1e5, 65_535 * 64, 65_535 * 64 + 1, 5e6, 1e8, 1e9];
const PLANNED_QUERIES = [1, 300, 1024, 65_535 * 64, 5e6, 1e9];
const DIMS = [1, 2, 3, 8, 13, 17, 33, 64];
const COLUMNS = [0, 1, 2, 16];
/** Powers of two of pairs per millisecond. */
const RATES = [13, 17, 20, 21, 24, 28, 31, 34];
/** Of these for plans, which depend on more besides. */
const FEW_RATES = [13, 20, 24, 34];
const BUDGETS = [2 ** 20, 2 ** 24, 2 ** 29, 2 ** 35];
/** A workgroup's memory and threads, by WebGPU's defaults and in compatibility mode. */
const [WORKGROUP_BYTES, WORKGROUP_THREADS] = [16_384, 128];
/** Terms of a level that docs/accuracy.md states. */
const MOST_TERMS = 128;

interface DeviceLimits extends Limits {
  readonly maxStorageBuffersPerShaderStage: number;
}
const device = (binding: number, buffer: number): DeviceLimits => ({
  maxStorageBufferBindingSize: binding,
  maxBufferSize: buffer,
  maxComputeWorkgroupsPerDimension: 65_535,
  maxStorageBuffersPerShaderStage: 8,
});
/** WebGPU's defaults first. */
const DEVICES = [
  device(2 ** 27, 2 ** 28),
  device(2 ** 30, 2 ** 30),
  device(2 ** 31, 2 ** 32),
  // Limits that are no size of the pool's.
  device(150_000_000, 2 ** 28),
  device(2 ** 31 - 4, 2 ** 31 - 4),
  device(2 ** 32 - 4, 2 ** 32),
];

const calibrated = (log: number): Calibration => ({
  version: 1,
  pairsPerMillisecond: 2 ** log,
  latency: 1,
});

interface Problem {
  readonly n: number;
  readonly m: number;
  readonly dims: number;
  readonly numbersPerKey: number;
  /** Sums besides Σ α. */
  readonly outputs: number;
  readonly log: number;
}

/** Plain sums with and without weights and widths of keys, and the moments of local polynomials. */
function* problems(keyCounts = KEY_COUNTS, queryCounts = QUERY_COUNTS, rates = RATES): Generator<Problem> {
  for (const dims of DIMS)
    for (const columns of COLUMNS)
      for (const numbersPerKey of [dims + columns, dims + columns + 2])
        for (const degree of [0, 1, 2]) {
          if (degree > 0 && (dims > 8 || columns === 0)) continue;
          const outputs = degree === 0 ? columns : fitMoments(dims, degree, columns, false).moments.length;
          for (const n of keyCounts)
            for (const m of queryCounts)
              for (const log of rates) yield { n, m, dims, numbersPerKey, outputs, log };
        }
}

interface Plan {
  readonly problem: Problem;
  readonly limits: DeviceLimits;
  readonly memoryBudget: number;
  /** Bytes of the buffers that shaders bind. */
  readonly buffers: Readonly<Record<string, number>>;
  readonly dispatches: Readonly<Record<string, readonly [number, number]>>;
}

function* densePlans(devices: readonly DeviceLimits[]): Generator<Plan> {
  for (const problem of problems([1, 131_072, 1e6, 1e9], PLANNED_QUERIES, FEW_RATES)) {
    const { n, m, dims, numbersPerKey, outputs, log } = problem;
    const calibration = calibrated(log);
    const tiling = chooseTiling(n, m, numbersPerKey, dims, outputs, calibration);
    const partKeys = keysPerPart(n, m, numbersPerKey, tiling, calibration);
    const rows = partialRows(outputs, true);
    const sizes = { keys: n, dims, numbersPerKey, rows };
    for (const limits of devices)
      for (const memoryBudget of BUDGETS) {
        const rate = calibration.pairsPerMillisecond;
        const plan = planSlice(sizes, partKeys, tiling, limits, memoryBudget, rate);
        const { queries, round, chunkParts, levels } = plan;
        const count = Math.min(queries, m);
        const chunkKeys = Math.min(chunkParts * partKeys, n);
        const { pairwise, ...others } = denseDispatches(count, Math.min(chunkParts, round), rows, tiling);
        const window = Math.min(keysPerWindow(count, numbersPerKey, limits, memoryBudget), n);
        yield {
          ...{ problem, limits, memoryBudget },
          buffers: {
            ...sliceBufferBytes(count, { round, levels }, sizes),
            keys: 4 * numbersPerKey * chunkKeys,
            weights: 4 * count * window,
            windowKeys: 4 * numbersPerKey * window,
          },
          dispatches: { pairwise, ...others, weights: [others.normalize[0], window] },
        };
      }
  }
}

function* culledPlans(devices: readonly DeviceLimits[]): Generator<Plan> {
  for (const problem of problems([1, 1e6, 2 ** 25], PLANNED_QUERIES, FEW_RATES)) {
    const { n, m, dims, numbersPerKey, outputs, log } = problem;
    const rows = partialRows(outputs, true);
    const { tiles, words } = tilesAndWordsOf(n);
    for (const limits of devices)
      for (const memoryBudget of BUDGETS) {
        const keys = 4 * numbersPerKey * n;
        if (!bytesFitOneBuffer(keys, limits, memoryBudget)) continue;
        const most = blocksPerSlice(words, rows, dims, limits, memoryBudget, Math.min(n, 200), 50 * 2 ** log);
        const blocks = Math.min(most, Math.ceil(m / CULLED_BLOCK));
        const count = Math.min(blocks * CULLED_BLOCK, m);
        yield {
          ...{ problem, limits, memoryBudget },
          buffers: {
            keys,
            boxes: 4 * 2 * dims * (tiles + words),
            blocks: 4 * (2 * dims + 1) * blocks,
            reach: 4 * blocks * words,
            queries: 4 * dims * count,
            sums: 4 * rows * count,
          },
          dispatches: culledDispatches(blocks, count),
        };
      }
  }
}

/** Grids of `points` points of every size that fits. */
function* gridPlans(devices: readonly DeviceLimits[]): Generator<Plan> {
  for (const dims of [1, 2, 3])
    for (const columns of COLUMNS)
      for (const width of [6, 8, 10, 12, 14, 16])
        for (const n of [1, 1e3, 1e6, 2 ** 23, 2 ** 25])
          for (const points of [64, 1e4, 1e6, 5e6, 7.4e6, 2 ** 24])
            for (const limits of devices)
              for (const memoryBudget of BUDGETS) {
                const charges = 1 + columns;
                const grid = { points, charges, axes: new Array<undefined>(dims), window: { width } };
                if (!gridFits(grid, n, limits, memoryBudget)) continue;
                const bytes = sliceBytes(limits, memoryBudget);
                const sorted = points * charges > 2 ** 18;
                const count = queriesPerReading(dims, charges, sorted, bytes, Infinity);
                const numbers = gridNumbers(grid, n);
                yield {
                  problem: { n, m: count, dims, numbersPerKey: dims + charges, outputs: columns, log: 34 },
                  ...{ limits, memoryBudget },
                  buffers: {
                    ...Object.fromEntries(Object.entries(numbers).map(([name, each]) => [name, 4 * each])),
                    sums: 4 * charges * count,
                    readPositions: 4 * dims * count,
                  },
                  dispatches: {
                    keys: workgroupsOf(limits, Math.ceil(n / 64)),
                    points: workgroupsOf(limits, points),
                    queries: workgroupsOf(limits, Math.ceil(count / 64)),
                  },
                };
              }
}

/** The case of the largest share of a limit. */
class Worst {
  share = 0;
  what = "nothing was planned";

  see(number: number, limit: number, what: () => unknown): void {
    if (number / limit <= this.share) return;
    this.share = number / limit;
    this.what = `${number} of ${limit}: ${JSON.stringify(what())}`;
  }

  /** Asserts that something was planned, and nothing beyond the limit. */
  check(): void {
    expect(this.share, this.what).toBeGreaterThan(0);
    expect(this.share, this.what).toBeLessThanOrEqual(1);
  }
}

/** The worst of all plans by each limit. */
function worstOf(plans: Iterable<Plan>) {
  const worst = {
    dispatch: new Worst(),
    binding: new Worst(),
    boundBuffer: new Worst(),
    unboundNumbers: new Worst(),
    index: new Worst(),
  };
  for (const { buffers, dispatches, ...plan } of plans) {
    const { limits } = plan;
    const most = limits.maxStorageBufferBindingSize;
    for (const [stage, workgroups] of Object.entries(dispatches))
      for (const count of workgroups)
        worst.dispatch.see(count, limits.maxComputeWorkgroupsPerDimension, () => ({ stage, ...plan }));
    for (const [buffer, bytes] of Object.entries(buffers)) {
      worst.binding.see(bytes, most, () => ({ buffer, ...plan }));
      const bound = boundBytes(pooledSize(bytes), most);
      worst.boundBuffer.see(bound, most, () => ({ buffer, ...plan }));
      worst.unboundNumbers.see(bytes, bound, () => ({ buffer, ...plan }));
      worst.index.see(bytes / 4, 2 ** 32, () => ({ buffer, ...plan })); // shaders count numbers by u32
    }
  }
  return worst;
}

describe.each([
  ["dense", densePlans],
  ["cull", culledPlans],
  ["expand", gridPlans],
] as const)("plans of %s", (_, plans) => {
  let worst: ReturnType<typeof worstOf>;
  beforeAll(() => {
    worst = worstOf(plans(DEVICES));
  });

  test("dispatch at most 65535 workgroups in a dimension", () => {
    worst.dispatch.check();
  });

  test("bind no more bytes than the device allows", () => {
    worst.binding.check();
  });

  test("bind all of a buffer's numbers, and no pooled buffer as a whole that is larger than the device allows", () => {
    worst.boundBuffer.check();
    worst.unboundNumbers.check();
  });

  test("have no index beyond 2^32", () => {
    worst.index.check();
  });
});

test("means that stay on the GPU are bound a slice at a time, from a multiple of 256 bytes on", () => {
  const worst = new Worst();
  for (const { maxStorageBufferBindingSize: most } of DEVICES)
    for (const columns of [1, 2, 3, 16])
      for (const first of [0, 1, 63, 64, 1e6 + 1, 4_194_240]) {
        // Sums of a slice have a row more than it has columns, and can be bound.
        const count = Math.floor(most / (4 * (columns + 1)));
        const { part, before } = partOf({} as GPUBuffer, first * columns, count * columns);
        expect(part.offset! % 256).toBe(0);
        expect(part.offset! / 4 + before).toBe(first * columns);
        expect(part.size).toBe(4 * (before + count * columns));
        worst.see(part.size!, most, () => ({ first, columns, most }));
      }
  worst.check();
});

test("dispatches in two dimensions hold all workgroups, and no index of a thread is beyond 2^32", () => {
  for (const count of [0, 1, 65_535, 65_536, 131_071, 1e6, 2 ** 24, 2 ** 25 + 12_345]) {
    const [across, rows] = workgroupsOf(DEVICES[0], count);
    expect(Math.max(across, rows)).toBeLessThanOrEqual(65_535);
    expect(across * rows).toBeGreaterThanOrEqual(count);
    expect(across * rows * 64).toBeLessThanOrEqual(2 ** 32);
  }
});

describe("workgroups", () => {
  const record = (numbers: number) => {
    const { width, vectors } = recordLayout(numbers);
    return 4 * width * vectors;
  };

  test("of dense and cull keep within 16 KiB and 128 threads", () => {
    const [bytes, threads] = [new Worst(), new Worst()];
    for (const problem of problems([1, 129, 1e9])) {
      const { n, m, numbersPerKey, dims, outputs, log } = problem;
      for (const tiling of [
        chooseTiling(n, m, numbersPerKey, dims, outputs, calibrated(log)),
        culledTiling(KEYS, numbersPerKey, dims, outputs, calibrated(log)),
      ]) {
        const count = tiling.queryLanes * tiling.keyLanes;
        const staged = tiling.staged ? tiling.keysPerTile * record(numbersPerKey) : 0;
        const shared = tiling.keyLanes > 1 ? 16 * count : 0;
        bytes.see(staged + shared, WORKGROUP_BYTES, () => ({ problem, tiling }));
        threads.see(count, WORKGROUP_THREADS, () => ({ problem, tiling }));
      }
    }
    bytes.check();
    threads.check();
  });

  test("of expand keep within 16 KiB", () => {
    const worst = new Worst();
    for (const dims of [1, 2, 3])
      for (const columns of COLUMNS)
        for (const width of [6, 16]) {
          const code = spread({ dims, charges: 1 + columns, width, beta: 12 });
          worst.see(workgroupBytes(code), WORKGROUP_BYTES, () => ({ dims, columns, width }));
        }
    worst.check();
  });
});

/** Bytes of the arrays of workgroup memory that a shader declares with literal sizes. */
function workgroupBytes(code: string): number {
  const sizes = { u32: 4, f32: 4, vec2f: 8, vec4f: 16 };
  const declared = [...code.matchAll(/var<workgroup> \w+: array<(\w+), (\d+)u>/g)];
  expect(declared).toHaveLength([...code.matchAll(/var<workgroup>/g)].length);
  return declared.reduce((sum, [, type, count]) => {
    expect(Object.keys(sizes)).toContain(type);
    return sum + sizes[type as keyof typeof sizes] * Number(count);
  }, 0);
}

describe("sums", () => {
  interface Levels {
    readonly [level: string]: number;
  }
  function* dense(keyCounts: readonly number[], suits: (problem: Problem) => boolean) {
    for (const problem of problems([...keyCounts])) {
      if (!suits(problem)) continue;
      const { n, m, numbersPerKey, dims, outputs, log } = problem;
      const tiling = chooseTiling(n, m, numbersPerKey, dims, outputs, calibrated(log));
      const levels: Levels = denseLevels(
        n,
        keysPerPart(n, m, numbersPerKey, tiling, calibrated(log)),
        tiling,
      );
      yield { levels, problem };
    }
  }
  function* culled(keyCounts: readonly number[]) {
    for (const problem of problems([...keyCounts], [1])) {
      const { n, numbersPerKey, dims, outputs, log } = problem;
      if (4 * numbersPerKey * n > 2 ** 28) continue; // one buffer holds them
      const levels: Levels = culledLevels(
        n,
        culledTiling(KEYS, numbersPerKey, dims, outputs, calibrated(log)),
      );
      yield { levels, problem };
    }
  }
  function* expanded(keyCounts: readonly number[]) {
    for (const n of keyCounts)
      for (const dims of [1, 2, 3])
        for (const width of [6, 8, 10, 12, 14, 16]) {
          const levels: Levels = spreadLevels(n, dims, width);
          yield { levels, problem: { n, dims, width } };
        }
  }
  function checkLevels(cases: Iterable<{ levels: Levels; problem: object }>, most = MOST_TERMS): void {
    const worst = new Worst();
    for (const { levels, problem } of cases)
      for (const terms of Object.values(levels)) worst.see(terms, most, () => ({ problem, levels }));
    worst.check();
  }
  const KEYS_OF_CULL = [...KEY_COUNTS.filter((n) => n < 2 ** 26), 2 ** 26];

  test("have room for all terms", () => {
    for (const cases of [dense(KEY_COUNTS, () => true), culled(KEY_COUNTS), expanded(KEY_COUNTS)]) {
      const worst = new Worst();
      for (const { levels, problem } of cases)
        worst.see(
          problem.n,
          Object.values(levels).reduce((product, terms) => product * terms, 1),
          () => ({
            ...{ levels, problem },
          }),
        );
      worst.check();
    }
  });

  /** The largest share of `most` that the terms of all levels together have. */
  function checkTogether(cases: Iterable<{ levels: Levels; problem: object }>, most: number): void {
    const worst = new Worst();
    for (const { levels, problem } of cases)
      worst.see(
        Object.values(levels).reduce((sum, terms) => sum + terms, 0),
        most,
        () => ({ levels, problem }),
      );
    worst.check();
  }

  test("of dense have no level of more than 128 terms for any keys at any queries", () => {
    checkLevels(dense(KEY_COUNTS, () => true));
  });

  test.each([
    [1e6, 150],
    [1e9, 210],
  ])("of dense have, for up to %d keys, levels of at most %i terms together", (most, terms) => {
    const counts = KEY_COUNTS.filter((n) => n <= most);
    checkTogether(
      dense(counts, () => true),
      terms,
    );
  });

  test("of cull have no level of more than 128 terms for all keys that fit", () => {
    checkLevels(culled(KEYS_OF_CULL));
  });

  test("of cull have levels of at most 180 terms together for 65,536 keys in reach", () => {
    checkTogether(culled([1, 129, 4097, 65_536]), 180);
  });

  test("of expand have no level of more than 128 terms for all keys that fit", () => {
    checkLevels(expanded([...KEYS_OF_CULL, 2 ** 24].filter((n) => n <= 2 ** 24)));
  });
});
