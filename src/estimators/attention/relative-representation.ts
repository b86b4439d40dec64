/**
 * Relative representations (Moschella et al. 2023): a point is told by its similarities to anchors. Where anchors come in pairs, one
 * in each of two modalities, such descriptions can be compared across them, with nothing trained (ASIF, Norelli et al. 2023).
 */

import { NadarayaError, show } from "../../common/errors.ts";
import { checkInput, checkOptions, isBetween, isWhole } from "../../common/options.ts";
import { type Matrix, type Points, readPoints } from "../../data/matrix.ts";
import type { Engine } from "../../engine/engine.ts";
import { defineKernel } from "../../kernels/define.ts";
import type { RunOptions } from "../../problem/problem.ts";
import { KernelRegression } from "../regression/regression.ts";

/** Anchors, and the items to represent by their similarity to these. */
export interface RelativeInput {
  /** n × d, of any length: similarities are cosines. */
  readonly anchors: Points;
  /** m × d. */
  readonly points: Points;
  /** Anchors that are kept for each point, the most similar ones. */
  readonly count: number;
  /** What cosines are raised to, from 1 on; those below 0 count as 0. 1 by default. */
  readonly power?: number;
}

/** m sparse vectors over the anchors, each of length 1. */
export interface RelativeRepresentation {
  /** m × count: indices of anchors; −1 where fewer are similar. */
  readonly anchors: Int32Array;
  /** m × count. */
  readonly weights: Float64Array;
  readonly count: number;
}

/** The kernel max(0, cos)^p of unit vectors, whose cosine is 1 − u²/2. */
const cosinePower = (power: number) =>
  defineKernel({
    name: `cosine to the power ${power}`,
    argument: "squared",
    alpha: (u) => Math.max(0, 1 - (u * u) / 2) ** power,
    wgsl: `pow(max(V(0.0), 1.0 - 0.5 * x), V(${power.toFixed(6)}))`,
  });

/** @throws NadarayaError "invalid-input" */
export async function relativeRepresentation(
  input: RelativeInput,
  options: RunOptions & { readonly engine?: Engine } = {},
): Promise<RelativeRepresentation> {
  checkInput(input, ["anchors", "points", "count", "power"], "relativeRepresentation");
  checkOptions(options, ["engine", "signal", "onProgress"], "relativeRepresentation");
  const { anchors, points, count, power = 1 } = input;
  if (!isBetween(power, 1, Number.MAX_VALUE))
    throw new NadarayaError("invalid-input", `power is ${show(power)}, expected a number from 1 on`);
  const { signal } = options;
  const kernel = cosinePower(power);
  const keys = unit(readPoints(anchors, "anchors"), "anchors");
  const normalisedPoints = unit(readPoints(points, "points"), "points");
  const values = new Float64Array(keys.count); // none are asked for
  const model = await KernelRegression.fit({ keys, values, kernel, bandwidth: 1 }, options);
  const top = await model.topWeights(normalisedPoints, count, { signal }).finally(() => model.dispose());
  const { weights } = top;
  const kept = Math.min(count, model.size);
  for (let at = 0; at < weights.length; at += kept) {
    const row = weights.subarray(at, at + kept);
    const norm = Math.hypot(...row) || 1;
    for (let i = 0; i < kept; i++) row[i] /= norm;
  }
  return { anchors: top.keys, weights, count: kept };
}

/** The cosine of every two, rows of `a` by rows of `b`: over anchors that are pairs, also across modalities. */
export function relativeSimilarity(a: RelativeRepresentation, b: RelativeRepresentation): Float64Array {
  for (const [name, each] of Object.entries({ a, b }))
    if (!isRepresentation(each))
      throw new NadarayaError(
        "invalid-input",
        `${name} is ${show(each)}, expected what relativeRepresentation returned`,
      );
  const [rows, columns] = [a.anchors.length / a.count, b.anchors.length / b.count];
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const similarities = new Map<number, number>();
    for (let k = i * a.count; k < (i + 1) * a.count; k++) similarities.set(a.anchors[k], a.weights[k]);
    similarities.delete(-1);
    for (let j = 0; j < columns; j++)
      for (let k = j * b.count; k < (j + 1) * b.count; k++)
        result[i * columns + j] += (similarities.get(b.anchors[k]) ?? 0) * b.weights[k];
  }
  return result;
}

function isRepresentation(given: unknown): given is RelativeRepresentation {
  const { anchors, weights, count } = (given ?? {}) as Partial<RelativeRepresentation>;
  return (
    anchors instanceof Int32Array &&
    weights instanceof Float64Array &&
    weights.length === anchors.length &&
    isWhole(count, 1) &&
    anchors.length % count === 0
  );
}

/** Rows over their lengths. @throws NadarayaError "invalid-input" for a row of zeros. */
function unit({ data, dims, count }: Matrix, name: string): Matrix {
  const result = data.slice();
  for (let i = 0; i < count; i++) {
    const row = result.subarray(i * dims, (i + 1) * dims);
    const length = Math.hypot(...row);
    if (length === 0)
      throw new NadarayaError("invalid-input", `${name}[${i}] has length 0, expected a direction`);
    for (let j = 0; j < dims; j++) row[j] /= length;
  }
  return { data: result, dims, count };
}
