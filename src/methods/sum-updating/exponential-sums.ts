/**
 * Kernels that are a polynomial of a = rate · u times e^−a, in one coordinate (Laplace, Matérn 3/2 and 5/2): sums by two recursions over
 * sorted keys, exact but for rounding, in time n log n + m log n (Langrené and Warin 2020). With the sums
 *
 *   Lⱼ(i) = Σ_{k ≤ i} charge_k a_kʲ e^−a_k,   a_k the way from key k up to key i,
 *
 * and Rⱼ(i) of the keys above, going on by δ is Lⱼ ← e^−δ Σₗ C(j, l) δʲ⁻ˡ Lₗ: nothing is subtracted, so nothing cancels.
 */
import { Lazy } from "../../common/lazy.ts";
import { centresOf } from "../../data/extents.ts";
import type { Matrix } from "../../data/matrix.ts";
import type { ExponentialKernel } from "../../kernels/kernel.ts";
import type { Problem } from "../../problem/problem.ts";
import { shareableArray } from "../../workers/shareable.ts";
import type { TileTree } from "../cull/tile-tree.ts";
import type { Cost } from "../method.ts";
import type { ResultArrays } from "../results.ts";
import {
  type Effort,
  OWN_KEY_BANDWIDTHS,
  type Reader,
  type Transform,
  type Yielder,
} from "../transform/transform.ts";
import {
  firstWhere,
  KEYS_PER_BATCH,
  type Output,
  pascal,
  readSums,
  sortedKeys,
  sortedOutputs,
} from "./sorted-keys.ts";

/** Rounding of a sum as a share of it, for each key whose weight went into it, and for each e-folding on the way. */
const ROUNDING = 2 ** -51;
/** Smaller sums have lost digits to float64's underflow; of keys heavier than 1, sums below this many times the heaviest. */
const LEAST_SUM = Number.MIN_VALUE / Number.EPSILON ** 2;
/** Beyond this many e-foldings nothing is left of a float64. */
const VANISHED = 800;
/** Nanoseconds: for sorting a key (times log₂ n), for a sum of a key and of a query, for a query. */
const NS = { sort: 18, sum: 10, query: 250 } as const;
/** Most bytes of sums. */
const MOST_BYTES = 2 ** 29;

export class ExponentialSums implements Transform {
  readonly sharesBuild = false;
  private readonly problem: Problem;
  private readonly tolerance: number;
  private readonly kernel: ExponentialKernel;
  private readonly tree: () => TileTree;
  private readonly outputs: readonly Output[];
  /** Powers of a that are summed: those of α, and of the differences. */
  private readonly terms: number;
  private readonly reader = new Lazy<ExponentialReader>();

  private constructor(problem: Problem, tolerance: number, kernel: ExponentialKernel, tree: () => TileTree) {
    [this.problem, this.tolerance, this.kernel, this.tree] = [problem, tolerance, kernel, tree];
    this.outputs = sortedOutputs(problem);
    this.terms = kernel.polynomial.length + Math.max(...this.outputs.map(({ power }) => power));
  }

  static plan(problem: Problem, tolerance: number, tree: () => TileTree): ExponentialSums | string {
    const { kernel, keys, keyBandwidthFactors, values } = problem;
    if (keyBandwidthFactors) return OWN_KEY_BANDWIDTHS;
    if (!kernel.exponential || keys.dims !== 1)
      return `recursions take the Laplace and Matérn kernels in 1 coordinate, not "${kernel.name}" in ${keys.dims}`;
    if (!(ROUNDING * (keys.count + VANISHED) <= tolerance))
      return `float64 cannot promise a tolerance of ${tolerance}`;
    const transform = new ExponentialSums(problem, tolerance, kernel.exponential, tree);
    const bytes = 16 * keys.count * transform.terms * (1 + values.dims);
    if (bytes > MOST_BYTES) return `its sums would take ${bytes} bytes, more than ${MOST_BYTES}`;
    return transform;
  }

  cost(m: number): Cost {
    const { terms, outputs, problem } = this;
    const n = problem.keys.count;
    const sums = NS.sum * terms;
    const build = n * (NS.sort * Math.log2(n + 1) + 2 * sums * (1 + problem.values.dims));
    return { once: build / 1e6, call: (m * (NS.query + 2 * sums * outputs.length)) / 1e6 };
  }

  finer(): undefined {
    return undefined; // what it cannot promise has vanished
  }

  build(effort: Effort): Promise<ExponentialReader> {
    return this.reader.get(() => this.make(effort));
  }

