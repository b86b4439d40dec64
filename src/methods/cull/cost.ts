/** What the method "cull" is expected to take: measured constants, and a few pairs that say how many are in reach. */

import type { Matrix } from "../../data/matrix.ts";
import { isGaussian } from "../../kernels/builtin.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import { logWeight } from "../../kernels/log-weight.ts";
import { negligible, type Problem } from "../../problem/problem.ts";
import { CULLED_BLOCK } from "../dense/gpu/plan.ts";
import type { Cost } from "../method.ts";
import { hasCutoff } from "./box-distance.ts";
import { KEYS } from "./cull.ts";
import { distanceOf } from "./cutoff-radius.ts";
import { fallsWithDistance } from "./neighbours.ts";

/**
 * Nanoseconds of one core: for a call, for sorting a key, for a query, for each level of the keys' tree below it, for finding the key nearest to it (times the coordinates' square:
 * boxes say less and less), for a pair in reach by its kernel, for each of its moments, for each coordinate of a key in a
 * tile that is opened, for scanning a key in memory order, and for each of its coordinates; for each coordinate of a key
 * that is put into a cell, and of a cell whose distance from a query is found.
 */
const NS = {
  start: 50_000,
  key: 20,
  query: 600,
  level: 200,
  nearest: 1500,
  compact: 4,
  gaussian: 12,
  other: 22,
  moment: 12,
  coordinate: 4,
  scannedKey: 3,
  scannedCoordinate: 2.5,
  cell: 8,
  boxOfCell: 3,
} as const;
/** Milliseconds of a culled call on the GPU, however small; and how much longer a pair takes there than in dense tiles. */
const GPU_LATENCY = 4;
const GPU_SLOWER = 1.2;
/** Pairs by which the share of those in reach is estimated, at most; and of all pairs no more than one in so many. */
const SAMPLE = { queries: 64, keys: 256, oneIn: 128 } as const;

/** Nanoseconds that sorting so many points takes. */
const sorting = (count: number, dims: number) => count * Math.log2(count + 1) * NS.key * (1 + dims / 4);

/** Nanoseconds of scanning so many keys. */
const scanning = (count: number, dims: number) => count * (NS.scannedKey + NS.scannedCoordinate * dims);

/** Whether so few queries are better served by a scan of every key than by sorting the keys first. */
export function tooFewToSort({ keys, kernel }: Problem, queries: number): boolean {
  if (kernel.tail === "compact") return false;
  return scanning(queries * keys.count, keys.dims) < sorting(keys.count, keys.dims);
}

/** How many pairs may be scanned in the time that sorting the keys takes. */
export const pairsWorthSorting = ({ keys: { count, dims } }: Problem): number =>
  sorting(count, dims) / scanning(1, dims);

/** Cells of the coarse grid by which keys near some queries are found, by coordinates. */
export const CELLS = [1024, 4096, 32768] as const;

/** Boxes around the queries, at most: of a coarse grid over them, by coordinates. */
export const QUERY_BOXES = [64, 1024, 1000] as const;

/** Nanoseconds of finding the keys near so many queries. */
const narrowing = ({ count, dims }: Matrix, queries: number) =>
  count * NS.cell * dims + Math.min(queries, QUERY_BOXES[dims - 1]) * CELLS[dims - 1] * NS.boxOfCell * dims;

/** Whether to find out which keys are near so many queries: where that takes little of what scanning all, or sorting, would. */
export function worthNarrowing(problem: Problem, queries: number): boolean {
  const { keys } = problem;
  if (!fallsWithDistance(problem) || keys.dims > 3) return false;
  const { count, dims } = keys;
  return 2 * narrowing(keys, queries) < Math.min(scanning(queries * count, dims), sorting(count, dims));
}

/** What recomputing some queries in float64 is expected to take. */
export function fallbackCost(problem: Problem, queries: Matrix, tolerance: number): Cost {
  if (worthNarrowing(problem, queries.count))
    return { once: 0, call: (2 * narrowing(problem.keys, queries.count)) / 1e6 };
  if (tooFewToSort(problem, queries.count))
    return { once: 0, call: scanning(queries.count * problem.keys.count, problem.keys.dims) / 1e6 };
  return cullCost(problem, queries, tolerance);
}

export function cullCost(problem: Problem, queries: Matrix, tolerance: number): Cost {
  const { keys, kernel } = problem;
  const n = keys.count;
  const { dims } = keys;
  const build = sorting(n, dims);
  const sort = sorting(queries.count, dims);
  const nearest = Math.min(NS.nearest * dims * dims, scanning(n, dims));
  const levels = Math.max(0, Math.log2(n / KEYS));
  const query = NS.query + NS.level * levels + (kernel.tail === "compact" ? 0 : nearest);
  const base = kernel.tail === "compact" ? NS.compact : isGaussian(kernel) ? NS.gaussian : NS.other;
  const pair = base + NS.moment * (problem.moments?.length ?? 0);
  const opened = NS.scannedKey + NS.coordinate * dims;
  const reached = n * shareInReach(problem, queries, negligible(problem, tolerance));
  const each = query + opened * around(reached, [KEYS], keys) + pair * reached;
  return { once: build / 1e6, call: (NS.start + sort + queries.count * each) / 1e6 };
}

