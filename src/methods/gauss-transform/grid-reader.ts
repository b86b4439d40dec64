/** Queries read the grids that their keys were spread to and that were convolved: stage three of the fast Gauss transform. */
import type { Matrix } from "../../data/matrix.ts";
import type { ResultArrays } from "../results.ts";
import type { Reader, Yielder } from "../transform/transform.ts";
import { cellKernels } from "./cell-polynomials.ts";
import type { GridPlan } from "./charge-grids.ts";
import { KeyBatches } from "./key-batches.ts";
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

/** Queries whose sums were read, count × outputs, and the cells that they are in. */
interface Batch {
  readonly from: number;
  readonly count: number;
  readonly order: Uint32Array | undefined;
  readonly cellOf: Int32Array;
  readonly sums: Float64Array;
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
    const { window, axes, lengths, points, outputs, byCells, grids } = this.state;
    if (!this.kernels) {
      this.kernels = byCells ? cellKernels(window, points, outputs) : pointKernels(window, outputs, lengths);
      this.kernels.grid.set(grids);
    }
    const { kernels } = this;
    const { cells: cellOf, charged: sums } = kernels;
    const batches = new KeyBatches(axes, outputs, kernels);
    const belowPrecision: number[] = [];
    await batches.each(queries, yieldToEventLoop, (from, to, order) => {
      const count = to - from;
      kernels.read(count);
      this.write({ from, count, order, cellOf, sums }, results, belowPrecision);
      progress(to);
    });
    return belowPrecision;
  }

  /** Writes the results of a batch where the bound is within the tolerance, and lists the other queries. */
  private write(
    { from, count, order, cellOf, sums }: Batch,
    { mean, totals, asLog, acceptedError = 0 }: ResultArrays,
    belowPrecision: number[],
  ): void {
    const { bounds, beyond, tolerance, outputs, columnCentre } = this.state;
    const columns = outputs - 1;
    for (let b = 0, at = 0; b < count; b++, at += outputs) {
      const q = order ? order[from + b] : from + b;
      const cell = cellOf[b];
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
      const to = q * columns;
      for (let c = 0; c < columns; c++) mean[to + c] = columnCentre[c] + sums[at + 1 + c] / total;
    }
  }
}
