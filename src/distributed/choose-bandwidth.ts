/** Bandwidths by a sample of all shards' rows: rules of thumb, and leaving one out, each row of the sample predicted by all rows but itself. */

import { thumb, warningOf } from "../bandwidth/by-criterion.ts";
import { looError, meansOfOthers } from "../bandwidth/criteria.ts";
import { SHARD_RULES } from "../bandwidth/rule-names.ts";
import { columnOf, deviation, isRuleOfThumb, powerOfTwo } from "../bandwidth/rules.ts";
import { type Candidate, LOG_RESOLUTION, SQUARES_RESOLUTION, search } from "../bandwidth/search.ts";
import { searchLimits } from "../bandwidth/search-limits.ts";
import { localMean } from "../bandwidth/smoother.ts";
import { NadarayaError } from "../common/errors.ts";
import { type Matrix, noColumns, rowsOf } from "../data/matrix.ts";
import { Engine } from "../index.ts";
import { resolveKernel } from "../kernels/define.ts";
import { densitiesOfSums, meansOfSums } from "../partials/finish.ts";
import { fingerprintOf } from "../partials/hash.ts";
import { logMassOf, type SelectionRequest, withProblem } from "../weighting/kernel-spec.ts";
import type { JobContext } from "./job-context.ts";
import { encodeNumbers } from "./numbers.ts";
import type { RunnerOptions } from "./runner.ts";
import { type Summary, sampledRow } from "./summary.ts";

/** How a bandwidth was chosen. */
export interface Choice {
  readonly rule: string;
  /** One number a coordinate. */
  readonly bandwidth: readonly number[];
  /** Rows of the sample, and of all shards. */
  readonly sampled: number;
  readonly rows: number;
  /** Every bandwidth that was tried on all rows, with its score; none for rules of thumb. */
  readonly candidates: readonly Candidate[];
  /** Where the search ended at a limit, in words. */
  readonly warning?: string;
}

/** Whether it is a rule by which shards have a bandwidth. */
export const isRule = (name: string, isRegression: boolean): boolean =>
  (SHARD_RULES[isRegression ? "regression" : "density"] as readonly string[]).includes(name);

/** Bandwidths tried over the whole range before the best is refined, on the sample. */
const GRID = 24;
/** Rows on which the valley of the scores is sought, before all rows confirm it. */
const LOCAL = 2 ** 13;
/** What a search takes, for its progress. */
const EXPECTED = 12;

/** @throws NadarayaError "invalid-bandwidth" for rows without spread, or fewer than 3 */
export async function chooseBandwidth(
  rule: string,
  summaries: readonly Summary[],
  context: JobContext,
  onProgress: RunnerOptions["onProgress"],
): Promise<Choice> {
  const sample = joinedSample(summaries);
  const { keys, values, weights, rows } = sample;
  const engine = await Engine.create({ backend: "cpu" });
  try {
    const given = requestOf(sample, context, engine);
    const d = keys.dims;
    // The best bandwidth falls with n^(−1/(4 + d)).
    const narrower = (sampled: number) => (sampled / rows) ** (1 / (4 + d));
    const found = { rule, sampled: keys.count, rows };
    if (isRuleOfThumb(rule))
      return { ...found, bandwidth: thumb(rule, given).map((h) => h * narrower(keys.count)), candidates: [] };
    if (keys.count < 3)
      throw new NadarayaError(
        "invalid-bandwidth",
        `bandwidth "${rule}" needs at least 3 rows, there are ${keys.count}`,
      );
    const limits = searchLimits(rule, given, values.dims > 0 ? "values" : "keys").map(
      ([least, most, together]) =>
        [least * narrower(keys.count), most, together! * narrower(keys.count)] as const,
    );
    const scales = scalesOf(values);
    if (values.dims > 0 && scales.every((scale) => scale === 0))
      return { ...found, bandwidth: limits.map(([, most]) => most), candidates: [] };
    const scaled = dividedBy(values, scales);
    const few = everyNth(keys.count, LOCAL);
    const some = { keys: rowsOf(keys, few), values: rowsOf(scaled, few) };
    const local = { ...given, keys: some.keys, keyWeights: undefined, sampling: undefined };
    const asked = { method: "auto", tolerance: 1e-6, signal: context.signal } as const;
    const onSample = async (bandwidth: readonly number[]) => {
      context.signal?.throwIfAborted();
      const spec = { ...local, bandwidth };
      if (values.dims > 0) {
        const { meanWithout } = await localMean.leaveOneOut(spec, some.values, asked);
        return looError(some.values, meanWithout, undefined, meansOfOthers(some.values));
      }
      const { logSumWithout } = await withProblem(spec, noColumns(spec.keys), (problem) =>
        problem.leaveOneOut(asked),
      );
      return logMassOf(spec) - mean(logSumWithout);
    };
    const queries = await context.put(`queries/sample-${keys.count}`, encodeNumbers(keys.data));
    let round = 0;
    const onAll = async (bandwidth: readonly number[]) => {
      round++;
      const name = `leave-one-out/${await fingerprintOf([bandwidth, keys.count])}`;
      const asked = await context.ask(name, keys.data, bandwidth, queries);
      let first = 0;
      const tree = context.mergeTree(name, (i) => {
        const { count } = summaries[i].sample.keys;
        first += count;
        return { kind: "leave-one-out", ...asked(i), count, first: first - count };
      });
      await context.run([tree], undefined);
      onProgress?.(round, Math.max(EXPECTED, round));
      const sums = await context.sums(tree.task.name, keys.data, { bandwidth });
      if (values.dims > 0)
        return looError(
          scaled,
          dividedBy({ ...values, data: meansOfSums(sums).mean }, scales).data,
          weights,
          meansOfOthers(scaled, { weights, repeated: false }),
        );
      const all = sums.shards.reduce((sum, { weight }) => sum + weight, 0);
      const { logDensity } = densitiesOfSums(sums);
      const total = weights.reduce((sum, w) => sum + w, 0);
      return logDensity.reduce(
        (sum, log, i) => sum - (weights[i] / total) * (log + Math.log(all / (all - 1))),
        0,
      );
    };
    const wider = -Math.log(narrower(few.length));
    const isRegression = values.dims > 0;
    const resolution = isRegression ? SQUARES_RESOLUTION : LOG_RESOLUTION;
    const space = { limits, grid: GRID, resolution, sample: { score: onSample, wider } };
    const { best, limits: ends, candidates: tried } = await search(space, onAll);
    if (!Number.isFinite(best.score))
      throw new NadarayaError("invalid-bandwidth", `bandwidth "${rule}": no bandwidth has a finite score`);
    // The scores of one column are in its units.
    const unit = values.dims === 1 ? scales[0] ** 2 : 1;
    const candidates = tried.map((each) => ({ ...each, score: each.score * unit }));
    return {
      ...found,
      bandwidth: best.bandwidth,
      candidates,
      warning: warningOf(rule, best.bandwidth, ends),
    };
  } finally {
    engine.dispose();
  }
}

