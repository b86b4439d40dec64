/** Gradient descent of the leave-one-out error over the logarithms of bandwidths, or over a metric's generator. */
import type { LooPredictions } from "./leave-one-out.ts";
import { moved, type Pairs, singularWidths } from "./linear-map.ts";
import { type OptimizerName, optimizers } from "./optimizer.ts";

export interface Descent {
  readonly start: Float64Array;
  readonly dims: number;
  /** The generator's entries that move, and of these the ones that have a gradient. */
  readonly pairs: Pairs;
  readonly isFree: readonly boolean[];
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly steps: number;
  readonly signal?: AbortSignal;
  /** The error of a batch that is drawn for each step, and its gradient. */
  readonly predict: (map: Float64Array) => Promise<LooPredictions>;
  /** Whether a map is one of bandwidths that a fit takes. */
  readonly isUsable: (map: Float64Array) => boolean;
  /** @param isLast also if the descent has failed */
  readonly onStep: (
    step: number,
    map: Float64Array,
    predictions: LooPredictions,
    isLast: boolean,
  ) => void | Promise<void>;
}

/** How many times as wide or as narrow as at the start bandwidths may become. */
const FURTHEST = 1e100;

/** Returns where it ends, and why before the last step. */
export async function descend(
  descent: Descent,
): Promise<{ readonly map: Float64Array; readonly failure?: string }> {
  const { dims, pairs, isFree, steps, learningRate, signal } = descent;
  const takeStep = optimizers[descent.optimizer]();
  let map = descent.start;
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    const predictions = await descent.predict(map);
    const { loss, gradient } = predictions;
    if (!Number.isFinite(loss) || !gradient.every(Number.isFinite))
      return { map, failure: "an error or its gradient was no number" };
    const rate = (learningRate / 2) * (1 + Math.cos((Math.PI * step) / steps));
    const moves = takeStep(
      gradient.map((g, p) => (isFree[p] ? g : 0)),
      rate,
    );
    const next = moved(map, dims, pairs, moves);
    const isInRange =
      singularWidths(next, dims).every((width) => width >= 1 / FURTHEST && width <= FURTHEST) &&
      descent.isUsable(next);
    await descent.onStep(step, map, predictions, step === steps - 1 || !isInRange);
    if (!isInRange)
      return { map, failure: `a bandwidth left the range of 1 / ${FURTHEST} to ${FURTHEST} of the start` };
    map = next;
  }
  return { map };
}

/**
 * Returns `size` indices below n: all of them, or the next of a random order, which is shuffled again when it runs out.
 * Its `rows` returns the first indices of that order.
 */
export function batches(n: number, size: number, random: () => number) {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let next = n;
  const nextBatch = () => {
    if (size === n) return [...order];
    if (next + size > n) {
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
      next = 0;
    }
    next += size;
    return [...order.subarray(next - size, next)];
  };
  return Object.assign(nextBatch, { rows: (count: number) => [...order.subarray(0, count)] });
}
