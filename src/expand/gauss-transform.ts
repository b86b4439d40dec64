/**
 * The fast Gauss transform on a grid ("expand"): sums of Gaussians over n keys for m queries in time n + m, within a
 * tolerance that is kept by a bound (docs/accuracy.md). Keys spread their charges to a grid, the grid is convolved,
 * queries read it. What the grid cannot promise is named, and taken elsewhere.
 */
import type { Matrix } from "../data.ts";
import type { Problem } from "../engine/types.ts";
import { type Axis, axisOf, positions } from "./axis.ts";
import { CellPolynomials } from "./cell-polynomials.ts";
import { convolve, convolveAxes } from "./convolve.ts";
import { middles } from "./middles.ts";
import { Footprint, type Place, readPoint, spreadPoint } from "./spread.ts";
import type { Breath, Cost, Grid, Transform } from "./transform.ts";
import { WIDTHS_DIFFER } from "./transform.ts";
import { type Window, windowFor } from "./window.ts";

/** Bandwidths beyond the keys up to which queries are served; further out the bound would refuse them anyway. */
const PAD = 5;
/** Most numbers in one grid: 256 MiB. */
const MOST_NUMBERS = 2 ** 25;
/** Grids beyond this many bytes are visited in an order that keeps the cache warm. */
const CACHE_BYTES = 2 ** 23;
/**
 * What a window's error is of the tolerance, by coordinates: the less, the more queries beside dense places are answered,
 * and the finer the grid, which in three coordinates costs most.
 */
const SHARES = [8, 40, 24] as const;
/** The error of the finest window. */
const FINEST = 1e-13;
/** Points between two looks at the clock. */
const BATCH = 4096;
/** What float64 itself does to a sum, as a share of the weights about. */
const ROUNDING = 1e-15;
/** No key beyond the taps' reach weighs more. */
const FARTHEST = 1e-16;

/** Nanoseconds of one core for an elementary step, and so the estimate of a whole: measured, see bench/. */
const NS = { point: 40, window: 1.1, polynomial: 1.3, tap: 0.9 } as const;

export class GaussTransform implements Transform {
  private readonly problem: Problem;
  private readonly tolerance: number;
  private readonly window: Window;
  private readonly axes: readonly Axis[];
  private readonly lengths: readonly number[];
  /** Grid points, and grids: Σ α, then Σ α·(value − middle) for each column. */
  private readonly points: number;
  private readonly charges: number;
  private readonly middle: Float64Array;
  private readonly byCells: boolean;
  private readonly place: Place;
  /** Positions of a batch of points, axis by axis. */
  private readonly at: readonly Float64Array[];
  private grids: Float64Array | undefined;
  private cells: CellPolynomials | undefined;
  private bounds: Float64Array | undefined;
  private finest: GaussTransform | string | undefined;

  private constructor(problem: Problem, tolerance: number, window: Window, axes: readonly Axis[]) {
    this.problem = problem;
    this.tolerance = tolerance;
    this.window = window;
    this.axes = axes;
    this.lengths = axes.map(({ length }) => length);
    this.points = this.lengths.reduce((product, length) => product * length, 1);
    this.charges = 1 + problem.values.dims;
    this.middle = middles(problem.values);
    this.byCells = axes.length === 1 && this.points < problem.keys.count / 4;
    this.place = { lengths: this.lengths, footprints: axes.map(() => new Footprint(window)) };
    this.at = axes.map(() => new Float64Array(BATCH));
  }

