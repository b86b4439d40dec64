/** The method "dense" on the GPU: every pair in f32, with the means or the weights left there or read back. */
import type { Track } from "../../../../shaders/partials.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { Devices } from "../../../gpu/devices.ts";
import type { RunOptions, SumsOnGpu, SumsOptions } from "../../../problem/problem.ts";
import { GpuMethod, tooImprecise } from "../../gpu-method.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS } from "../../method.ts";
import type { Results } from "../../results.ts";
import { denseGpuCost } from "../cost.ts";
import type { Checked, DeviceProblem } from "./checked-sums.ts";

export class DenseOnGpu extends GpuMethod {
  readonly name = "dense";
  private loaded: DeviceProblem | undefined;

  async cost(queries: Matrix, options: SumsOptions): Promise<Cost | string> {
    if (queries.bandwidthFactors) return OWN_QUERY_BANDWIDTHS;
    // Explicitly requested, "dense" has single precision whatever the tolerance.
    const imprecise = options.method === "auto" ? tooImprecise(options) : undefined;
    return imprecise ?? { once: 0, call: denseGpuCost(this.problem, queries.count, this.context.calibrated) };
  }

  /** @param track finds the nearest key of each query too, so that fewer are below precision: for few of them */
  async sums(
    queries: Matrix,
    options: SumsOptions,
    _: Cost,
    results: Results,
    track?: Track,
  ): Promise<Computed> {
    const [{ checkedSums, writeSlice }, { sumSlices }, loaded] = await Promise.all([
      import("./checked-sums.ts"),
      import("./sums.ts"),
      this.onGpu(),
    ]);
    const onGpu = { ...loaded, track: loaded.track ?? track };
    const want = { want: "means", totals: results.totals !== undefined } as const;
    const finish = writeSlice(onGpu, results, (q) => q);
    const checked = await checkedSums(this.context, onGpu, queries, options, want, sumSlices, finish);
    for (const q of checked.empty) results.empty.push(q);
    return this.computed(queries, checked);
  }

  /**
   * As `sums`, into a buffer of f32, m × columns; `write` gets the means of empty windows.
   * @param devices the device of the buffer alone: with it, what is there is lost
   */
  async means(
    devices: Devices,
    queries: Matrix,
    options: RunOptions,
    mean: GPUBuffer,
    write: SumsOnGpu["write"],
  ): Promise<Computed & Checked> {
    const [{ means }, onGpu] = await Promise.all([import("./place-means.ts"), this.onGpu()]);
    const checked = await means({ ...this.context, devices }, onGpu, queries, options, mean, write);
    return { ...checked, ...this.computed(queries, checked) };
  }

  /** Writes the weights into a matrix keys × queries; returns the queries whose columns are below precision. */
  async weights(queries: Matrix, options: RunOptions, matrix: Float32Array): Promise<readonly number[]> {
    const [{ writeWeights }, onGpu] = await Promise.all([import("./weights.ts"), this.onGpu()]);
    return writeWeights(this.context, onGpu, queries, options, matrix);
  }

  forgetKeys(): void {
    this.loaded?.keyBuffers.forget();
  }

  override dispose(): void {
    super.dispose();
    this.loaded?.keyBuffers.close();
  }

  /** Encoded on first use: other methods do not need it. */
  private async onGpu(): Promise<DeviceProblem> {
    const { deviceProblem } = await import("./checked-sums.ts");
    this.assertNotDisposed();
    this.loaded ??= deviceProblem(this.problem);
    return this.loaded;
  }

  private computed(queries: Matrix, { belowPrecision }: Checked): Computed {
    const evaluatedPairs = this.loaded?.encoder.tooWide ? 0 : queries.count * this.problem.keys.count;
    return { belowPrecision, evaluatedPairs };
  }
}
