/** Predictions of each key by all others except its neighbours in order (Chu and Marron 1991), in one coordinate and float64. */

import type { Smoother } from "../../bandwidth/smoother.ts";
import { NadarayaError, show } from "../../common/errors.ts";
import { isWhole } from "../../common/options.ts";
import { createYielder } from "../../common/yield.ts";
import type { Matrix } from "../../data/matrix.ts";
import type { KernelSpec, SelectionRequest } from "../../weighting/kernel-spec.ts";
import { minimumNormFit } from "../local-polynomial/minimum-norm.ts";
import type { Degree } from "./snapshot.ts";

/** Most keys: each score weighs all pairs on one thread. */
const MOST_KEYS = 2 ** 13;

/** @throws NadarayaError "invalid-input" or "unsupported" */
export function checkGap(
  gap: number,
  rule: string,
  { keys, adaptive, categories, copies }: SelectionRequest,
): void {
  const most = Math.floor((keys.count - 3) / 2);
  if (!isWhole(gap, 1, most))
    throw new NadarayaError(
      "invalid-input",
      `gap is ${show(gap)}, expected a whole number from 1 to ${most}, of ${keys.count} keys`,
    );
  const other = Object.entries({
    [`bandwidth ${show(rule)}`]: rule !== "loo",
    [`${keys.dims} coordinates`]: keys.dims > 1,
    "adaptive bandwidths": adaptive,
    coordinates: categories !== undefined,
    'weightType "frequency"': copies !== undefined,
    [`more than ${MOST_KEYS} keys`]: keys.count > MOST_KEYS,
  }).find(([, isThere]) => isThere);
  if (other)
    throw new NadarayaError(
      "unsupported",
      `gap is for bandwidth "loo" and keys of one coordinate, and not available with ${other[0]}`,
    );
}

/** A smoother that leaves out each key's neighbours with it. */
export function withGap(smoother: Smoother, degree: Degree, gap: number): Smoother {
  return {
    ...smoother,
    gap,
    async leaveOneOut(spec, values, { signal }) {
      const { data } = spec.keys;
      const order = Uint32Array.from(data.keys()).sort((a, b) => data[a] - data[b] || a - b);
      const meanWithout = await predictedWithGap(spec, values, degree, order, gap, signal);
      const none = new Float64Array(0); // "loo" reads predictions alone
      return { mean: none, leverage: none, meanWithout };
    },
  };
}

/** One row a key, NaN if no key is in reach, by all keys except its own and the `gap` before and after it in `order`. */
async function predictedWithGap(
  { keys, kernel, bandwidth, keyWeights }: KernelSpec,
  values: Matrix,
  degree: Degree,
  order: Uint32Array,
  gap: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const { count } = keys;
  const [h] = bandwidth;
  const columns = values.dims;
  const basis = Array.from({ length: degree + 1 }, (_, power) => [power]);
  const fit = degree > 0 ? minimumNormFit(basis, keys, values, bandwidth) : undefined;
  const coefficients = new Float64Array(columns * basis.length);
  const result = new Float64Array(count * columns);
  const found = { keys: new Uint32Array(count), weights: new Float64Array(count), count: 0, scale: 0 };
  const logs = new Float64Array(count);
  const logWeights = keyWeights?.map(Math.log);
  const pause = createYielder({ signal });
  for (let place = 0; place < count; place++) {
    await pause();
    const own = order[place];
    let largest = -Infinity;
    for (let other = 0; other < count; other++) {
      const key = order[other];
      const isLeftOut = Math.abs(other - place) <= gap;
      const distance = Math.abs(keys.data[own] - keys.data[key]) / h;
      logs[key] = isLeftOut ? -Infinity : kernel.logAlpha(distance) + (logWeights?.[key] ?? 0);
      largest = Math.max(largest, logs[key]);
    }
    found.count = 0;
    for (let key = 0; key < count; key++) {
      const weight = Math.exp(logs[key] - largest);
      if (!(weight > NEGLIGIBLE)) continue;
      found.keys[found.count] = key;
      found.weights[found.count++] = weight;
    }
    const row = result.subarray(own * columns, (own + 1) * columns);
    if (largest === -Infinity) row.fill(NaN);
    else if (fit) {
      fit.solve(keys.data.subarray(own, own + 1), found, coefficients, new Float64Array(basis.length));
      for (let c = 0; c < columns; c++) row[c] = coefficients[c * basis.length];
    } else meanOf(values, found, row);
  }
  return result;
}

/** Weights below this share of the largest change no digit that a score has. */
const NEGLIGIBLE = 1e-14;

function meanOf(
  { data, dims }: Matrix,
  {
    keys,
    weights,
    count,
  }: { readonly keys: Uint32Array; readonly weights: Float64Array; readonly count: number },
  row: Float64Array,
): void {
  let all = 0;
  for (let i = 0; i < count; i++) {
    all += weights[i];
    for (let c = 0; c < dims; c++) row[c] += weights[i] * data[keys[i] * dims + c];
  }
  for (let c = 0; c < dims; c++) row[c] /= all;
}
