/**
 * What the method "expand" keeps on the GPU for a problem: the grid that its keys were spread to and that was convolved, and
 * each cell's bound. In two or three coordinates; in one, float64 on the CPU is as fast.
 */
import { convolve } from "../../../../shaders/convolve.ts";
import { spread } from "../../../../shaders/spread.ts";
import { gridIntegers, type WindowOptions } from "../../../../shaders/window.ts";
import { countingSort } from "../../../common/counting-sort.ts";
import type { Calibration } from "../../../gpu/calibration.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { type Gpu, type Pass, StorageUsage } from "../../../gpu/gpu.ts";
import type { Cache } from "../../../gpu/memory.ts";
import { Scratch, withScratch } from "../../../gpu/scratch.ts";
import type { Problem, RunOptions } from "../../../problem/problem.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import type { Grid } from "../../transform/transform.ts";
import { exactErrors } from "../../transform/window.ts";
import { FixedPositions } from "./fixed-positions.ts";

/** Workgroups for so many threads, in two dimensions where one is too short. */
export function workgroupsFor(gpu: Gpu, threads: number): readonly [number, number] {
  const most = gpu.device.limits.maxComputeWorkgroupsPerDimension;
  const all = Math.ceil(threads / THREADS);
  const rows = Math.ceil(all / most);
  return [Math.ceil(all / rows), rows];
}

/** Symmetric taps, on the GPU. */
interface Taps {
  readonly buffer: GPUBuffer;
  readonly reach: number;
}

/** What a grid is made with. */
export interface GridContext extends Pick<GpuContext, "scheduler" | "calibration"> {
  readonly options: RunOptions;
}

/** Grid points that are spread to, convolved or read a millisecond, until that is measured. */
export const firstGridRate = ({ pairsPerMillisecond }: Calibration): number => pairsPerMillisecond / 16;

/** The convolved grids, one a charge, and the bound of each cell. */
export interface DeviceGrid {
  /** What gives them back. */
  readonly kept: Scratch;
  readonly grid: GPUBuffer;
  readonly bounds: GPUBuffer;
}

export class ExpandedProblem implements Cache {
  readonly grid: Grid;
  readonly options: WindowOptions;
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
    const { width, beta } = grid.window;
    this.options = { dims: grid.axes.length, width, beta, charges: grid.charges, threads: THREADS };
    this.positions = new FixedPositions(grid.axes);
    this.unit = problem.keyWeights?.most ?? 1;
    this.scale = new Float64Array(values.dims).fill(Number.MIN_VALUE);
    for (let i = 0; i < values.data.length; i++) {
      const c = i % values.dims;
      this.scale[c] = Math.max(this.scale[c], Math.abs(values.data[i] - grid.columnCentre[c]));
    }
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

  /** A cell whose windows lie within the grid. */
  get inside(): number {
    return this.grid.window.width;
  }

