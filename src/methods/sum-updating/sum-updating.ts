/**
 * Kernels that are polynomials on their support, in one coordinate: sums by moments over sorted keys, exact but for
 * rounding, in time n + m log n (fast sum updating: Langrené and Warin 2018; Hofmeyr 2021). Running sums start again in
 * every block of one bandwidth, and powers are of the offset from the block's centre, so that no digits are lost far
 * from an origin.
 */

import { countingSort } from "../../common/counting-sort.ts";
import { Lazy } from "../../common/lazy.ts";
import { centresOf } from "../../data/extents.ts";
import type { Matrix } from "../../data/matrix.ts";
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
  readSums,
  sortedKeys,
  sortedOutputs,
} from "./sorted-keys.ts";

/** Rounding of a block's running sum, as a share of its number of keys: some 2^−53 for each step, of random sign. */
const ROUNDING = 1e-13;
/** Nanoseconds: for sorting a key (times log₂ n), for a moment of a key, for a query, for a moment of a query's part. */
const NS = { sort: 18, moment: 4, query: 400, part: 8 } as const;
/** Beyond so many bytes of running sums queries are visited in the order of so many bins of the keys' extent. */
const CACHE_BYTES = 2 ** 20;
const BINS = 2 ** 15;
/** Most bytes of running sums. */
const MOST_BYTES = 2 ** 29;

export class FastSumUpdating implements Transform {
  readonly sharesBuild = false;
  private readonly problem: Problem;
  private readonly tolerance: number;
  private readonly tree: () => TileTree;
  /** α(u) = Σ coefficients[p] uᵖ for 0 ≤ u ≤ 1. */
  private readonly coefficients: readonly number[];
  private readonly charges: number;
  private readonly outputs: readonly Output[];
  /** Powers of a key's offset that are summed: those of α, and of the differences. */
  private readonly terms: number;
  private readonly reader = new Lazy<SumUpdatingReader>();

  private constructor(
    problem: Problem,
    tolerance: number,
    coefficients: readonly number[],
    tree: () => TileTree,
  ) {
    this.problem = problem;
    this.tolerance = tolerance;
    this.coefficients = coefficients;
    this.tree = tree;
    this.charges = 1 + problem.values.dims;
    this.outputs = sortedOutputs(problem);
    this.terms = coefficients.length + Math.max(...this.outputs.map(({ power }) => power));
  }

  static plan(problem: Problem, tolerance: number, tree: () => TileTree): FastSumUpdating | string {
    const { kernel, keys, values, keyBandwidthFactors } = problem;
    if (keyBandwidthFactors) return OWN_KEY_BANDWIDTHS;
    if (!kernel.polynomial || keys.dims !== 1)
      return `the fast transforms take the Gaussian in 1 to 3 coordinates, and polynomial, Laplace and Matérn kernels in 1, not "${kernel.name}" in ${keys.dims}`;
    const transform = new FastSumUpdating(problem, tolerance, kernel.polynomial, tree);
    const bytes = 8 * keys.count * transform.terms * (1 + values.dims);
    if (bytes > MOST_BYTES) return `its running sums would take ${bytes} bytes, more than ${MOST_BYTES}`;
    return transform;
  }

  cost(m: number): Cost {
    const { terms, charges, outputs, problem } = this;
    const n = problem.keys.count;
    const build = n * (NS.sort * Math.log2(n + 1) + NS.moment * terms * charges);
    return { once: build / 1e6, call: (m * (NS.query + 4 * NS.part * terms * outputs.length)) / 1e6 };
  }

  finer(): undefined {
    return undefined; // what it cannot promise is lost to rounding
  }

  build(effort: Effort): Promise<SumUpdatingReader> {
    return this.reader.get(() => this.make(effort));
  }

  private async make({ yieldToEventLoop }: Effort): Promise<SumUpdatingReader> {
    const { problem, coefficients, charges, outputs, terms, tolerance } = this;
    const { keys, values, bandwidth, keyWeights, moments } = problem;
    const columnCentre = moments
      ? new Float64Array(Math.max(values.dims, moments.length))
      : centresOf(values);
    const tree = this.tree();
    await yieldToEventLoop();
    const { x, order } = sortedKeys(tree);
    const n = keys.count;
    const origin = x[0];
    const h = bandwidth[0];
    const starts = new Uint32Array(n);
    const running = shareableArray(n * charges * terms);
    const width = charges * terms;
    let block = -1;
    for (let i = 0; i < n; i++) {
      const bin = Math.floor((x[i] - origin) / h);
      const same = i > 0 && bin === block;
      starts[i] = same ? starts[i - 1] : i;
      block = bin;
      const s = (x[i] - middleOf(bin, origin, h)) / h;
      const at = i * width;
      const weight = keyWeights ? keyWeights.data[order[i]] : 1;
      for (let c = 0; c < charges; c++) {
        let power =
          c === 0 ? weight : weight * (values.data[order[i] * (charges - 1) + c - 1] - columnCentre[c - 1]);
        for (let j = 0; j < terms; j++) {
          const k = at + c * terms + j;
          running[k] = (same ? running[k - width] : 0) + power;
          power *= s;
        }
      }
      if (i % KEYS_PER_BATCH === 0) await yieldToEventLoop();
    }
    // |t| + |s| is at most 2, and what cancels of the powers' terms leaves its rounding.
    const highest = terms - coefficients.length;
    const cancelled = coefficients.reduce((sum, c, p) => sum + Math.abs(c) * 2 ** (p + highest), 0);
    const rounding = Math.max(ROUNDING, cancelled * 2 ** -53) * (keyWeights?.most ?? 1);
    return new SumUpdatingReader({
      ...{
        kind: "sums",
        coefficients,
        charges,
        terms,
        ...{ sums: outputs, outputs: outputs.length },
        columnCentre,
        tolerance,
        rounding,
        h,
        x,
        starts,
        running,
        origin,
      },
    });
  }
}