interface JoinedSample {
  readonly keys: Matrix;
  readonly values: Matrix;
  /** Of how many rows each stands for, by its sample weight. */
  readonly weights: Float64Array;
  readonly isWeighted: boolean;
  readonly rows: number;
}

/** The samples of all shards, one after the other. */
function joinedSample(summaries: readonly Summary[]): JoinedSample {
  const join = (matrices: readonly Matrix[]): Matrix => {
    const [{ dims }] = matrices;
    const data = new Float64Array(matrices.reduce((sum, each) => sum + each.data.length, 0));
    let at = 0;
    for (const each of matrices) {
      data.set(each.data, at);
      at += each.data.length;
    }
    return { data, dims, count: matrices.reduce((sum, { count }) => sum + count, 0) };
  };
  const weights = join(
    summaries.map(({ rows, sample }) => {
      const data = sample.weights.map((w) => (w * rows) / sample.keys.count);
      return { data, dims: 1, count: data.length };
    }),
  ).data;
  return {
    keys: join(summaries.map(({ sample }) => sample.keys)),
    values: join(summaries.map(({ sample }) => sample.values)),
    weights,
    isWeighted: weights.some((w) => w !== weights[0]),
    rows: summaries.reduce((sum, { rows }) => sum + rows, 0),
  };
}

function requestOf(
  { keys, weights, isWeighted }: JoinedSample,
  { settings }: JobContext,
  engine: Engine,
): SelectionRequest {
  const { kernel = "gaussian", shape = "radial" } = settings;
  const sampling = isWeighted ? { weights, repeated: false } : undefined;
  const spec = {
    keys,
    kernel: resolveKernel(kernel),
    shape,
    engine,
    sampling,
    keyWeights: sampling?.weights,
  };
  return { ...spec, adaptive: false, withBandwidth: async (bandwidth) => ({ ...spec, bandwidth }) };
}

/** The standard deviations of columns, so that their units do not matter; of one the next power of two, which changes no digit. */
function scalesOf(values: Matrix): number[] {
  const deviations = Array.from({ length: values.dims }, (_, c) => deviation(columnOf(values, c)));
  return values.dims === 1 ? deviations.map(powerOfTwo) : deviations;
}

const dividedBy = (matrix: Matrix, scales: readonly number[]): Matrix => ({
  ...matrix,
  data: matrix.data.map((x, i) => x / (scales[i % matrix.dims] || 1)),
});

/** Indices of so many of all, evenly spaced. */
const everyNth = (count: number, most: number): number[] =>
  Array.from({ length: Math.min(count, most) }, (_, i) => sampledRow(i, Math.min(count, most), count));

const mean = (numbers: Float64Array) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