  /** A plan for the problem, or the reason why there is none. */
  static plan(
    problem: Problem,
    tolerance: number,
    windowError = tolerance / SHARES[problem.keys.dims - 1],
  ): GaussTransform | string {
    const { keys, kernel, bandwidth, keyWidths } = problem;
    const { dims } = keys;
    if (keyWidths) return WIDTHS_DIFFER;
    if (kernel.name !== "gaussian" || dims > 3)
      return `the fast Gauss transform takes 1 to 3 coordinates, not "${kernel.name}" in ${dims}`;
    // A fraction of the tolerance in the middle of things; what is denser next door is the bounds' business.
    const window = windowFor(windowError);
    if (!window) return `float64 cannot promise a tolerance of ${tolerance}`;
    const { spacing, width, taps } = window;
    const half = width / 2;
    const pad = Math.ceil(PAD / spacing);
    const axes: Axis[] = [];
    let points = 1;
    for (let j = 0; j < dims; j++) {
      const step = spacing * bandwidth[j];
      axes.push(axisOf(keys, j, { step, pad, half, apart: taps.length + width }));
      points *= axes[j].length;
      if (!(points * (1 + problem.values.dims) < MOST_NUMBERS))
        return `it would need a grid of more than ${MOST_NUMBERS} numbers: the bandwidth is too narrow for the keys' extent`;
    }
    return new GaussTransform(problem, tolerance, window, axes);
  }

  get grid(): Grid {
    const { axes, window, points, charges, middle } = this;
    return { axes, window, points, charges, middle };
  }

  /** With the finest window, whose error lets queries be answered whose neighbours weigh a million times more. */
  finer(): GaussTransform | undefined {
    if (this.window.error <= FINEST) return undefined;
    this.finest ??= GaussTransform.plan(this.problem, this.tolerance, FINEST);
    return typeof this.finest === "string" ? undefined : this.finest;
  }

  get built(): boolean {
    return this.bounds !== undefined;
  }

  cost(m: number): Cost {
    const { width, taps } = this.window;
    const { keys } = this.problem;
    const dims = this.axes.length;
    const perPoint = this.byCells
      ? NS.point / 4 + NS.polynomial * this.charges * width
      : NS.point * dims + NS.window * this.charges * width ** dims;
    const perGridPoint = NS.tap * taps.length * 2 * dims * (this.charges + 1);
    const build = keys.count * perPoint + this.points * perGridPoint;
    return { once: this.built ? 0 : build / 1e6, call: (m * perPoint) / 1e6 };
  }

  async build(breathe: Breath): Promise<void> {
    if (this.built) return;
    const { keys, values, keyWeights } = this.problem;
    const { window, lengths, points, charges, middle, place } = this;
    const columns = values.dims;
    const grids = new Float64Array(points * charges);
    let counts: Float64Array = new Float64Array(points);
    const cells = this.byCells ? new CellPolynomials(window, points, charges) : undefined;
    const own = new Float64Array(BATCH).fill(1);
    const rows = new Float64Array(BATCH * columns);
    await this.forEachBatch(keys, breathe, (from, to, order) => {
      const count = to - from;
      const key = (b: number) => (order ? order[from + b] : from + b);
      if (keyWeights) for (let b = 0; b < count; b++) own[b] = keyWeights.data[key(b)];
      for (let c = 0; c < columns; c++)
        for (let b = 0; b < count; b++)
          rows[c * count + b] = own[b] * (values.data[key(b) * columns + c] - middle[c]);
      if (cells) {
        cells.add(this.at[0], count, own, rows);
        return;
      }
      for (let b = 0; b < count; b++) {
        counts[this.cellOf(b)] += own[b];
        for (let a = 0; a < place.footprints.length; a++) place.footprints[a].set(this.at[a][b]);
        spreadPoint(grids, 0, place, own[b]);
        for (let c = 0; c < columns; c++) spreadPoint(grids, (1 + c) * points, place, rows[c * count + b]);
      }
    });
    if (cells) {
      counts = cells.counts();
      cells.spread(grids);
    }
    this.grids = await convolveAxes(grids, lengths, window.taps, breathe);
    cells?.read(this.grids);
    this.cells = cells;
    this.bounds = boundsOf(counts, lengths, window);
  }

