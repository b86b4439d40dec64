/**
 * What the method "expand" keeps on the GPU for a problem: the grid that its keys were spread to and that was convolved, and
 * each cell's bound.
 */
import { gridIntegers } from "../../../../shaders/window.ts";
import type { Gpu } from "../../../gpu/gpu.ts";
import type { Cache } from "../../../gpu/memory.ts";
import { Scratch, withScratch } from "../../../gpu/scratch.ts";
import type { Problem } from "../../../problem/problem.ts";
import type { Grid } from "../../transform/transform.ts";
import { buildGrid, type GridContext, type KeyNumbers } from "./build-grid.ts";
import { FixedPositions } from "./fixed-positions.ts";

/** The convolved grids on a device. */
export interface DeviceGrid {
  /** What gives them back. */
  readonly kept: Scratch;
  readonly buffer: GPUBuffer;
  /** Where in it the grid of each charge begins, and then the bound of each cell. */
  readonly begins: readonly number[];
}

export class ExpandedProblem implements Cache {
  readonly grid: Grid;
  readonly positions: FixedPositions;
  /** What turns a column's sums over Σ α into its means: offset + scale · ratio. */
  readonly scale: Float64Array;
  /** What Σ α has to be multiplied by. */
  readonly unit: number;
  private readonly problem: Problem;
  private made: { readonly gpu: Gpu; readonly grid: Promise<DeviceGrid> } | undefined;
  private readers = 0;
  private unwanted = false;

  constructor(problem: Problem, grid: Grid) {
    const { values } = problem;
    this.problem = problem;
    this.grid = grid;
    this.positions = new FixedPositions(grid.axes);
    this.unit = problem.keyWeights?.most ?? 1;
    this.scale = new Float64Array(values.dims).fill(Number.MIN_VALUE);
    for (let i = 0; i < values.data.length; i++) {
      const c = i % values.dims;
      this.scale[c] = Math.max(this.scale[c], Math.abs(values.data[i] - grid.columnCentre[c]));
    }
  }

  get keyCount(): number {
    return this.problem.keys.count;
  }

  /** What all keys weigh together, in units of `unit`. */
  get mass(): number {
    const { keys, keyWeights } = this.problem;
    return keyWeights ? keyWeights.total / keyWeights.most : keys.count;
  }

  /** The size of a count of a position, in half widths of the window. */
  get step(): number {
    return 2 ** -this.positions.bits / (this.grid.window.width / 2);
  }

  get lengths(): number[] {
    return this.grid.axes.map(({ length }) => length);
  }

  get integers(): number[] {
    return gridIntegers(this.grid.points, this.positions.bits, this.lengths);
  }

  /**
   * Calls `work` with the grid and its bounds, which are computed on first use and kept while anything reads them.
   * @throws NadarayaError "out-of-memory"
   */
  async with<T>(gpu: Gpu, context: GridContext, work: (grid: DeviceGrid) => Promise<T>): Promise<T> {
    this.readers++;
    gpu.memory.used(this);
    try {
      const before = this.made?.gpu === gpu ? this.made.grid : Promise.resolve(undefined); // else lost with its device
      const grid = before.catch(() => undefined).then((known) => known ?? this.make(gpu, context));
      this.made = { gpu, grid };
      return await work(await grid);
    } finally {
      this.readers--;
      if (this.unwanted) this.forget();
    }
  }

  /** Frees the GPU's memory, once nothing reads it. */
  forget(): void {
    this.unwanted = true;
    this.evict();
  }

  evict(): void {
    if (this.readers > 0 || !this.made) return;
    const { gpu, grid } = this.made;
    this.made = undefined;
    gpu.memory.forget(this);
    grid.then(
      ({ kept }) => kept.release(),
      () => {}, // was released when it failed
    );
  }

  private async make(gpu: Gpu, context: GridContext): Promise<DeviceGrid> {
    const kept = new Scratch(gpu);
    try {
      return await withScratch(gpu, async (scratch) => {
        const made = await buildGrid(this, this.keyNumbers(), kept, scratch, context);
        return { kept, ...made };
      });
    } catch (error) {
      kept.release();
      throw error;
    }
  }

  /** The keys as shaders take them. */
  private keyNumbers(): KeyNumbers {
    const { problem, grid, positions, scale, unit } = this;
    const { keys, values, keyWeights } = problem;
    const { charges: count, columnCentre } = grid;
    const n = keys.count;
    const columns = count - 1;
    const charges = new Float32Array(count * n);
    for (let i = 0; i < n; i++) charges[i] = keyWeights ? keyWeights.data[i] / unit : 1;
    for (let c = 0; c < columns; c++) {
      const [row, centre, unitOfColumn] = [(c + 1) * n, columnCentre[c], scale[c]];
      for (let i = 0; i < n; i++)
        charges[row + i] = charges[i] * ((values.data[i * columns + c] - centre) / unitOfColumn);
    }
    return { count: n, positions: positions.of(keys, 0, n), charges };
  }
}
