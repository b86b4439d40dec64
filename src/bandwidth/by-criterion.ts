/** Searches for the bandwidths with the least score of a criterion, and reports where the search ended at its limits. */
import { NadarayaError, show } from "../common/errors.ts";
import { type Matrix, total } from "../data/matrix.ts";
import type { RunOptions } from "../problem/problem.ts";
import type { KernelSpec } from "../weighting/kernel-spec.ts";
import { sampleOf } from "./row-sample.ts";
import {
  bandwidthByRule,
  effectiveNumber,
  type RuleOfThumb,
  robustBandwidth,
  sortedColumnOf,
} from "./rules.ts";
import { type Limit, search } from "./search.ts";
import { type BandwidthRule, type Given, refuseNeighbours, type Selection } from "./selection.ts";

/** Bandwidths tried over the whole range before the best is refined. */
const GRID = 24;
/** Those of all rows where a sample has shown the valley; and of the bottom, as a rule. */
const CONFIRMED = 4;
const BOTTOM = 8;

export const byThumb = (rule: RuleOfThumb, given: Given): Selection => ({
  rule,
  bandwidth: thumb(rule, given),
  candidates: [],
});

export const thumb = (rule: RuleOfThumb, given: Given): number[] =>
  forContinuous(given, (keys) => bandwidthByRule(rule, keys, given.sampling));

/** One number a coordinate: an estimate from the continuous ones, and a rule of thumb for λ of the others. */
function forContinuous(
  { keys, categories, sampling }: Given,
  estimate: (keys: Matrix) => number[],
): number[] {
  if (!categories) return estimate(keys);
  const { continuous } = categories;
  const columns = continuous.map((j) => categories.place(j));
  const data = new Float64Array(keys.count * columns.length);
  for (let i = 0; i < keys.count; i++)
    for (const [c, column] of columns.entries())
      data[i * columns.length + c] = keys.data[i * keys.dims + column];
  const widths = columns.length > 0 ? estimate({ data, count: keys.count, dims: columns.length }) : [];
  return Array.from(
    { length: categories.count },
    (_, j) => categories.thumb(j, effectiveNumber(keys.count, sampling)) ?? widths[continuous.indexOf(j)],
  );
}

/** The widest that is tried, in robust standard deviations of the keys: all keys within reach count alike there. */
const WIDEST = 100;

/** Keys that are no more apart than this share of their range coincide but for rounding. */
const SAME = 1e-9;

/** What ties in the data spoil: the density of keys that coincide grows without bound, regressions may take them for what they are. */
type Resolved = "keys" | "values";

/**
 * Where a search looks, for each coordinate: from a hundredth of a robust rule of thumb, but no finer than the data's own resolution, to
 * a hundred times their spread, or ten times their range.
 */
export function searchLimits(rule: string, given: Given, resolved: Resolved): (readonly [number, number])[] {
  const { keys, categories, copies, sampling } = given;
  const usual = forContinuous(given, (continuous) => robustBandwidth(continuous, rule, sampling));
  return usual.map((width, j) => {
    const lambda = categories?.limits(j);
    if (lambda) return lambda;
    const column = sortedColumnOf(keys, categories?.place(j) ?? j);
    const range = column[column.length - 1] - column[0];
    // A row that stands for several coincides with itself.
    let [step, ties] = [Infinity, copies?.some((count) => count > 1) ?? false];
    for (let i = 1; i < column.length; i++) {
      const apart = column[i] - column[i - 1];
      if (apart > SAME * range) step = Math.min(step, apart);
      else ties = true;
    }
    const factor = effectiveNumber(keys.count, sampling) ** (1 / (usual.length + 4));
    const most = Math.min(10 * range, WIDEST * width * factor);
    const finest = ties ? Math.min(step / (resolved === "keys" ? 1 : 10), most / 10) : 0;
    return [Math.max(width / 100, finest), most] as const;
  });
}

/** The score of a bandwidth for all rows, or for some of them. */
export type ScoreOf = (given: Given, rows?: Uint32Array) => (spec: KernelSpec) => Promise<number>;

export async function byCriterion(
  rule: BandwidthRule,
  given: Given,
  options: RunOptions,
  scoreOf: ScoreOf,
): Promise<Selection> {
  const { keys, kernel } = given;
  refuseNeighbours(rule, given);
  if (kernel.sphere || kernel.tail === "flat") {
    throw new NadarayaError(
      "unsupported",
      `bandwidth ${show(rule)} is not available for the kernel "${kernel.name}"; give a number`,
    );
  }
  const rows = given.copies ? total(given.copies) : keys.count;
  if (rows < 3) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth ${show(rule)} needs at least 3 keys, there are ${rows}`,
    );
  }
  const density = rule === "likelihood" || rule === "lscv";
  const range = searchLimits(rule, given, density ? "keys" : "values");
  const pairs = keys.count ** 2;
  const some = sampleOf(given);
  const expected = (some ? CONFIRMED : GRID) + BOTTOM * (range.length > 1 ? 3 * range.length : 1);
  let done = 0;
  const score = scoreOf(given);
  const onSample = some && scoreOf(some.given, some.rows);
  const sample = some && {
    score: async (bandwidth: readonly number[]) => {
      options.signal?.throwIfAborted();
      return onSample!(await some.given.withBandwidth(bandwidth));
    },
    // The best bandwidth falls with n^(−1/(4 + d)).
    wider: Math.log(keys.count / some.rows.length) / (4 + range.length),
  };
  const space = { limits: range, grid: GRID, sample };
  const { best, limits, candidates } = await search(space, async (bandwidth) => {
    options.signal?.throwIfAborted();
    const value = await score(await given.withBandwidth(bandwidth));
    done++;
    options.onProgress?.({ done: done * pairs, total: Math.max(expected, done) * pairs });
    return value;
  });
  if (!Number.isFinite(best.score)) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth ${show(rule)}: no bandwidth from ${range[0][0]} to ${range[0][1]} has a finite score`,
    );
  }
  const { bandwidth } = best;
  const warning = warningOf(rule, best.bandwidth, limits);
  return { rule, bandwidth, candidates, limits, warning };
}

function warningOf(rule: string, bandwidth: readonly number[], limits: readonly Limit[]): string | undefined {
  const ends = limits.flatMap((limit, j) => {
    if (!limit) return [];
    const of = limits.length > 1 ? ` for coordinate ${j}` : "";
    const why =
      limit === "widest"
        ? "the coordinate tells nothing of the values, or of their density"
        : "the score falls towards ever narrower ones, as it does where rows coincide or values have no noise";
    return [`the ${limit} that was tried${of}, ${bandwidth[j].toPrecision(3)}, is the best: ${why}`];
  });
  return ends.length > 0 ? `bandwidth "${rule}" found no minimum: ${ends.join("; ")}` : undefined;
}
