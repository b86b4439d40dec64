/** Searches for the bandwidths with the least score of a criterion, and reports where the search ended at its limits. */
import { NadarayaError, show } from "../common/errors.ts";
import { total } from "../data/matrix.ts";
import type { RunOptions } from "../problem/problem.ts";
import type { KernelSpec } from "../weighting/kernel-spec.ts";
import { closeRowsOf, hasCloseRows, type RowSample, sampleOf } from "./row-sample.ts";
import { bandwidthByRule, effectiveNumber, type RuleOfThumb } from "./rules.ts";
import { type Limit, search } from "./search.ts";
import { ofContinuous, searchLimits } from "./search-limits.ts";
import type { CloseRows } from "./search-space.ts";
import { type BandwidthRule, type BandwidthSelection, type Given, refuseNeighbours } from "./selection.ts";

/** Bandwidths tried over the whole range before the best is refined: fewest, and most while they weigh no more than a number of pairs. */
const GRID = 24;
const FINEST_GRID = 72;
const GRID_PAIRS = 4e6;
/** Around how many of the lowest points the grid of two coordinates is finer: fewest, as 2 took 1.6 times as long as none with 1,000 keys, and most while they weigh no more than a number of pairs. */
const REFINED = 1;
const MOST_REFINED = 16;
const REFINED_PAIRS = 1e6;
/** The logarithm of how much wider than the narrowest a bandwidth is that many rows resolve: of about the distance of neighbouring keys. */
const GAP = 2;
const COMPACT_GAP = 1;
/** Those of all rows where a sample has shown the valley; and of the bottom, as a rule. */
const CONFIRMED = 4;
const BOTTOM = 8;

export const byThumb = (rule: RuleOfThumb, given: Given): BandwidthSelection => ({
  rule,
  bandwidth: thumb(rule, given),
  candidates: [],
});

export const thumb = (rule: RuleOfThumb, given: Given): number[] =>
  ofContinuous(given, (keys) => bandwidthByRule(rule, keys, given.sampling)).map(
    (width, j) => width ?? given.categories!.thumb(j, effectiveNumber(given.keys.count, given.sampling))!,
  );

/** The score of a bandwidth for all rows, or for some of them. */
export type ScoreOf = (given: Given, sample?: RowSample) => (spec: KernelSpec) => Promise<number>;

export interface Scale {
  /** Scores that differ by no more are equal; 0 by default. */
  readonly resolution?: number;
  /** A score in the units of the data. */
  readonly inUnits?: (score: number) => number;
}

export async function byCriterion(
  rule: BandwidthRule,
  given: Given,
  options: RunOptions,
  scoreOf: ScoreOf,
  { resolution, inUnits }: Scale = {},
): Promise<BandwidthSelection> {
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
  const onRows = (sample: RowSample) => {
    const { given: part } = sample;
    const scoreOfRows = scoreOf(part, sample);
    return async (bandwidth: readonly number[]) => {
      options.signal?.throwIfAborted();
      return scoreOfRows(await part.withBandwidth(bandwidth));
    };
  };
  const places = range.map((_, j) => given.categories?.place(j) ?? j);
  const continuous = given.categories?.continuous ?? places;
  const sample = some && {
    score: onRows(some),
    // The best bandwidth falls with n^(−1/(4 + d)).
    wider: Math.log(keys.count / some.rows.length) / (4 + range.length),
  };
  const closeOf = (): CloseRows => {
    const times = Math.log(keys.count / (some?.rows.length ?? keys.count));
    const gap = kernel.tail === "compact" ? COMPACT_GAP : GAP;
    const lines: { coordinate?: number }[] = continuous.map((coordinate) => ({ coordinate }));
    return {
      until: { alone: gap + times, together: gap + times / continuous.length },
      lines: (continuous.length > 1 ? [{}, ...lines] : lines).map(({ coordinate }) => {
        const rows = closeRowsOf(given, coordinate === undefined ? undefined : places[coordinate]);
        const score = onRows(rows);
        const denser = keys.count / rows.rows.length;
        const inAll = (own: number) =>
          rule === "likelihood" ? own + Math.log(denser) : rule === "lscv" ? own / denser : own;
        return { coordinate, score: async (bandwidth) => inAll(await score(bandwidth)) };
      }),
    };
  };
  const close = hasCloseRows(given) && continuous.length > 0 ? closeOf() : undefined;
  const shares = given.categories && range.map((_, j) => given.categories!.limits(j) !== undefined);
  const grid = Math.min(Math.max(GRID, Math.floor(GRID_PAIRS / pairs)), FINEST_GRID);
  const refined = Math.min(Math.max(REFINED, Math.floor(REFINED_PAIRS / pairs)), MOST_REFINED);
  const space = { limits: range, grid, refined, shares, resolution, sample, close, isBounded: !density };
  const {
    best,
    limits,
    candidates: tried,
  } = await search(space, async (bandwidth) => {
    options.signal?.throwIfAborted();
    const value = await score(await given.withBandwidth(bandwidth));
    done++;
    options.onProgress?.({ done: done * pairs, total: Math.max(expected, done) * pairs });
    return value;
  });
  if (best.score === Infinity) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth ${show(rule)}: no bandwidth from ${range[0][0]} to ${range[0][1]} has a finite score`,
    );
  }
  const { bandwidth } = best;
  const candidates = inUnits ? tried.map((each) => ({ ...each, score: inUnits(each.score) })) : tried;
  const warning = warningOf(rule, bandwidth, limits);
  return { rule, bandwidth, candidates, limits, warning };
}

/** Where the search ended: no more is certain of the reason. */
export function warningOf(
  rule: string,
  bandwidth: readonly number[],
  limits: readonly Limit[],
  what: "keys" | "values" = "keys",
): string | undefined {
  const ends = limits.flatMap((limit, j) => {
    if (!limit) return [];
    const of = limits.length > 1 ? ` for coordinate ${j}` : "";
    const reason = limit === "widest" ? `all ${what} count alike there` : "narrower ones may score less";
    return [`the ${limit} that was tried${of}, ${bandwidth[j].toPrecision(3)}, scores least (${reason})`];
  });
  return ends.length > 0 ? `bandwidth "${rule}" found no minimum: ${ends.join("; ")}` : undefined;
}
