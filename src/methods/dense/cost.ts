/** What every pair is expected to take: on the CPU by measured constants, on a GPU by its calibration. */
import type { Calibration } from "../../gpu/calibration.ts";
import { outputsOf, type Problem } from "../../problem/problem.ts";

/** Nanoseconds of one core for a pair, and for each of its coordinates. */
const CPU_NS = { compact: 13, other: 25, coordinate: 4 } as const;
/**
 * Nanoseconds besides the pairs: for a query and each of its coordinates, from encoding it to checking its sums, and for each
 * coordinate of a key.
 */
const NS = { query: 120, queryCoordinate: 30, keyCoordinate: 15 } as const;
/** From so many queries on they fill workgroups; fewer share theirs with more and more keys, at a slower pace. */
const MANY_QUERIES = 1024;
/** Instructions for a pair of the calibration's problem. */
const CALIBRATED = 6;

/** Milliseconds of one core for m queries. */
export function denseCost({ keys, kernel }: Problem, m: number): number {
  const pair = (kernel.tail === "compact" ? CPU_NS.compact : CPU_NS.other) + CPU_NS.coordinate * keys.dims;
  return (m * keys.count * pair) / 1e6;
}

/** Pairs per millisecond, where there are m queries. */
export function denseGpuRate(problem: Problem, m: number, calibration: Calibration): number {
  const { keys, moments } = problem;
  const degrees = (moments ?? []).reduce((sum, { powers }) => sum + powers.reduce((a, b) => a + b, 0), 0);
  const instructions = 3 + 2 * keys.dims + outputsOf(problem) + degrees;
  const filled = Math.min(1, m / MANY_QUERIES) ** 0.25;
  return (calibration.pairsPerMillisecond * filled * CALIBRATED) / instructions;
}

/** Milliseconds for m queries. */
export function denseGpuCost(
  problem: Problem,
  m: number,
  calibrated: { of(pairs: number): Calibration },
): number {
  const { keys } = problem;
  const calibration = calibrated.of(keys.count * m);
  const rate = denseGpuRate(problem, m, calibration);
  const besides = m * (NS.query + NS.queryCoordinate * keys.dims) + keys.count * keys.dims * NS.keyCoordinate;
  return calibration.latency + besides / 1e6 + (keys.count * m) / rate;
}