  async evaluate(
    queries: Matrix,
    mean: Float64Array,
    totals: Float64Array | undefined,
    asLog: boolean,
    breathe: Breath,
    progress: (done: number) => void,
  ): Promise<number[]> {
    const { points, charges, middle, place, tolerance, cells, grids, bounds } = this;
    if (!grids || !bounds) throw new Error("the grid is built first");
    const columns = charges - 1;
    const untrusted: number[] = [];
    const sums = new Float64Array(BATCH * charges);
    await this.forEachBatch(queries, breathe, (from, to, order) => {
      const count = to - from;
      cells?.at(this.at[0], count, sums);
      for (let b = 0; b < count; b++) {
        const q = order ? order[from + b] : from + b;
        const cell = this.cellOf(b);
        if (cell >= 0 && !cells) {
          for (let a = 0; a < place.footprints.length; a++) place.footprints[a].set(this.at[a][b]);
          for (let c = 0; c < charges; c++) sums[c * count + b] = readPoint(grids, c * points, place);
        }
        const total = sums[b];
        if (cell < 0 || !(bounds[cell] <= tolerance * total)) {
          untrusted.push(q);
          continue;
        }
        if (totals) totals[q] = asLog ? Math.log(total) : total;
        for (let c = 0; c < columns; c++)
          mean[q * columns + c] = middle[c] + sums[(1 + c) * count + b] / total;
      }
      progress(to);
    });
    return untrusted;
  }

  /** The index of the cell of point b of the batch; −1 where the grid has no such place. */
  private cellOf(b: number): number {
    const { at, lengths } = this;
    let cell = 0;
    for (let a = 0; a < at.length; a++) {
      if (at[a][b] < 0) return -1;
      cell = cell * lengths[a] + Math.floor(at[a][b]);
    }
    return cell;
  }

  /** Visits points in batches whose positions lie in `at`, in an order that keeps neighbours together on large grids. */
  private async forEachBatch(
    points: Matrix,
    breathe: Breath,
    visit: (from: number, to: number, order: Uint32Array | undefined) => void,
  ): Promise<void> {
    const { axes, at } = this;
    const large = axes.length > 1 && this.points * this.charges * 8 > CACHE_BYTES;
    const order = large ? this.orderOf(points) : undefined;
    for (let from = 0; from < points.count; from += BATCH) {
      const to = Math.min(from + BATCH, points.count);
      for (let a = 0; a < axes.length; a++) positions(axes[a], points, a, from, to, order, at[a]);
      visit(from, to, order);
      await breathe();
    }
  }

  /** The points' indices sorted by blocks of columns of the grid (a counting sort). */
  private orderOf(points: Matrix): Uint32Array {
    const { axes, lengths, at } = this;
    const side = 8;
    const across = Math.ceil(lengths[1] / side) + 1;
    const starts = new Uint32Array((Math.ceil(lengths[0] / side) + 1) * across + 1);
    const blockOf = new Uint32Array(points.count);
    for (let from = 0; from < points.count; from += BATCH) {
      const to = Math.min(from + BATCH, points.count);
      for (const a of [0, 1]) positions(axes[a], points, a, from, to, undefined, at[a]);
      for (let b = 0; b < to - from; b++) {
        const [x, y] = [Math.max(at[0][b], 0), Math.max(at[1][b], 0)];
        const block = Math.floor(x / side) * across + Math.floor(y / side);
        blockOf[from + b] = block;
        starts[block + 1]++;
      }
    }
    for (let block = 1; block < starts.length; block++) starts[block] += starts[block - 1];
    const order = new Uint32Array(points.count);
    for (let i = 0; i < points.count; i++) order[starts[blockOf[i]]++] = i;
    return order;
  }
}

/**
 * A bound on the error of Σ α for each cell: |Π K̂ − Π K| ≤ Σₐ εₐ Π κ_b over the axes b ≠ a, with the window's
 * errors ε and largest values κ, summed over the keys.
 */
function boundsOf(
  counts: Float64Array,
  lengths: readonly number[],
  { errors, largest }: Window,
): Float64Array {
  let values = counts;
  let bounds: Float64Array = new Float64Array(counts.length);
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    const next = convolve(values, lengths, axis, errors);
    convolve(bounds, lengths, axis, largest).forEach((bound, i) => {
      next[i] += bound;
    });
    values = convolve(values, lengths, axis, largest);
    bounds = next;
  }
  const everywhere = counts.reduce((sum, count) => sum + count, 0) * FARTHEST;
  return bounds.map((bound, i) => bound + ROUNDING * values[i] + everywhere);
}
