/**
 * Posteriors of rows by a classifier that was fitted without them. Its priors are given, so the density of the row's own class is divided by what
 * is left of the class, and not by all of it.
 */
import { columnMeans, MAX_COLUMNS, type Matrix, rowsOf } from "../data/matrix.ts";
import type { SumsOptions } from "../problem/problem.ts";
import { sharesOf } from "../weighting/class-shares.ts";
import { type KernelSpec, type Sampling, specOfRows } from "../weighting/kernel-spec.ts";
import type { RowSample } from "./row-sample.ts";
import { localMean } from "./smoother.ts";

/** Errors of posteriors grow with the ratio of a class to what is left of it; beyond this the posterior is computed anew. */
const LARGEST_RATIO = 16;

/** The keys' weights by which means of one-hot columns are posteriors, and the posteriors without each row. */
export interface PriorsWithoutRow {
  keyWeights(spec: KernelSpec): Float64Array;
  /**
   * Changes the class of each row from one with all its mass to one without the row.
   * @param posteriors rows × up to 16 classes each: by all other rows, which weigh as `weighed` says
   * @param groups one-hot columns of these classes
   */
  correct(
    posteriors: readonly Float64Array[],
    weighed: KernelSpec,
    groups: readonly Matrix[],
    options: SumsOptions,
  ): Promise<void>;
}

/**
 * For some of the rows, or all of them. Close rows are a neighbourhood, in which classes have densities by their masses in all rows; a random sample's
 * own masses count, as it may have two rows of a rare class.
 */
export function priorsWithoutRow(
  {
    codes,
    shares,
    priors,
  }: { readonly codes: Uint32Array; readonly shares: Float64Array; readonly priors: Float64Array },
  sampling?: Sampling,
): (sample?: RowSample) => PriorsWithoutRow {
  const factors = priors.map((prior, c) => prior / shares[c]);
  const ratios = ratiosWithoutRow(codes, sampling);
  return (sample) => {
    if (sample?.isRandom) {
      const { rows, given } = sample;
      const own = Uint32Array.from(rows, (row) => codes[row]);
      const inSample = sharesOf(own, priors.length, given.sampling?.weights);
      return priorsWithoutRow({ codes: own, shares: inSample, priors }, given.sampling)();
    }
    const rowOf = (i: number) => (sample ? sample.rows[i] : i);
    return {
      keyWeights: ({ keys, keyWeights }) =>
        Float64Array.from({ length: keys.count }, (_, i) => {
          const factor = factors[codes[rowOf(i)]];
          return keyWeights ? factor * keyWeights[i] : factor;
        }),
      correct: async (posteriors, weighed, groups, options) => {
        for (let i = 0; i < weighed.keys.count; i++) {
          const [code, ratio] = [codes[rowOf(i)], ratios[rowOf(i)]];
          if (ratio > LARGEST_RATIO) {
            const weights = weighed.keyWeights!.map((w, k) => (codes[rowOf(k)] === code ? w * ratio : w));
            await computeAnew(i, posteriors, { ...weighed, keyWeights: weights }, groups, options);
            continue;
          }
          const group = Math.floor(code / MAX_COLUMNS);
          const place = i * groups[group].dims + (code % MAX_COLUMNS);
          // Bayes, where one density of several is `ratio` times as large.
          const all = 1 + (ratio - 1) * posteriors[group][place];
          for (const [g, { dims }] of groups.entries())
            for (let c = i * dims; c < (i + 1) * dims; c++) posteriors[g][c] /= all;
          posteriors[group][place] *= ratio;
        }
      },
    };
  };
}

/** For each row its class's mass over what is left of it without the row, or without one of the copies that it stands for; 1 if nothing is left. */
function ratiosWithoutRow(codes: Uint32Array, sampling?: Sampling): Float64Array {
  const weightOf = (i: number) => (sampling ? sampling.weights[i] : 1);
  const others = new Float64Array(codes.length);
  // Sums of rows before and after: all less a heavy row would have no digits of the others.
  const before = new Map<number, number>();
  const after = new Map<number, number>();
  const addTo = (sums: Map<number, number>, i: number) => {
    const sum = sums.get(codes[i]) ?? 0;
    others[i] += sum;
    sums.set(codes[i], sum + weightOf(i));
  };
  for (let i = 0; i < codes.length; i++) addTo(before, i);
  for (let i = codes.length - 1; i >= 0; i--) addTo(after, i);
  return others.map((rest, i) => {
    const left = sampling?.repeated ? rest + weightOf(i) - 1 : rest;
    return left > 0 ? (rest + weightOf(i)) / left : 1;
  });
}

/** The posteriors of one row by all others. */
async function computeAnew(
  row: number,
  posteriors: readonly Float64Array[],
  weighed: KernelSpec,
  groups: readonly Matrix[],
  options: SumsOptions,
): Promise<void> {
  const others = Uint32Array.from({ length: weighed.keys.count - 1 }, (_, k) => (k < row ? k : k + 1));
  const spec = specOfRows(weighed, others);
  const query = rowsOf(weighed.keys, [row]);
  for (const [g, group] of groups.entries()) {
    const values = rowsOf(group, others);
    const mean = await localMean.at(spec, values, query, options);
    posteriors[g].set(Number.isNaN(mean[0]) ? columnMeans(values, spec.keyWeights) : mean, row * group.dims);
  }
}
