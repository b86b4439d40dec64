/**
 * How well keys are predicted from the others, and how that changes with the metric: the objective of learning, and its gradient.
 *
 *   L = Σ wᵢ (vᵢ − fᵢ)² / Σ wᵢ,   fᵢ = Σ α v / Σ α over the other keys,   α = exp(−|t|²/2),   t = A (k − q)
 *
 * Where A becomes (1 + εG) A, α changes by −α tᵀGt·ε, so with E the weighted mean over the other keys
 *
 *   ∂f/∂G_ab = −(E[t_a t_b v] − E[t_a t_b] f),   and for a diagonal A, whose entries are 1/h: ∂/∂log h_a = −∂/∂G_aa.
 *
 * All of it is moments of degree 2, from one pass over the keys.
 */
import { type Matrix, rowsOf } from "../../data/matrix.ts";
import type { Moment } from "../../problem/moments.ts";
import type { RunOptions } from "../../problem/problem.ts";
import { type KernelSpec, problemOf } from "../../weighting/kernel-spec.ts";
import { MomentSums } from "../../weighting/moment-sums.ts";

export interface LooPredictions {
  /** L, in the values' units squared, summed over the columns. */
  readonly loss: number;
  /** ∂L/∂G_ab for each of the pairs asked for; 0 where it is no more than rounding. */
  readonly gradient: Float64Array;
}

/** Σ α of all keys must be so many times a key's own weight for what is left to have digits. */
const LEAST_SHARE = 1.25;
const TOLERANCE = 1e-7;
/** Gradients below this share of the terms that cancel in them are rounding: their direction says nothing. */
const ROUNDING = 1e-6;

interface Request {
  readonly spec: KernelSpec;
  /** Centred. */
  readonly values: Matrix;
  /** (a, b) of coordinates. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly leaveOneOut: boolean;
}

/** @param batch the keys that are predicted */
export async function looPredictions(
  request: Request,
  batch: readonly number[],
  options: RunOptions,
): Promise<LooPredictions> {
  const { spec, values, pairs, leaveOneOut } = request;
  const { keys, keyWeights } = spec;
  const columns = values.dims;
  const moments = momentsOf(request);
  const gradient = new Float64Array(pairs.length);
  const terms = new Float64Array(pairs.length);
  let [loss, all] = [0, 0];
  /** Adds what one key says, by the means over the keys that predict it. */
  const add = (i: number, mean: (column: number) => number, moment: (at: number) => number) => {
    const weight = keyWeights ? keyWeights[i] : 1;
    for (let c = 0; c < columns; c++) {
      const f = mean(c);
      const error = values.data[i * columns + c] - f;
      loss += weight * error ** 2;
      for (let p = 0; p < pairs.length; p++) {
        const [ofValues, ofMean] = [moment(pairs.length * (1 + c) + p), moment(p) * f];
        gradient[p] += 2 * weight * error * (ofValues - ofMean);
        terms[p] += Math.abs(2 * weight * error) * (Math.abs(ofValues) + Math.abs(ofMean));
      }
    }
    all += weight;
  };
  const sums = new MomentSums(spec, values, moments);
  const sumsOptions = { method: "auto", tolerance: TOLERANCE, ...options } as const;
  const batchSums = await sums.at(rowsOf(keys, batch), sumsOptions).finally(() => sums.dispose());
  const drowned: number[] = [];
  for (const [q, i] of batch.entries()) {
    const keyMoments = batchSums.moments.subarray(q * moments.length, (q + 1) * moments.length);
    const weight = keyWeights ? keyWeights[i] : 1;
    const total = Math.exp(batchSums.logSums[q]);
    if (leaveOneOut && !(total >= LEAST_SHARE * weight)) {
      drowned.push(i);
      continue;
    }
    // What the other keys' part is of the sums: a key's own moments of differences are 0.
    const share = leaveOneOut ? total / (total - weight) : 1;
    const mean = (c: number) => keyMoments[c] + (keyMoments[c] - values.data[i * columns + c]) * (share - 1);
    add(i, mean, (at) => share * keyMoments[columns + at]);
  }
  if (drowned.length > 0) await addExactly(request, drowned, options, add);
  return {
    loss: loss / all,
    gradient: gradient.map((g, p) => (Math.abs(g) < ROUNDING * terms[p] ? 0 : g / all)),
  };
}

/** The means of the values, the moments of the pairs, and those moments of every column. */
function momentsOf({ spec, values, pairs }: Request): Moment[] {
  const powersOf = (...coordinates: number[]) =>
    Array.from({ length: spec.keys.dims }, (_, j) => coordinates.filter((c) => c === j).length);
  const columns = Array.from({ length: values.dims }, (_, column) => column);
  const ofPairs = (column: number | undefined) => pairs.map(([a, b]) => ({ column, powers: powersOf(a, b) }));
  return [
    ...columns.map((column) => ({ column, powers: powersOf() })),
    ...ofPairs(undefined),
    ...columns.flatMap(ofPairs),
  ];
}

/** In float64, over the other keys alone, however far they are. */
async function addExactly(
  { spec, values, pairs }: Request,
  indices: readonly number[],
  options: RunOptions,
  add: (key: number, mean: (column: number) => number, moment: (at: number) => number) => void,
): Promise<void> {
  const { keys, bandwidth, engine } = spec;
  const { dims } = keys;
  const columns = values.dims;
  const problem = await engine.load(problemOf(spec, values));
  const means = new Float64Array(columns);
  const moments = new Float64Array(pairs.length * (1 + columns));
  const alone = { ...options, tolerance: 1e-12, indices, withoutSelf: true };
  const each = problem.eachQuery(keys, alone, (i, { keys: others, weights, count }) => {
    means.fill(0);
    moments.fill(0);
    let total = 0;
    for (let k = 0; k < count; k++) {
      const [other, weight] = [others[k], weights[k]];
      total += weight;
      for (let c = 0; c < columns; c++) means[c] += weight * values.data[other * columns + c];
      for (const [p, [a, b]] of pairs.entries()) {
        const t = (j: number) => (keys.data[other * dims + j] - keys.data[i * dims + j]) / bandwidth[j];
        const moment = weight * t(a) * t(b);
        moments[p] += moment;
        for (let c = 0; c < columns; c++)
          moments[pairs.length * (1 + c) + p] += moment * values.data[other * columns + c];
      }
    }
    add(
      i,
      (c) => means[c] / total,
      (at) => moments[at] / total,
    );
  });
  await each.finally(() => problem.dispose());
}
