/**
 * The fast Gauss transform on a grid ("expand"): sums of Gaussians over n keys for m queries in time n + m, within a
 * tolerance that is kept by a bound (docs/accuracy.md). Keys spread their charges to a grid, the grid is convolved,
 * queries read it. What the grid cannot promise is named, and taken elsewhere.
 */

import { Lazy } from "../../common/lazy.ts";
import { centresOf } from "../../data/extents.ts";
import { isGaussian } from "../../kernels/builtin.ts";
import { type Moment, plainMoments } from "../../problem/moments.ts";
import { outputsOf, type Problem } from "../../problem/problem.ts";
import { shareableArray } from "../../workers/shareable.ts";
import type { Cost } from "../method.ts";
import { type Axis, axisOf } from "../transform/axis.ts";
import type { Effort, Grid, Transform } from "../transform/transform.ts";
import { OWN_KEY_BANDWIDTHS } from "../transform/transform.ts";
import { type Window, windowFor } from "../transform/window.ts";
import { gridsOfMoments, polynomialsOfGrids } from "./cell-polynomials.ts";
import { convolveGrids, convolveSideBySide, type GridPlan, stagesOf } from "./charge-grids.ts";
import { errorBounds } from "./error-bounds.ts";
import { GridReader } from "./grid-reader.ts";
import { sideBySide } from "./spread.ts";
import { partsOfKeys, shareGrid, shareParts, spreadParts } from "./tasks.ts";

/** Bandwidths beyond the keys up to which queries are served; further out the bound would refuse them anyway. */
const PAD = 5;
/** Most numbers in one grid: 256 MiB. */
const MOST_NUMBERS = 2 ** 25;
/**
 * What a window's error is of the tolerance, by coordinates: the less, the more queries next to dense places are answered,
 * and the finer the grid, which in three coordinates costs most.
 */
export const SHARES = [8, 40, 24] as const;
/** Grids of so few points are read by the polynomials of their cells, however few the keys. */
const FEW_POINTS = 4096;
/** The error of the finest window. */
const FINEST = 1e-13;
/** Fewest workers that share a large grid: it is bound by memory, and two, often of one core, are no faster than one. */
const SHARERS = 3;

/** Nanoseconds of one core for an elementary step, and so the estimate of a whole: measured, see bench/. */
const NS = { point: 40, window: 0.45, polynomial: 1.3, tap: 0.45 } as const;

export class GaussTransform implements Transform {
  readonly sharesBuild = true;
  private readonly problem: Problem;
  private readonly tolerance: number;
  private readonly plan: GridPlan;
  private readonly reader = new Lazy<GridReader>();
  private finest: GaussTransform | string | undefined;

  private constructor(problem: Problem, tolerance: number, window: Window, axes: readonly Axis[]) {
    this.problem = problem;
    this.tolerance = tolerance;
    const { keys, values, moments } = problem;
    const lengths = axes.map(({ length }) => length);
    const points = lengths.reduce((product, length) => product * length, 1);
    const charges = 1 + values.dims;
    const outputs = momentsOf(problem).map(({ column, powers }) => ({
      charge: column === undefined ? 0 : 1 + column,
      powers,
    }));
    this.plan = {
      ...{ window, axes, lengths, points, charges },
      outputs: outputs.length,
      stages: stagesOf(outputs, charges, axes.length),
      columnCentre: moments ? new Float64Array(Math.max(values.dims, moments.length)) : centresOf(values),
      byCells: axes.length === 1 && points < Math.max(keys.count / 4, FEW_POINTS),
    };
  }

