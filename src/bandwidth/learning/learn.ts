/** Bandwidths learned by gradient: one for each coordinate, or a full linear metric, from minibatches of queries. */

import { NadarayaError, show } from "../../common/errors.ts";
import { checkInput, checkOptions, isBetween, isWhole, optionNames } from "../../common/options.ts";
import { randomFrom } from "../../common/random.ts";
import {
  centred,
  type GappyPoints,
  type Matrix,
  type Points,
  readBandwidth,
  readQueries,
} from "../../data/matrix.ts";
import { readRows, type SampleWeights } from "../../data/rows.ts";
import { type Engine, engineOf } from "../../engine/engine.ts";
import { kernels } from "../../kernels/builtin.ts";
import type { RunOptions } from "../../problem/problem.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";
import { bandwidthByRule, isRuleOfThumb, type RuleOfThumb } from "../rules.ts";
import { looPredictions } from "./leave-one-out.ts";
import { type OptimizerName, optimizers } from "./optimizer.ts";

export interface LearnInput {
  /** n keys of up to 16 coordinates, weighed by a Gaussian. */
  readonly keys: GappyPoints;
  /** One row a key. */
  readonly values: GappyPoints;
  readonly sampleWeights?: SampleWeights;
  readonly missing?: "error" | "drop";
  /** Where to begin; "scott" by default. */
  readonly bandwidth?: number | readonly number[] | RuleOfThumb;
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
  /** The same seed, the same batches; 1 by default. */
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
  /** Of the bandwidths that the step began with, over its batch: the mean squared error of leave-one-out prediction, summed over columns. */
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
  readonly steps: readonly LearningStep[];
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
  const read = readRows(input, pendingEngine); // before anything is awaited
  const [engine, { keys, values: given, sampleWeights }] = await Promise.all([pendingEngine, read]);
  const { dims, count: n } = keys;
  if (typeof optimizer !== "string" || !Object.hasOwn(optimizers, optimizer))
    throw invalid("optimizer", optimizer, Object.keys(optimizers).map(show).join(" or "));
  if (metric !== "diagonal" && metric !== "full") throw invalid("metric", metric, '"diagonal" or "full"');
  if (!isWhole(steps, 1)) throw invalid("steps", steps, "a whole number from 1 on");
  if (!isBetween(learningRate, Number.MIN_VALUE, Number.MAX_VALUE))
    throw invalid("learningRate", learningRate, "a positive number");
  const { batch = Math.min(n, 2048) } = options;
  if (typeof seed !== "number") throw invalid("seed", seed, "a number");
  if (!isWhole(batch, 1, n))
    throw invalid("batch", batch, `a whole number from 1 to the number of keys, ${n}`);
  if (dims > 16 || given.dims === 0) {
    const what = given.dims === 0 ? "no values" : `${dims} coordinates`;
    throw new NadarayaError(
      "unsupported",
      `bandwidths are learned from values in up to 16 coordinates, not ${what}`,
    );
  }
  const { bandwidth: initial = "scott" } = input;
  const start =
    typeof initial === "string"
      ? isRuleOfThumb(initial)
        ? bandwidthByRule(initial, keys, sampleWeights && { weights: sampleWeights, repeated: false })
        : undefined
      : readBandwidth(initial, dims);
  if (!start)
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth is ${show(initial)}, expected a number, one for each coordinate, "scott" or "silverman"`,
    );

  const { values } = centred(given);
  /** The gradient is of the share of the values' variance, so that a learning rate suits all units. */
  const variance = values.data.reduce((sum, v) => sum + v * v, 0) / n || 1;
  const pairs = Array.from({ length: dims }, (_, a) => a).flatMap((a) =>
    metric === "diagonal"
      ? [[a, a] as const]
      : Array.from({ length: dims - a }, (_, b) => [a, a + b] as const),
  );
  const full = metric === "full";
  const map = new Float64Array(dims * dims);
  for (let j = 0; j < dims; j++) map[j * dims + j] = 1 / start[j];
  const step = optimizers[optimizer]();
  const nextBatch = batches(n, batch, randomFrom(seed));
  const history: LearningStep[] = [];
  for (let at = 0; at < steps; at++) {
    signal?.throwIfAborted();
    const widths = Array.from({ length: dims }, (_, j) => 1 / map[j * dims + j]);
    const spec: KernelSpec = {
      ...{ kernel: kernels.get("gaussian")!, shape: "radial", engine, keyWeights: sampleWeights },
      keys: full ? transformed(keys, map) : keys,
      bandwidth: full ? widths.map(() => 1) : widths,
    };
    const looResult = await looPredictions({ spec, values, pairs, leaveOneOut }, nextBatch(), { signal });
    const rate = (learningRate / 2) * (1 + Math.cos((Math.PI * at) / steps));
    const moves = step(
      looResult.gradient.map((g) => g / variance),
      rate,
    );
    history.push({
      step: at,
      loss: looResult.loss,
      bandwidth: full ? singularWidths(map, dims) : widths,
      gradient: Array.from(looResult.gradient, (g) => -g),
    });
    move(map, dims, pairs, moves);
    onProgress?.({ done: (at + 1) * batch * n, total: steps * batch * n });
    await onStep?.(history[at]);
  }
  return {
    bandwidth: Array.from({ length: dims }, (_, j) => (full ? 1 : 1 / map[j * dims + j])),
    metric: map,
    steps: history,
    transform: (points) => transformed(readQueries(points, dims), map),
  };
}

const invalid = (name: string, given: unknown, expected: string) =>
  new NadarayaError("invalid-input", `${name} is ${show(given)}, expected ${expected}`);

/** Rows of `size` indices below n: all of them, or shuffled again whenever they run out. */
function batches(n: number, size: number, random: () => number): () => number[] {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let next = n;
  return () => {
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
}

/** A ← e^G A with a symmetric G: for a diagonal A its entries' logarithms move by G's. */
function move(
  map: Float64Array,
  dims: number,
  pairs: readonly (readonly [number, number])[],
  moves: Float64Array,
) {
  const generator = new Float64Array(dims * dims);
  for (const [p, [a, b]] of pairs.entries())
    generator[a * dims + b] = generator[b * dims + a] = a === b ? moves[p] : moves[p] / 2;
  // e^G A = A + G A + G² A / 2 + …: steps are short, so the series is too.
  let term = map.slice();
  for (let k = 1; k <= 12; k++) {
    term = product(generator, term, dims).map((x) => x / k);
    for (let i = 0; i < map.length; i++) map[i] += term[i];
  }
}

function product(a: Float64Array, b: Float64Array, dims: number): Float64Array {
  const result = new Float64Array(dims * dims);
  for (let i = 0; i < dims; i++)
    for (let k = 0; k < dims; k++)
      for (let j = 0; j < dims; j++) result[i * dims + j] += a[i * dims + k] * b[k * dims + j];
  return result;
}

function transformed({ data, dims, count }: Matrix, map: Float64Array): Matrix {
  const result = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += dims)
    for (let i = 0; i < dims; i++) {
      let sum = 0;
      for (let j = 0; j < dims; j++) sum += map[i * dims + j] * data[at + j];
      result[at + i] = sum;
    }
  return { data: result, dims, count };
}

/** 1 over the singular values of A, ascending: √ of the eigenvalues of (AᵀA)⁻¹, by Jacobi's rotations of AᵀA. */
function singularWidths(map: Float64Array, dims: number): number[] {
  const gram = new Float64Array(dims * dims);
  for (let k = 0; k < dims; k++)
    for (let i = 0; i < dims; i++)
      for (let j = 0; j < dims; j++) gram[i * dims + j] += map[k * dims + i] * map[k * dims + j];
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < dims; p++)
      for (let q = p + 1; q < dims; q++) {
        const apq = gram[p * dims + q];
        off += apq * apq;
        if (apq === 0) continue;
        const angle = 0.5 * Math.atan2(2 * apq, gram[q * dims + q] - gram[p * dims + p]);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < dims; k++) {
          const [x, y] = [gram[k * dims + p], gram[k * dims + q]];
          gram[k * dims + p] = c * x - s * y;
          gram[k * dims + q] = s * x + c * y;
        }
        for (let k = 0; k < dims; k++) {
          const [x, y] = [gram[p * dims + k], gram[q * dims + k]];
          gram[p * dims + k] = c * x - s * y;
          gram[q * dims + k] = s * x + c * y;
        }
      }
    if (off === 0) break;
  }
  return Array.from({ length: dims }, (_, j) => 1 / Math.sqrt(gram[j * dims + j])).sort((a, b) => a - b);
}