/** Running sums ready to be read. */
export interface SumUpdatingState {
  readonly kind: "sums";
  readonly coefficients: readonly number[];
  readonly charges: number;
  readonly terms: number;
  readonly sums: readonly Output[];
  readonly outputs: number;
  readonly columnCentre: Float64Array;
  readonly tolerance: number;
  /** What a sum may be off by for each key in it. */
  readonly rounding: number;
  /** The bandwidth. */
  readonly h: number;
  /** The keys in ascending order. */
  readonly x: Float64Array;
  /** For each the first key of its block. */
  readonly starts: Uint32Array;
  /** For each, for each charge, Σ charge·sʲ over its block up to and with it. */
  readonly running: Float64Array;
  readonly origin: number;
}

export class SumUpdatingReader implements Reader {
  readonly state: SumUpdatingState;
  /** Of the keys of one part, charge by charge. */
  private readonly moments: Float64Array;
  /** Those that α has. */
  private readonly powers: readonly number[];

  constructor(state: SumUpdatingState) {
    this.state = state;
    this.moments = new Float64Array(state.charges * state.terms);
    this.powers = [...state.coefficients.keys()].filter((p) => state.coefficients[p] !== 0);
  }

  read(
    queries: Matrix,
    results: ResultArrays,
    yieldToEventLoop: Yielder,
    progress: (done: number) => void,
  ): Promise<number[]> {
    const { tolerance, rounding } = this.state;
    const isKept = (q: number, sums: Float64Array) => {
      const about = this.sumsAt(q, sums);
      return about > 0 && rounding * about <= tolerance * sums[0];
    };
    return readSums(queries, this.orderOf(queries), this.state, results, isKept, yieldToEventLoop, progress);
  }

  /** An order that keeps neighbours about together, where there are more sums than a cache holds. */
  private orderOf({ data, count }: Matrix): Uint32Array | undefined {
    const { x, running } = this.state;
    if (running.byteLength < CACHE_BYTES || count < BINS) return undefined;
    const [least, largest] = [x[0], x[x.length - 1]];
    const perUnit = (BINS - 1) / (largest - least || 1);
    const bins = new Uint32Array(count);
    for (let q = 0; q < count; q++) bins[q] = (Math.min(Math.max(data[q], least), largest) - least) * perUnit;
    return countingSort(bins, BINS).order;
  }

  /**
   * Writes Σ α and the other sums at q; returns how many keys the running sums used hold. On one side of q, |t − s| is ± (t − s), so a weight times
   * (s − t)ᵏ is a sum of powers of (s − t), which are known by those of s.
   */
  private sumsAt(q: number, sums: Float64Array): number {
    const { coefficients, charges, terms, sums: outputs, h, x, starts, running, origin } = this.state;
    const { moments, powers } = this;
    sums.fill(0);
    // The window's keys, and of those the ones up to q, by the very comparison that α makes.
    const first = firstWhere(x, 0, (key) => (q - key) / h <= 1);
    const last = firstWhere(x, first, (key) => (key - q) / h > 1);
    const firstAbove = firstWhere(x, first, (key) => key > q);
    let about = 0;
    for (let from = first; from < last; ) {
      // One block's keys on one side of q at a time.
      const direction = from < firstAbove ? 1 : -1;
      const block = Math.floor((x[from] - origin) / h);
      const end = direction === 1 ? firstAbove : last;
      const next = firstWhere(x, from, (key) => Math.floor((key - origin) / h) > block);
      const to = Math.min(end, next);
      const t = (q - middleOf(block, origin, h)) / h;
      const high = (to - 1) * charges * terms;
      const low = from > starts[from] ? (from - 1) * charges * terms : -1;
      about += to - starts[from];
      for (let charge = 0; charge < charges; charge++) {
        const first = charge * terms;
        for (let j = 0; j < terms; j++)
          moments[first + j] = running[high + first + j] - (low < 0 ? 0 : running[low + first + j]);
        shift(moments, first, terms, t);
      }
      for (let o = 0; o < outputs.length; o++) {
        const { charge, power } = outputs[o];
        const zeroth = charge * terms + power;
        for (const p of powers) {
          const term = coefficients[p] * moments[zeroth + p];
          sums[o] += direction === 1 && p % 2 === 1 ? -term : term;
        }
      }
      from = to;
    }
    return about;
  }
}

/** From Σ charge·sʲ for j = 0 … terms − 1 to Σ charge·(s − t)ʲ, in place: as a polynomial is shifted, by Pascal's triangle (Horner). */
function shift(moments: Float64Array, first: number, terms: number, t: number): void {
  for (let i = first; i < first + terms - 1; i++)
    for (let j = first + terms - 1; j > i; j--) moments[j] -= t * moments[j - 1];
}

/** The centre of a block, the same number for keys and queries: its own rounding, far from the origin, cancels. */
const middleOf = (block: number, origin: number, h: number) => origin + (block + 0.5) * h;