  /** The transform for a problem, or the reason why there is none. */
  static plan(
    problem: Problem,
    tolerance: number,
    windowError = tolerance / SHARES[problem.keys.dims - 1],
  ): GaussTransform | string {
    const { keys, kernel, bandwidth, keyBandwidthFactors } = problem;
    const { dims } = keys;
    if (keyBandwidthFactors) return OWN_KEY_BANDWIDTHS;
    if (!isGaussian(kernel) || dims > 3)
      return `the fast Gauss transform takes 1 to 3 coordinates, not "${kernel.name}" in ${dims}`;
    // A fraction of the tolerance in the centre of things; what is denser next door is the bounds' business.
    const highest = Math.max(...momentsOf(problem).flatMap(({ powers }) => powers));
    const window = windowFor(windowError, highest);
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
      const outputs = outputsOf(problem);
      if (!(points * (1 + outputs) < MOST_NUMBERS))
        return `it would need a grid of more than ${MOST_NUMBERS} numbers: the bandwidth is too narrow for the keys' extent${outputs > 1 ? ` and ${outputs} sums` : ""}`;
    }
    return new GaussTransform(problem, tolerance, window, axes);
  }

  get grid(): Grid {
    return this.plan;
  }

  /** With the finest window, whose error lets queries be answered whose neighbours weigh a million times more. */
  finer(): GaussTransform | undefined {
    if (this.plan.window.error <= FINEST) return undefined;
    this.finest ??= GaussTransform.plan(this.problem, this.tolerance, FINEST);
    return typeof this.finest === "string" ? undefined : this.finest;
  }

  cost(m: number): Cost {
    const { window, axes, points, charges, outputs, stages, byCells } = this.plan;
    const { width, taps } = window;
    const dims = axes.length;
    const perPoint = (grids: number) =>
      byCells
        ? NS.point / 4 + NS.polynomial * grids * width
        : NS.point * dims + NS.window * grids * width ** dims;
    const convolutions = stages.reduce((sum, stage) => sum + stage.length + 1, 0);
    const perGridPoint = NS.tap * taps.length * 2 * convolutions;
    const build = this.problem.keys.count * perPoint(charges) + points * perGridPoint;
    return { once: build / 1e6, call: (m * perPoint(outputs)) / 1e6 };
  }

  build(effort: Effort): Promise<GridReader> {
    return this.reader.get(() => this.make(effort));
  }

  private async make({ yieldToEventLoop, share, signal }: Effort): Promise<GridReader> {
    const { plan, problem, tolerance } = this;
    const { lengths, byCells } = plan;
    const keys = { keys: problem.keys, values: problem.values, weights: problem.keyWeights?.data };
    const parts = partsOfKeys(plan, keys);
    const byRows = !byCells && parts.length === 1;
    let grids: Float64Array;
    let counts: Float64Array;
    if (share && byRows && share.size >= SHARERS) {
      const shared = await shareGrid(plan, keys, share, signal);
      counts = shared.counts;
      grids = sideBySide(shared.planes, plan.outputs, shareableArray(shared.planes.length));
    } else {
      const spread =
        share && !byRows
          ? await shareParts(plan, keys, parts, share, signal)
          : await spreadParts(plan, keys, parts, yieldToEventLoop);
      counts = spread.counts;
      grids = byCells
        ? convolveCells(plan, spread.grids)
        : await convolveSideBySide(plan, spread.grids, yieldToEventLoop);
    }
    const total = problem.keyWeights?.total ?? problem.keys.count;
    const bounds = errorBounds(plan.window, counts, lengths, total);
    const beyond = total * Math.exp(-(PAD ** 2) / 2);
    return new GridReader({ ...plan, kind: "grid", tolerance, grids, bounds, beyond });
  }
}

/** From the moments of cells to their polynomials. */
function convolveCells(plan: GridPlan, moments: Float64Array): Float64Array {
  const { window, lengths, charges, outputs } = plan;
  const grids = gridsOfMoments(moments, window, charges);
  return polynomialsOfGrids(convolveGrids(plan, grids, lengths, 0), window, outputs);
}

/** What is summed: Σ α itself, then what is asked for. */
const momentsOf = ({ keys, values, moments }: Problem): readonly Moment[] => [
  { column: undefined, powers: new Array<number>(keys.dims).fill(0) },
  ...(moments ?? plainMoments(values.dims, keys.dims)),
];
