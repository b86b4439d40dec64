/** Bandwidths learned by gradient: one for each coordinate, or a full linear metric, from minibatches of queries. */

import { NadarayaError, show } from "../../common/errors.ts";
import { frozen } from "../../common/frozen.ts";
import {
  checkInput,
  checkOptions,
  checkSeed,
  isBetween,
  isWhole,
  listOf,
  optionNames,
} from "../../common/options.ts";
import { randomFrom } from "../../common/random.ts";
import type { TypedArray } from "../../common/typed-arrays.ts";
import { extentsOf } from "../../data/extents.ts";
import {
  type GappyPoints,
  isBandwidth,
  isOnGpu,
  type Points,
  readBandwidth,
  readQueries,
} from "../../data/matrix.ts";
import { readRows, type SampleWeights } from "../../data/rows.ts";
import { type Engine, engineOf } from "../../engine/engine.ts";
import { kernels } from "../../kernels/builtin.ts";
import type { RunOptions } from "../../problem/problem.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";
import { bandwidthByRule, isRuleOfThumb, powerOfTwo, type RuleOfThumb } from "../rules.ts";
import { batches, descend } from "./descent.ts";
import { faultOf, hopelessness, inUnitsOfSpread, usualWidth } from "./guards.ts";
import { looPredictions } from "./leave-one-out.ts";
import { diagonal, inUnits, singularWidths, transformed } from "./linear-map.ts";
import { type OptimizerName, optimizers } from "./optimizer.ts";

export interface LearnInput {
  /** n keys of up to 16 coordinates, weighed by a Gaussian. */
  readonly keys: GappyPoints;
  /** One row a key. */
  readonly values: GappyPoints;
  readonly sampleWeights?: SampleWeights;
  readonly missing?: "error" | "drop";
  /** Where to begin; "scott" by default. */
  readonly bandwidth?: number | readonly number[] | TypedArray | RuleOfThumb;
}

export interface LearnOptions extends RunOptions {
  readonly engine?: Engine;
  /** 100 by default. */
  readonly steps?: number;
  /** "adam" by default. */
  readonly optimizer?: OptimizerName;
  /** What a step is of 1 in the logarithm of a bandwidth, at first; it falls to 0 along a cosine. 0.1 by default. */
  readonly learningRate?: number;
  /** Keys predicted in one step, drawn without repetition; the number of keys or 2048, whichever is less, by default. */
  readonly batch?: number;
  /**
   * Predict each key by the others alone (the default). Without it each is predicted best by itself, and the bandwidths
   * collapse to 0.
   */
  readonly leaveOneOut?: boolean;
  /** "diagonal", a bandwidth for each coordinate, by default; or "full", any linear map A, with u = ‖A(q − k)‖. */
  readonly metric?: "diagonal" | "full";
  /** The same seed, the same batches: a whole number from 0 to 2^32 − 1; 1 by default. */
  readonly seed?: number;
  /** Called after every step; may be asynchronous. */
  readonly onStep?: (step: LearningStep) => void | Promise<void>;
}

const LEARN_INPUT = optionNames<LearnInput>()({
  keys: true,
  values: true,
  sampleWeights: true,
  missing: true,
  bandwidth: true,
});
const LEARN_OPTIONS = optionNames<LearnOptions>()({
  engine: true,
  signal: true,
  onProgress: true,
  steps: true,
  optimizer: true,
  learningRate: true,
  batch: true,
  leaveOneOut: true,
  metric: true,
  seed: true,
  onStep: true,
});

export interface LearningStep {
  /** From 0 on. */
  readonly step: number;
  /**
   * Of the bandwidths that the step began with, over its batch: the mean squared error of leave-one-out prediction; of several
   * columns the sum of each one's error over its variance.
   */
  readonly loss: number;
  /** Those bandwidths; for a full metric, of the directions in which it stretches: 1 over its singular values, ascending. */
  readonly bandwidth: readonly number[];
  /** ∂loss/∂log h for each coordinate; for a full metric −∂loss/∂G over the pairs a ≤ b of a generator G of the metric. */
  readonly gradient: readonly number[];
}