  private async make({ yieldToEventLoop }: Effort): Promise<ExponentialReader> {
    const { problem, kernel, outputs, terms, tolerance } = this;
    const { keys, values, bandwidth, keyWeights, moments } = problem;
    const columns = values.dims;
    const columnCentre = moments ? new Float64Array(Math.max(columns, moments.length)) : centresOf(values);
    const { x, order } = sortedKeys(this.tree());
    await yieldToEventLoop();
    const n = keys.count;
    const width = (1 + columns) * terms;
    const perUnit = kernel.rate / bandwidth[0];
    const state: ExponentialState = {
      ...{ kind: "exponential", terms, sums: outputs, outputs: outputs.length, columnCentre, tolerance },
      leastSum: LEAST_SUM * Math.max(keyWeights?.most ?? 1, 1),
      ...{ x, perUnit, kernel, width, below: shareableArray(n * width), above: shareableArray(n * width) },
    };
    const binomials = pascal(terms);
    for (const [sums, first, step] of [
      [state.below, 0, 1],
      [state.above, n - 1, -1],
    ] as const)
      for (let done = 0, i = first; done < n; done++, i += step) {
        const at = i * width;
        if (done > 0)
          moveOn(
            sums,
            at - step * width,
            Math.abs(x[i] - x[i - step]) * perUnit,
            sums,
            at,
            width,
            binomials,
            terms,
          );
        const weight = keyWeights ? keyWeights.data[order[i]] : 1;
        sums[at] += weight;
        for (let c = 0; c < columns; c++)
          sums[at + (1 + c) * terms] += weight * (values.data[order[i] * columns + c] - columnCentre[c]);
        if (done % KEYS_PER_BATCH === 0) await yieldToEventLoop();
      }
    return new ExponentialReader(state);
  }
}

/** Sums of a point as another one sees them that is δ further on. */
function moveOn(
  from: Float64Array,
  at: number,
  delta: number,
  to: Float64Array,
  toAt: number,
  width: number,
  binomials: readonly (readonly number[])[],
  terms: number,
): void {
  if (delta > VANISHED) {
    to.fill(0, toAt, toAt + width);
    return;
  }
  const decay = Math.exp(-delta);
  for (let charge = 0; charge < width; charge += terms)
    for (let j = 0; j < terms; j++) {
      const row = binomials[j];
      let sum = 0;
      for (let l = 0; l <= j; l++) sum = sum * delta + row[l] * from[at + charge + l];
      to[toAt + charge + j] = decay * sum;
    }
}

/** The sums of all keys up to and with each, and from each on, ready to be read. */
export interface ExponentialState {
  readonly kind: "exponential";
  readonly terms: number;
  readonly sums: readonly Output[];
  readonly outputs: number;
  readonly columnCentre: Float64Array;
  readonly tolerance: number;
  /** Σ α that is not above this is not precise. */
  readonly leastSum: number;
  /** The keys in ascending order. */
  readonly x: Float64Array;
  /** a per unit of the coordinate. */
  readonly perUnit: number;
  readonly kernel: ExponentialKernel;
  /** Numbers of a key in `below` and in `above`: charge by charge, power by power. */
  readonly width: number;
  readonly below: Float64Array;
  readonly above: Float64Array;
}

export class ExponentialReader implements Reader {
  readonly state: ExponentialState;
  private readonly binomials: readonly (readonly number[])[];
  /** The sums of either side as the query sees them. */
  private readonly left: Float64Array;
  private readonly right: Float64Array;

  constructor(state: ExponentialState) {
    this.state = state;
    this.binomials = pascal(state.terms);
    this.left = new Float64Array(state.width);
    this.right = new Float64Array(state.width);
  }

  read(
    queries: Matrix,
    results: ResultArrays,
    yieldToEventLoop: Yielder,
    progress: (done: number) => void,
  ): Promise<number[]> {
    const isKept = (q: number, sums: Float64Array) => {
      this.sumsAt(q, sums);
      return sums[0] > this.state.leastSum;
    };
    return readSums(queries, undefined, this.state, results, isKept, yieldToEventLoop, progress);
  }

  /** Writes Σ α and the other sums at q. */
  private sumsAt(q: number, sums: Float64Array): void {
    const { left, right, binomials, state } = this;
    const { x, width, terms, below, above, perUnit, kernel } = state;
    const { polynomial, rate } = kernel;
    const next = firstWhere(x, 0, (key) => key > q);
    left.fill(0);
    right.fill(0);
    if (next > 0)
      moveOn(below, (next - 1) * width, (q - x[next - 1]) * perUnit, left, 0, width, binomials, terms);
    if (next < x.length)
      moveOn(above, next * width, (x[next] - q) * perUnit, right, 0, width, binomials, terms);
    for (const [o, { charge, power }] of state.sums.entries()) {
      let sum = 0;
      const at = charge * terms + power;
      // Keys below lie in the negative direction.
      const sign = power % 2 === 0 ? 1 : -1;
      for (let p = 0; p < polynomial.length; p++)
        sum += polynomial[p] * (sign * left[at + p] + right[at + p]);
      sums[o] = sum / rate ** power;
    }
  }
}
