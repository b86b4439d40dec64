/** Queries read the grids that their keys were spread to and that were convolved: stage three of the fast Gauss transform. */
import type { Matrix } from "../../data/matrix.ts";
import type { ResultArrays } from "../results.ts";
import type { Reader, Yielder } from "../transform/transform.ts";
import { CellPolynomials } from "./cell-polynomials.ts";
import type { GridPlan } from "./charge-grids.ts";
import { KEYS_PER_BATCH, KeyBatches } from "./key-batches.ts";
import { readPoint, WindowWeights } from "./spread.ts";

/** A grid ready to be read. */
export interface GridState extends GridPlan {
  readonly kind: "grid";
  readonly tolerance: number;
  /** The charges' grids, or the polynomials of cells. */
  readonly grids: Float64Array;
  readonly bounds: Float64Array;
}

export class GridReader implements Reader {
  readonly state: GridState;

  constructor(state: GridState) {
    this.state = state;
  }

  async read(
    queries: Matrix,
    { mean, totals, asLog }: ResultArrays,
    yieldToEventLoop: Yielder,
    progress: (done: number) => void,
  ): Promise<number[]> {
    const { window, axes, lengths, points, outputs, columnCentre, byCells, tolerance, grids, bounds } =
      this.state;
    const columns = outputs - 1;
    const batches = new KeyBatches(axes, outputs);
    const place = { lengths, axisWindows: axes.map(() => new WindowWeights(window)) };
    const cells = byCells ? new CellPolynomials(window, points, outputs, grids) : undefined;
    const belowPrecision: number[] = [];
    const sums = new Float64Array(KEYS_PER_BATCH * outputs);
    await batches.each(queries, yieldToEventLoop, (from, to, order) => {
      const count = to - from;
      cells?.at(batches.at[0], count, sums);
      for (let b = 0; b < count; b++) {
        const q = order ? order[from + b] : from + b;
        const cell = batches.cellOf(b);
        if (cell >= 0 && !cells) {
          for (let a = 0; a < axes.length; a++) place.axisWindows[a].set(batches.at[a][b]);
          for (let c = 0; c < outputs; c++) sums[c * count + b] = readPoint(grids, c * points, place);
        }
        const total = sums[b];
        if (cell < 0 || !(bounds[cell] <= tolerance * total)) {
          belowPrecision.push(q);
          continue;
        }
        if (totals) totals[q] = asLog ? Math.log(total) : total;
        for (let c = 0; c < columns; c++)
          mean[q * columns + c] = columnCentre[c] + sums[(1 + c) * count + b] / total;
      }
      progress(to);
    });
    return belowPrecision;
  }
}
