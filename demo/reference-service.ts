/** The figures' numbers from the independent reference, `src/reference`, for the page's check. What searches for a bandwidth asks the engine. */
import type { AttentionInput, KernelInput, Points, Prediction, RegressionInput } from "../src/index.ts";
import {
  attention,
  classes,
  density,
  diagnostics,
  kernelNamed,
  mean,
  nadarayaWatson,
  type ReferenceProblem,
  type Rows,
  standardError,
  weights,
} from "../src/reference/index.ts";
import { ComputeService } from "./compute-service.ts";

/** Pairs that one figure may take: some seconds. */
const MOST_PAIRS = 4e7;

export class ReferenceService extends ComputeService {
  override async regress(input: RegressionInput, queries: Points): Promise<Float64Array> {
    return Float64Array.from(mean(problemOf(input), rowsOf(queries)).flat());
  }

  override async regressWithErrors(input: RegressionInput, queries: Points) {
    const standardErrors = standardError(problemOf(input), rowsOf(queries)).flat();
    return { mean: await this.regress(input, queries), standardError: Float64Array.from(standardErrors) };
  }

  override async looPredictions(input: RegressionInput & { readonly values: Float64Array }, queries: Points) {
    const { leaveOneOutResiduals } = diagnostics(problemOf(input));
    const squares = leaveOneOutResiduals.reduce((sum, [e]) => sum + e ** 2, 0);
    const error = Math.sqrt(squares / leaveOneOutResiduals.length);
    return { mean: await this.regress(input, queries), error };
  }

  override async density(input: KernelInput, queries: Points) {
    const { bandwidth } = await super.density(input, queries); // it may be chosen by a rule
    const problem = problemOf({ ...input, bandwidth });
    return { density: Float64Array.from(density(problem, rowsOf(queries)).density), bandwidth };
  }

  override async attend({ queries, keys, values, temperature }: AttentionInput): Promise<Float64Array> {
    const [q, k, v] = [queries, keys, values].map(rowsOf);
    return Float64Array.from(attention({ queries: q, keys: k, values: v, temperature }).flat());
  }

  /** Of very many pairs the reference has evenly spaced queries, and the engine, in float64, the others. */
  override async regressFast(input: RegressionInput, queries: Points): Promise<Prediction> {
    const prediction = await super.regressFast(input, queries);
    const { keys, values = [], kernel, bandwidth } = problemOf(input);
    const rows = rowsOf(queries);
    const [dims, columns] = [bandwidth.length, values[0].length];
    const flat = { keys: Float64Array.from(keys.flat()), values: Float64Array.from(values.flat()) };
    const step = Math.max(1, Math.ceil((rows.length * keys.length) / MOST_PAIRS));
    const all = prediction.mean.slice();
    for (let q = 0; q < rows.length; q += step) {
      const one = { ...flat, queries: Float64Array.from(rows[q]), dims, columns };
      all.set(nadarayaWatson({ ...one, kernel, shape: "radial", bandwidth }).mean, q * columns);
      await new Promise((resolve) => setTimeout(resolve)); // the page stays alive
    }
    return { ...prediction, mean: all };
  }

  override async weigh(input: RegressionInput, queries: Points): Promise<Float32Array> {
    const rows = weights(problemOf(input), rowsOf(queries));
    return Float32Array.from(rows[0].flatMap((_, k) => rows.map((row) => row[k])));
  }

  override async classify(keys: Points, labels: readonly string[], bandwidth: number[], queries: Points) {
    const problem = problemOf({ keys, bandwidth });
    const { probability, classes: names } = classes(problem, labels, rowsOf(queries));
    return { probability: Float64Array.from(probability.flat()), classes: names };
  }
}

function problemOf(
  input: KernelInput & Partial<Pick<RegressionInput, "values" | "degree">>,
): ReferenceProblem {
  const { kernel = "gaussian", bandwidth, adaptive, sampleWeights, values, shape, degree } = input;
  const keys = rowsOf(input.keys as Points);
  if (typeof kernel !== "string") throw new Error("the page's check is for kernels by name");
  if (bandwidth === undefined || typeof bandwidth === "string")
    throw new Error("the page's check is for bandwidths that are numbers");
  return {
    keys,
    values: values && rowsOf(values as Points),
    kernel: kernelNamed(kernel),
    shape,
    degree,
    bandwidth: typeof bandwidth === "number" ? keys[0].map(() => bandwidth) : Array.from(bandwidth, Number),
    adaptive: adaptive === true ? 0.5 : adaptive || undefined,
    sampleWeights: sampleWeights && Array.from(sampleWeights as ArrayLike<number>),
  };
}

/** Points as rows: of numbers, of rows, or of row-major data. */
function rowsOf(points: Points): Rows {
  if ("data" in points) {
    const { data, dims } = points;
    const count = data.length / dims;
    return Array.from({ length: count }, (_, i) =>
      Array.from({ length: dims }, (_, j) => Number(data[i * dims + j])),
    );
  }
  if ("buffer" in points && !ArrayBuffer.isView(points))
    throw new Error("the page's check reads no GPU buffers");
  return Array.from(points as ArrayLike<number | readonly number[]>, (row) =>
    typeof row === "number" ? [row] : [...row],
  );
}