export interface Learned {
  /** One number a coordinate; for a full metric all are 1, with keys and queries sent through `transform`. */
  readonly bandwidth: readonly number[];
  /** A, coordinates × coordinates, row-major: u = ‖A(q − k)‖. */
  readonly metric: Float64Array;
  /** Empty where there is nothing to learn from: one key, equal keys, equal values. */
  readonly steps: readonly LearningStep[];
  /** Whether these are a minimum: hardly any gradient is left, and half and twice of them are worse. */
  readonly converged: boolean;
  /** Why not. */
  readonly warning?: string;
  /** A x for each row: what keys and queries are to be, so that a bandwidth of 1 is what was learned. */
  transform(points: Points): { readonly data: Float64Array; readonly dims: number };
}

/**
 * Minimises the leave-one-out error over the logarithms of the bandwidths (or a metric's generator), by sums and moments on the engine.
 *
 * ```ts
 * const { bandwidth } = await learnBandwidth({ keys, values });
 * const model = await KernelRegression.fit({ keys, values, bandwidth });
 * ```
 * @throws NadarayaError "invalid-input", "invalid-bandwidth"; the signal's reason if aborted.
 */
export async function learnBandwidth(input: LearnInput, options: LearnOptions = {}): Promise<Learned> {
  checkInput(input, LEARN_INPUT, "learnBandwidth", { "the second argument": LEARN_OPTIONS });
  checkOptions(options, LEARN_OPTIONS, "learnBandwidth", { "the first argument": LEARN_INPUT });
  const { steps = 100, optimizer = "adam", learningRate = 0.1, leaveOneOut = true } = options;
  const { metric = "diagonal", seed = 1, signal, onStep, onProgress } = options;
  const pendingEngine = engineOf(options);
  // Arrays are read before anything is awaited.
  const { batch: givenBatch } = options;
  const { bandwidth: given = "scott" } = input;
  const initial = typeof given === "object" ? listOf<number>(given, "bandwidth") : given;
  const read = readRows(input, pendingEngine);
  const [engine, { keys, values: unscaled, sampleWeights }] = await Promise.all([pendingEngine, read]);
  const { dims, count: n } = keys;
  if (typeof optimizer !== "string" || !Object.hasOwn(optimizers, optimizer))
    throw invalid("optimizer", optimizer, Object.keys(optimizers).map(show).join(" or "));
  if (metric !== "diagonal" && metric !== "full") throw invalid("metric", metric, '"diagonal" or "full"');
  if (!isWhole(steps, 1)) throw invalid("steps", steps, "a whole number from 1 on");
  if (!isBetween(learningRate, Number.MIN_VALUE, Number.MAX_VALUE))
    throw invalid("learningRate", learningRate, "a positive number");
  const batch = givenBatch ?? Math.min(n, 2048);
  checkSeed(seed);
  if (!isWhole(batch, 1, n))
    throw invalid("batch", batch, `a whole number from 1 to the number of keys, ${n}`);
  if (dims > 16 || unscaled.dims === 0) {
    const what = unscaled.dims === 0 ? "no values" : `${dims} coordinates`;
    throw new NadarayaError(
      "unsupported",
      `bandwidths are learned from values in up to 16 coordinates, not ${what}`,
    );
  }
  if (typeof initial === "string" && !isRuleOfThumb(initial))
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth is ${show(initial)}, expected a number, one for each coordinate, "scott" or "silverman"`,
    );
  const sampling = sampleWeights && { weights: sampleWeights, repeated: false };
  const start =
    typeof initial === "string"
      ? readBandwidth(bandwidthByRule(initial, keys, sampling), dims, undefined, `bandwidth ${show(initial)}`)
      : readBandwidth(initial, dims);
  const { values, unit, areConstant } = inUnitsOfSpread(unscaled);
  const isFull = metric === "full";
  // Keys are divided by powers of two near the start, which changes no digit: the units of coordinates do not matter.
  const units = start.map(powerOfTwo);
  const scaled = { ...keys, data: keys.data.map((x, i) => x / units[i % dims]) };
  // A coordinate in which all keys are equal has no gradient, only rounding.
  const varies = extentsOf(keys).map(({ least, most }) => most > least);
  const pairs = Array.from({ length: dims }, (_, a) => a).flatMap((a) =>
    Array.from({ length: isFull ? dims - a : 1 }, (_, b) => [a, a + b] as const),
  );
  const isFree = pairs.map(([a, b]) => varies[a] && varies[b]);
  /** One bandwidth a coordinate; for a full metric all are 1. */
  const widthsOf = (map: Float64Array) => start.map((_, j) => (isFull ? 1 : 1 / map[j * dims + j]));
  /** Those of unscaled keys, or of a full metric's directions. */
  const bandwidthsOf = (map: Float64Array) =>
    isFull ? singularWidths(inUnits(map, units), dims) : widthsOf(map).map((h, j) => h * units[j]);
  const predict = (map: Float64Array, rows: readonly number[]) => {
    const spec: KernelSpec = {
      ...{ kernel: kernels.get("gaussian")!, shape: "radial", engine, keyWeights: sampleWeights },
      keys: isFull ? transformed(scaled, map) : scaled,
      bandwidth: widthsOf(map),
    };
    return looPredictions({ spec, values, pairs, leaveOneOut }, rows, { signal });
  };
  const finish = (map: Float64Array, history: readonly LearningStep[], warning?: string): Learned => {
    const learned = inUnits(map, units);
    return {
      bandwidth: isFull ? widthsOf(map) : bandwidthsOf(map),
      ...{ metric: learned.slice(), steps: history, converged: warning === undefined, warning },
      transform: (points) => {
        if (isOnGpu(points))
          throw new NadarayaError(
            "invalid-input",
            "points are in a GPU buffer, expected an array: read it first",
          );
        return transformed(readQueries(points, dims), learned);
      },
    };
  };
  const first = diagonal(start.map((h, j) => h / units[j]));
  const total = steps * batch * n;
  const hopeless = hopelessness(n, areConstant, varies);
  if (hopeless) {
    onProgress?.({ done: total, total });
    return finish(first, [], `nothing was learned: ${hopeless}; the start is returned`);
  }
  const nextBatch = batches(n, batch, randomFrom(seed));
  const history: LearningStep[] = [];
  const { map, failure } = await descend({
    ...{ start: first, dims, pairs, isFree, optimizer, learningRate, steps, signal },
    predict: (each) => predict(each, nextBatch()),
    isUsable: (each) => bandwidthsOf(each).every(isBandwidth),
    onStep: (step, each, { loss, gradient }, isLast) => {
      history.push(
        frozen({
          step,
          loss: loss * unit ** 2,
          bandwidth: bandwidthsOf(each),
          gradient: Array.from(gradient, (g) => -g * unit ** 2),
        }),
      );
      if (!isLast) onProgress?.({ done: (step + 1) * batch * n, total });
      return onStep?.(history[step]);
    },
  });
  const last = nextBatch.rows(LAST_BATCH);
  const usual = diagonal(start.map((h, j) => (varies[j] ? usualWidth(scaled, j) : h / units[j])));
  const fault = failure ?? (await faultOf(map, usual, (each) => predict(each, last), isFree));
  onProgress?.({ done: total, total });
  return finish(map, history, fault && `no minimum was found: ${fault}`);
}

/** Keys by which the result is judged. */
const LAST_BATCH = 2048;

const invalid = (name: string, given: unknown, expected: string) =>
  new NadarayaError("invalid-input", `${name} is ${show(given)}, expected ${expected}`);
