/**
 * Relative representations (Moschella et al. 2023): a point is told by its similarities to anchors. Where anchors come in pairs, one
 * in each of two modalities, such descriptions can be compared across them, with nothing trained (ASIF, Norelli et al. 2023).
 */

import { NadarayaError, show } from "../../common/errors.ts";
import { checkInput, checkOptions, isBetween, isWhole } from "../../common/options.ts";
import { isOnGpu, type Points, readPoints } from "../../data/matrix.ts";
import { type Engine, engineOf } from "../../engine/engine.ts";
import type { RunOptions } from "../../problem/problem.ts";

/** Similarities need no squares of coordinates, and no shader's limits. */
const ANY_SIZE = { most: Infinity, largest: Number.MAX_VALUE };

/** Anchors, and the items to represent by their similarity to these. */
export interface RelativeInput {
  /** n × d, with any number of coordinates and of any length: similarities are cosines. */
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
  /**
   * m × count: indices of anchors, the most similar first; of those that are equally similar up to rounding, such as anchors in one direction,
   * the first. −1 if fewer have a cosine above 0.
   */
  readonly anchors: Int32Array;
  /** m × count. */
  readonly weights: Float64Array;
  readonly count: number;
}

/**
 * Computes every pair on this thread in float64, whatever the engine, which only reads buffers of its device.
 * @throws NadarayaError "invalid-input"
 */
export async function relativeRepresentation(
  input: RelativeInput,
  options: RunOptions & { readonly engine?: Engine } = {},
): Promise<RelativeRepresentation> {
  checkInput(input, ["anchors", "points", "count", "power"], "relativeRepresentation");
  checkOptions(options, ["engine", "signal", "onProgress"], "relativeRepresentation");
  const { count, power = 1 } = input;
  if (!isBetween(power, 1, Number.MAX_VALUE))
    throw new NadarayaError("invalid-input", `power is ${show(power)}, expected a number from 1 on`);
  if (!isWhole(count, 1))
    throw new NadarayaError("invalid-input", `count is ${show(count)}, expected a whole number from 1 on`);
  const read = (name: "anchors" | "points", points: Points = input[name]) =>
    isOnGpu(points) ? undefined : readPoints(points, name, { ...ANY_SIZE, canBeEmpty: name === "points" });
  const [ownAnchors, ownPoints] = [read("anchors"), read("points")];
  if (options.engine) engineOf(options);
  const fetched = async (name: "anchors" | "points") =>
    read(name, await (await engineOf(options)).fetch(input[name], name))!;
  const anchors = ownAnchors ?? (await fetched("anchors"));
  const points = ownPoints ?? (await fetched("points"));
  if (points.count > 0 && points.dims !== anchors.dims)
    throw new NadarayaError(
      "invalid-input",
      `points have ${points.dims} coordinates, expected ${anchors.dims} as the anchors have`,
    );
  const { directionsOf, similarAnchors } = await import("./similar-anchors.ts");
  const kept = Math.min(count, anchors.count);
  const [a, p] = [directionsOf(anchors, "anchors"), directionsOf(points, "points")];
  return { ...(await similarAnchors(a, p, kept, power, options)), count: kept };
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