/**
 * Keys in the boxes that meet a reach of so many keys, where boxes hold so many: sides add, as in a Minkowski sum of
 * cubes, and grow with a count's root of the order of the coordinates.
 */
function around(reached: number, boxes: readonly number[], { count, dims }: Matrix): number {
  const tilesAcross = [reached, ...boxes].reduce((sum, keys) => sum + keys ** (1 / dims), 0);
  return Math.min(count, tilesAcross ** dims);
}

/** Keys that a query is expected to be weighed with on the GPU: what is in reach of its block of queries, in whole tiles. */
export function evaluatedPairsOnGpu(problem: Problem, queries: Matrix, tolerance: number): number {
  const { keys, kernel } = problem;
  const { dims } = keys;
  let reached = keys.count * shareInReach(problem, queries, negligible(problem, tolerance));
  const block = CULLED_BLOCK * Math.max(1, keys.count / Math.max(queries.count, 1));
  // Without an edge the reach is beyond the key that is nearest to the middle, as the block's furthest corner sees it.
  if (kernel.tail !== "compact") reached = (reached ** (2 / dims) + dims * block ** (2 / dims)) ** (dims / 2);
  return around(reached, [KEYS, block], keys);
}

/** What "cull" is expected to take on the GPU, where all pairs would take `dense` milliseconds. */
export function culledGpuCost(problem: Problem, queries: Matrix, tolerance: number, dense: number): number {
  const { keys, kernel } = problem;
  const { dims } = keys;
  const build = sorting(keys.count, dims);
  const nearest = kernel.tail === "compact" ? 0 : (queries.count / CULLED_BLOCK) * NS.nearest * dims * dims;
  const float64 = build + sorting(queries.count, dims) + nearest;
  const tests = 1 / (KEYS * CULLED_BLOCK);
  const weighed = evaluatedPairsOnGpu(problem, queries, tolerance) / keys.count;
  return float64 / 1e6 + GPU_LATENCY + dense * (GPU_SLOWER * weighed + tests);
}

/** What was estimated last for the queries: a choice of method asks for the same several times. */
const estimates = new WeakMap<Matrix, { problem: Problem; negligible: number; share: number }>();

/** The share of pairs heavier than e^−negligible, estimated from a sample. */
function shareInReach(problem: Problem, queries: Matrix, negligible: number): number {
  const known = estimates.get(queries);
  if (known?.problem === problem && known.negligible === negligible) return known.share;
  const share = estimatedShare(problem, queries, negligible);
  estimates.set(queries, { problem, negligible, share });
  return share;
}

/** How far, in bandwidths, a pair weighs more than e^−negligible. */
const reachOf = ({ tail, logAlpha }: Kernel, negligible: number) =>
  tail === "compact" ? 1 : distanceOf(logAlpha, -negligible);

function estimatedShare(problem: Problem, queries: Matrix, negligible: number): number {
  const { keys, kernel, shape, bandwidth, keyBandwidthFactors, stretched } = problem;
  const { dims } = keys;
  if (kernel.tail === "power" || kernel.tail === "flat") return 1;
  const radial = shape === "radial" || dims === 1;
  // For most kernels a comparison of distances tells, at a tenth of the price of a weight.
  const reach = radial && hasCutoff(problem) ? reachOf(kernel, negligible) ** 2 : undefined;
  let inReach = 0;
  const someKeys = Math.min(SAMPLE.keys, keys.count);
  const affordable = Math.ceil((queries.count * keys.count) / SAMPLE.oneIn / someKeys);
  const someQueries = Math.min(SAMPLE.queries, queries.count, affordable);
  for (let a = 0; a < someQueries; a++) {
    const query = Math.floor(((a + 0.5) / someQueries) * queries.count);
    const q = query * dims;
    for (let b = 0; b < someKeys; b++) {
      const key = Math.floor(((b + 0.5) / someKeys) * keys.count);
      const k = key * dims;
      const keyFactor = keyBandwidthFactors ? keyBandwidthFactors[key] : 1;
      const queryFactor = queries.bandwidthFactors ? queries.bandwidthFactors[query] : 1;
      const offset = (j: number) =>
        (queries.data[q + j] - keys.data[k + j]) /
        (bandwidth[j] * keyFactor * (stretched && !stretched[j] ? 1 : queryFactor));
      if (reach === undefined) {
        if (logWeight(kernel, shape, dims, offset) > -negligible) inReach++;
        continue;
      }
      let squared = 0;
      for (let j = 0; j < dims; j++) {
        const u = offset(j);
        squared += u * u;
      }
      if (squared < reach) inReach++;
    }
  }
  return inReach / (someQueries * someKeys);
}
