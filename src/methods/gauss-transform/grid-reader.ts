/** Queries read the grids that their keys were spread to and that were convolved: stage three of the fast Gauss transform. */
import type { Matrix } from "../../data/matrix.ts";
import type { ResultArrays } from "../results.ts";
import type { Reader, Yielder } from "../transform/transform.ts";
import { CellLoops, cellKernels } from "./cell-polynomials.ts";
import type { GridPlan } from "./charge-grids.ts";
import { atPlaces, eachBatch, placesByBlock } from "./key-batches.ts";
import { pointKernels } from "./spread.ts";
import type { PointKernels } from "./wasm/point-kernels.ts";

/** A grid ready to be read. */
export interface GridState extends GridPlan {
  readonly kind: "grid";
  readonly tolerance: number;
  /** The sums of each grid point side by side, or the polynomials of cells. */
  readonly grids: Float64Array;
  /** For each cell, what Σ α of a query in it may be off by. */
  readonly bounds: Float64Array;
  /** What Σ α of a query is at most that has no place on the grid. */
  readonly beyond: number;
}

export class GridReader implements Reader {
  readonly state: GridState;
  /** With the grid, made where queries are read. */
  private kernels: PointKernels | undefined;

  constructor(state: GridState) {
    this.state = state;
  }

  async read(
    queries: Matrix,
    results: ResultArrays,
    yieldToEventLoop: Yielder,
    progress: (done: number) => void,
  ): Promise<number[]> {
    const { axes, outputs } = this.state;
    const places = await placesByBlock(axes, outputs, queries, yieldToEventLoop);
    if (!places) return this.readInOrder(queries, results, yieldToEventLoop, progress);
    const columns = outputs - 1;
    const sorted = {
      ...results,
      mean: new Float64Array(results.mean.length),
      totals: results.totals && new Float64Array(queries.count),
    };
    const left = await this.readInOrder(
      await atPlaces(queries, places, yieldToEventLoop),
      sorted,
      yieldToEventLoop,
      progress,
    );
    const isLeft = new Uint8Array(queries.count);
    for (const place of left) isLeft[place] = 1;
    const belowPrecision: number[] = [];
    for (let q = 0, to = 0; q < places.length; q++) {
      const place = places[q];
      if (isLeft[place] === 1) {
        belowPrecision.push(q);
        to += columns;
        continue;
      }
      for (let c = 0, at = place * columns; c < columns; c++) results.mean[to++] = sorted.mean[at++];
      if (results.totals) results.totals[q] = sorted.totals![place];
    }
    return belowPrecision;
  }

  private async readInOrder(
    queries: Matrix,
    results: ResultArrays,
    yieldToEventLoop: Yielder,
    progress: (done: number) => void,
  ): Promise<number[]> {
    const { window, axes, lengths, points, outputs, byCells, grids } = this.state;
    // Those for a few queries are not kept.
    const kernels =
      this.kernels ??
      (byCells
        ? cellKernels(window, points, outputs, queries.count)
        : pointKernels(window, outputs, lengths));
    if (kernels !== this.kernels) kernels.grid.set(grids);
    if (!(kernels instanceof CellLoops)) this.kernels = kernels;
    const belowPrecision: number[] = [];
    await eachBatch(axes, kernels, queries, yieldToEventLoop, (from, to) => {
      kernels.read(to - from);
      this.write(from, to, kernels, results, belowPrecision);
      progress(to);
    });
    return belowPrecision;
  }

  /** Writes the results of queries from … to − 1, which were read, where the bound is within the tolerance, and lists the others. */
  private write(
    from: number,
    to: number,
    { cells, charged: sums }: PointKernels,
    { mean, totals, asLog, acceptedError = 0 }: ResultArrays,
    belowPrecision: number[],
  ): void {
    const { bounds, beyond, tolerance, outputs, columnCentre } = this.state;
    const columns = outputs - 1;
    for (let q = from, at = 0, row = from * columns; q < to; q++, at += outputs, row += columns) {
      const cell = cells[q - from];
      const bound = cell < 0 ? beyond : bounds[cell];
      let total = cell < 0 ? 0 : sums[at];
      if (!(bound <= tolerance * total)) {
        if (!(bound <= acceptedError)) {
          belowPrecision.push(q);
          continue;
        }
        total = Math.max(total, 0); // an error may have made it less
      }
      if (totals) totals[q] = asLog ? Math.log(total) : total;
      for (let c = 0; c < columns; c++) mean[row + c] = columnCentre[c] + sums[at + 1 + c] / total;
    }
  }
}
