/** Bandwidths learned by gradient: one for each coordinate, or a full linear metric, from minibatches of queries. */

import { NadarayaError, show } from "../../common/errors.ts";
import {
  checkInput,
  checkOptions,
  checkSeed,
  isBetween,
  isWhole,
  optionNames,
} from "../../common/options.ts";
import { randomFrom } from "../../common/random.ts";
import { extentsOf } from "../../data/extents.ts";
import {
  centred,
  type GappyPoints,
  isOnGpu,
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
import { bandwidthByRule, columnOf, deviation, isRuleOfThumb, type RuleOfThumb } from "../rules.ts";
import { type LooPredictions, looPredictions } from "./leave-one-out.ts";
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
  const initial = Array.isArray(given) ? [...given] : given;
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

  const { values, unit, constant } = inUnitsOfSpread(unscaled);
  const full = metric === "full";
  // A coordinate in which all keys are equal has no gradient, only rounding.
  const varies = extentsOf(keys).map(({ least, most }) => most > least);
  const pairs = Array.from({ length: dims }, (_, a) => a).flatMap((a) =>
    Array.from({ length: full ? dims - a : 1 }, (_, b) => [a, a + b] as const),
  );
  const isFree = pairs.map(([a, b]) => varies[a] && varies[b]);
  const first = new Float64Array(dims * dims);
  for (let j = 0; j < dims; j++) first[j * dims + j] = 1 / start[j];
  const predict = (map: Float64Array, rows: readonly number[]) => {
    const spec: KernelSpec = {
      ...{ kernel: kernels.get("gaussian")!, shape: "radial", engine, keyWeights: sampleWeights },
      keys: full ? transformed(keys, map) : keys,
      bandwidth: widthsOf(map, dims, full),
    };
    return looPredictions({ spec, values, pairs, leaveOneOut }, rows, { signal });
  };
  const finish = (map: Float64Array, history: readonly LearningStep[], warning?: string): Learned => ({
    bandwidth: widthsOf(map, dims, full),
    ...{ metric: map, steps: history, converged: warning === undefined, warning },
    transform: (points) => {
      if (isOnGpu(points))
        throw new NadarayaError(
          "invalid-input",
          "points are in a GPU buffer, expected an array: read it first",
        );
      return transformed(readQueries(points, dims), map);
    },
  });
  const hopeless =
    n === 1
      ? "one key cannot be predicted by others"
      : constant
        ? "the values are all the same, so every bandwidth is as good"
        : varies.includes(true)
          ? undefined
          : "the keys are all the same, so every bandwidth is as good";
  const total = steps * batch * n;
  if (hopeless) {
    onProgress?.({ done: total, total });
    return finish(first, [], `nothing was learned: ${hopeless}; the start is returned`);
  }
  let map = first;
  const step = optimizers[optimizer]();
  const nextBatch = batches(n, batch, randomFrom(seed));
  const history: LearningStep[] = [];
  let failure: string | undefined;
  for (let at = 0; at < steps; at++) {
    signal?.throwIfAborted();
    const { loss, gradient } = await predict(map, nextBatch());
    if (!Number.isFinite(loss) || !gradient.every(Number.isFinite)) {
      failure = "an error or its gradient was no number";
      break;
    }
    history.push({
      step: at,
      loss: loss * unit ** 2,
      bandwidth: full ? singularWidths(map, dims) : widthsOf(map, dims, full),
      gradient: Array.from(gradient, (g) => -g * unit ** 2),
    });
    const rate = (learningRate / 2) * (1 + Math.cos((Math.PI * at) / steps));
    const moves = step(
      gradient.map((g, p) => (isFree[p] ? g : 0)),
      rate,
    );
    const moved = map.slice();
    move(moved, dims, pairs, moves);
    if (singularWidths(moved, dims).every((width) => isBetween(width, 1 / WIDEST, WIDEST))) map = moved;
    else failure = `a bandwidth left the range from ${1 / WIDEST} to ${WIDEST}`;
    if (at < steps - 1 && !failure) onProgress?.({ done: (at + 1) * batch * n, total });
    await onStep?.(history[at]);
    if (failure) break;
  }
  const last = nextBatch.rows(LAST_BATCH);
  failure ??= await faultOf(
    map,
    first.map((x, i) => (x === 0 || !varies[i % dims] ? x : 1 / usual(keys, Math.floor(i / dims)))),
    (each) => predict(each, last),
    isFree,
  );
  onProgress?.({ done: total, total });
  return finish(map, history, failure && `no minimum was found: ${failure}`);
}