  get integers(): number[] {
    return gridIntegers(
      this.grid.points,
      this.positions.bits,
      this.grid.axes.map(({ length }) => length),
    );
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
      return await withScratch(gpu, (scratch) => this.build(gpu, kept, scratch, context));
    } catch (error) {
      kept.release();
      throw error;
    }
  }

  private async build(
    gpu: Gpu,
    kept: Scratch,
    scratch: Scratch,
    { scheduler, calibration, options }: GridContext,
  ): Promise<DeviceGrid> {
    const { grid: plan } = this;
    const { points, charges, window, axes } = plan;
    const convolution = (add: boolean) => gpu.pipeline("convolve", convolve({ add, threads: THREADS }));
    const [spreadStage, convolveStage, addStage] = await Promise.all([
      gpu.pipeline("spread", spread(this.options)),
      convolution(false),
      convolution(true),
    ]);
    const grids = (label: string, count: number, of: Scratch) =>
      of.buffer(label, points * count * 4, StorageUsage);
    const { starts, counts, positions, rows } = this.sorted();
    const startBuffer = await scratch.storage("starts", starts);
    const positionBuffer = await scratch.storage("positions", positions);
    const chargeBuffer = await scratch.storage("charges", rows);
    // One of each pair is kept, as an odd number of convolutions leaves the result in the other.
    const last = axes.length % 2;
    const owner = (turn: number) => (turn === last ? kept : scratch);
    const spreadTo = [await grids("grid", charges, owner(0)), await grids("grid", charges, owner(1))];
    const bounds = [await grids("bounds", 1, owner(0)), await grids("bounds", 1, owner(1))];
    const near = [await scratch.storage("near", counts), await grids("near", 1, scratch)];

    const { signal } = options;
    const n = this.problem.keys.count;
    /** Submits a stage over `count` elements in ranges that take about as long as the scheduler wants. */
    const inRanges = async (
      pipeline: GPUComputePipeline,
      count: number,
      workEach: number,
      buffersOf: (first: number, count: number) => Promise<readonly GPUBuffer[]>,
    ) => {
      const family = `${pipeline.label} ${axes.length}`;
      const work = { family, total: count * workEach, done: 0, firstRate: firstGridRate(calibration) };
      const run = scheduler.start(gpu, work, { signal });
      for (let first = 0; first < count; ) {
        const threads = Math.min(Math.max(Math.ceil(run.budget / workEach), THREADS), count - first);
        const buffers = await buffersOf(first, threads);
        const passes: Pass[] = [{ pipeline, buffers, workgroups: workgroupsFor(gpu, threads) }];
        await run.submitted(threads * workEach, gpu.submitTimed(passes));
        first += threads;
      }
      await run.finish();
    };

    // Keys are shared by ranges of grid points as the extent is.
    const touched = Math.max(1, (n * window.width ** axes.length) / points);
    await inRanges(spreadStage, points, touched, async (first, count) => [
      await scratch.uniform("spread", [first, count, n, ...this.integers], this.step),
      startBuffer,
      positionBuffer,
      chargeBuffer,
      spreadTo[0],
    ]);

    const { errors, largest } = exactErrors(window);
    const tapsOf = async (label: string, numbers: Float64Array): Promise<Taps> => ({
      reach: numbers.length - 1,
      buffer: await scratch.storage(label, Float32Array.from(numbers)),
    });
    const taps = await tapsOf("taps", window.taps);
    const errorTaps = await tapsOf("errors", errors);
    const largestTaps = await tapsOf("largest", largest);
    let stride = 1;
    for (const [turn, { length }] of [...axes].reverse().entries()) {
      const [from, to] = [turn % 2, 1 - (turn % 2)];
      const along = (stage: GPUComputePipeline, by: Taps, source: GPUBuffer, result: GPUBuffer, many = 1) =>
        inRanges(stage, points * many, 2 * by.reach, async (first, count) => [
          await scratch.uniform("convolve", [first, count, stride, length, by.reach]),
          by.buffer,
          source,
          result,
        ]);
      await along(convolveStage, taps, spreadTo[from], spreadTo[to], charges);
      await along(convolveStage, errorTaps, near[from], bounds[to]);
      if (turn > 0) await along(addStage, largestTaps, bounds[from], bounds[to]);
      if (turn < axes.length - 1) await along(convolveStage, largestTaps, near[from], near[to]);
      stride *= length;
    }
    return { grid: spreadTo[last], bounds: bounds[last], kept };
  }

  /** Keys in the order of their cells: where each cell's begin, what they weigh together, their positions and charges. */
  private sorted() {
    const { problem, grid, positions: fixed, scale, unit } = this;
    const { keys, values, keyWeights } = problem;
    const n = keys.count;
    const { axes, points, charges, columnCentre } = grid;
    const at = fixed.of(keys, 0, n, this.inside, () => {});
    const cells = new Uint32Array(n);
    for (const [a, { length }] of axes.entries())
      for (let i = 0; i < n; i++) cells[i] = cells[i] * length + (at[a * n + i] >>> fixed.bits);
    const { order, starts } = countingSort(cells, points);
    const counts = new Float32Array(points);
    const positions = new Uint32Array(axes.length * n);
    const rows = new Float32Array(charges * n);
    for (let to = 0; to < n; to++) {
      const i = order[to];
      const keyWeight = keyWeights ? keyWeights.data[i] / unit : 1;
      counts[cells[i]] += keyWeight;
      for (let a = 0; a < axes.length; a++) positions[a * n + to] = at[a * n + i];
      rows[to] = keyWeight;
      for (let c = 1; c < charges; c++) {
        const value = values.data[i * (charges - 1) + c - 1];
        rows[c * n + to] = (keyWeight * (value - columnCentre[c - 1])) / scale[c - 1];
      }
    }
    return { starts, counts, positions, rows };
  }
}
