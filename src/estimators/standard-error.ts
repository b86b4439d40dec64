/**
 * Pointwise standard errors of local means, without assuming that the noise is the same everywhere:
 *
 *   se(q)² = σ̂²(q) Σ αᵢ² / (Σ αᵢ)²,    σ̂²(q) = Σ αᵢ eᵢ² / Σ αᵢ,    eᵢ² = (vᵢ − f̂(kᵢ))² / (1 − Hᵢᵢ)
 *
 * (Härdle 1990, §4.2; the local variance of Fan and Yao 1998, with the residuals' shrinkage by their leverage undone). It
 * is the spread of the estimate, not its bias.
 */
import type { Matrix } from "../data.ts";
import type { LoadedProblem, SumsOptions } from "../engine/types.ts";
import type { Kernel } from "../kernels.ts";
import { problemOf, type Weighing } from "../weighing.ts";

export class StandardErrors {
  private readonly columns: number;
  private readonly variance: LoadedProblem;
  private readonly squared: LoadedProblem;

  private constructor(columns: number, variance: LoadedProblem, squared: LoadedProblem) {
    this.columns = columns;
    this.variance = variance;
    this.squared = squared;
  }

  /** Takes the residuals at the keys: once for a model. */
  static async of(
    weighing: Weighing,
    values: Matrix,
    problem: LoadedProblem,
    options: SumsOptions,
  ): Promise<StandardErrors> {
    const { engine } = weighing;
    const { mean, leverage } = await problem.leaveOneOut({ ...options, onProgress: undefined });
    const squares = values.data.map((v, i) => {
      const free = 1 - leverage[Math.floor(i / values.dims)];
      return free > 1e-9 ? (v - mean[i]) ** 2 / free : 0;
    });
    const none = { data: new Float64Array(0), count: values.count, dims: 0 };
    const gaussian = weighing.kernel.name === "gaussian";
    const narrow = gaussian
      ? { ...weighing, bandwidth: weighing.bandwidth.map((h) => h / Math.SQRT2) }
      : { ...weighing, kernel: squaredKernel(weighing.kernel) };
    return new StandardErrors(
      values.dims,
      await engine.load(problemOf(weighing, { ...values, data: squares })),
      await engine.load(problemOf(narrow, none)),
    );
  }

  /** m × columns, row-major; NaN where no key is in reach. */
  async at(queries: Matrix, options: SumsOptions): Promise<Float64Array> {
    const variance = await this.variance.sums(queries, options, "log");
    const squared = await this.squared.sums(queries, options, "log");
    return variance.mean.map((local, i) => {
      const q = Math.floor(i / this.columns);
      return Math.sqrt(Math.max(local, 0)) * Math.exp(squared.totals![q] / 2 - variance.totals![q]);
    });
  }

  dispose(): void {
    this.variance.dispose();
    this.squared.dispose();
  }
}

/** α². */
function squaredKernel(kernel: Kernel): Kernel {
  const { polynomial, shader } = kernel;
  const squared = polynomial && new Array<number>(2 * polynomial.length - 1).fill(0);
  polynomial?.forEach((a, i) => {
    polynomial.forEach((b, j) => {
      squared![i + j] += a * b;
    });
  });
  return {
    ...kernel,
    name: `${kernel.name}, squared`,
    alpha: (u) => kernel.alpha(u) ** 2,
    logAlpha: (u) => 2 * kernel.logAlpha(u),
    polynomial: squared,
    shader: {
      ...shader,
      body: shader.body.replace(/return ([^;]*);\s*$/, "let once = V($1);\n  return once * once;"),
    },
  };
}