/** Bandwidths beyond which squares are no longer numbers. */
const WIDEST = 1e100;
/** Keys by which the result is judged. */
const LAST_BATCH = 2048;
/** A gradient of this share of the loss costs a percent of it or two. */
const STEEP = 0.15;
/** Losses that differ by no more than this share are the same. */
const FLAT = 1e-4;

/** Why bandwidths are no minimum: others have less error, or as much, or a gradient remains. */
async function faultOf(
  map: Float64Array,
  usualMap: Float64Array,
  predict: (map: Float64Array) => Promise<LooPredictions>,
  isFree: readonly boolean[],
): Promise<string | undefined> {
  const { loss, gradient } = await predict(map);
  const lossAt = async (factor: number) => (await predict(map.map((x) => x / factor))).loss;
  const isLess = (other: number) => other < loss * (1 - FLAT);
  const [narrower, wider] = [await lossAt(0.5), await lossAt(2)];
  if (isLess(narrower))
    return "half the bandwidth has less error, as it has where rows coincide or each key predicts itself";
  if (isLess(wider)) return "twice the bandwidth has less error; begin nearer, or take more steps";
  if (!(Math.max(narrower, wider) > loss * (1 + FLAT)))
    return "half and twice the bandwidth have the same error; begin nearer to the distances between keys";
  for (const share of [1, 4, 16, 64])
    if (isLess((await predict(usualMap.map((x) => x * share))).loss))
      return `a rule of thumb${share > 1 ? `, divided by ${share},` : ""} has less error; begin there`;
  const steepest = Math.max(...gradient.map((g, p) => (isFree[p] ? Math.abs(g) : 0)));
  return steepest > STEEP * loss ? "the error still falls; take more steps, or a larger batch" : undefined;
}

/** The width of Scott's rule for one coordinate. */
function usual(keys: Matrix, j: number): number {
  const { least, most } = extentsOf(keys)[j];
  const spread = deviation(columnOf(keys, j)) || most - least;
  return spread * keys.count ** (-1 / (keys.dims + 4));
}

/**
 * Columns around 0. The error of each is a share of its variance, so that units do not matter: if there is one, `unit` takes it back.
 * Columns whose variance is rounding stay out.
 */
function inUnitsOfSpread(given: Matrix): { values: Matrix; unit: number; constant: boolean } {
  const { values } = centred(given);
  const { dims, count } = values;
  const spreads = new Float64Array(dims);
  for (let c = 0; c < dims; c++) {
    let [largest, magnitude, squares] = [0, 0, 0];
    for (let i = c; i < values.data.length; i += dims) {
      largest = Math.max(largest, Math.abs(values.data[i]));
      magnitude = Math.max(magnitude, Math.abs(given.data[i]));
    }
    if (!(largest > 1e-15 * magnitude)) continue;
    for (let i = c; i < values.data.length; i += dims) squares += (values.data[i] / largest) ** 2;
    spreads[c] = largest * Math.sqrt(squares / count);
  }
  return {
    values: {
      ...values,
      data: values.data.map((v, i) => (spreads[i % dims] > 0 ? v / spreads[i % dims] : 0)),
    },
    unit: dims === 1 ? spreads[0] : 1,
    constant: spreads.every((spread) => spread === 0),
  };
}

/** One bandwidth a coordinate: 1 over the diagonal; for a full metric all are 1. */
const widthsOf = (map: Float64Array, dims: number, full: boolean): number[] =>
  Array.from({ length: dims }, (_, j) => (full ? 1 : 1 / map[j * dims + j]));

const invalid = (name: string, given: unknown, expected: string) =>
  new NadarayaError("invalid-input", `${name} is ${show(given)}, expected ${expected}`);

/**
 * Returns `size` indices below n: all of them, or the next of a random order, which is shuffled again when it runs out.
 * Its `rows` returns the first indices of that order.
 */
function batches(n: number, size: number, random: () => number) {
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
