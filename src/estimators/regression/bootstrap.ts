/** Bands of a regression by the bootstrap. */
import type { Whole } from "../../common/progress.ts";
import { MAX_COLUMNS, type Matrix } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { meansOf } from "../../weighting/column-means.ts";
import { type Bands, type BandsRequest, bootstrapBands } from "../uncertainty/bootstrap.ts";
import { halfWidthsAt } from "./half-widths.ts";
import { smootherOf } from "./smoother.ts";
import type { RegressionSnapshot } from "./snapshot.ts";

/** Up to this number of products of keys and points, weights are kept for all replicates. */
const MOST_WEIGHTS = 2 ** 22;

export async function bandsAt(
  snapshot: RegressionSnapshot,
  queries: Matrix,
  request: Pick<BandsRequest, "replicates" | "level" | "seed">,
  options: SumsOptions,
  part: Whole["part"],
): Promise<Bands> {
  const { values, degree } = snapshot;
  const batches = values.dims * Math.ceil(request.replicates / MAX_COLUMNS);
  const nextPart = () => ({ ...options, ...part(1 / (6 + 2 * batches)) });
  const { spec } = snapshot.fitted;
  const errors = await snapshot.standardErrors(nextPart());
  const { mean, local } = await snapshot.fitAt(queries, nextPart(), false);
  const spread = await errors.at(queries, nextPart(), local);
  const widths = await halfWidthsAt(snapshot, request.level, queries, nextPart(), mean, spread);
  const points = joined(queries, spec.keys);
  const weights =
    degree !== 0 && points.count * values.count <= MOST_WEIGHTS
      ? await weightsAt(snapshot, points, options)
      : undefined;
  const smooth = async (columns: Matrix) => {
    options.signal?.throwIfAborted();
    if (weights) return weighted(weights, columns, points.count);
    if (degree !== 0) return smootherOf(degree).at(spec, columns, points, nextPart());
    return (await meansOf(spec, columns, points, nextPart())).mean;
  };
  const fitted = await snapshot.atKeys(options);
  const { local: localAtKeys } = await snapshot.fitAt(spec.keys, nextPart(), false);
  const atKeys = await errors.at(spec.keys, nextPart(), localAtKeys);
  const noise = atKeys.standardError.map(
    (error, at) => error / Math.sqrt(atKeys.squares[Math.floor(at / values.dims)]),
  );
  return bootstrapBands({
    spec,
    values,
    fitted,
    errors,
    noise,
    queries,
    mean,
    spread,
    ...widths,
    ...request,
    nextPart,
    smooth,
  });
}

/** The rows of one after those of the other. */
function joined(first: Matrix, second: Matrix): Matrix {
  const data = new Float64Array(first.data.length + second.data.length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return { data, dims: first.dims, count: first.count + second.count };
}

/** The weights of the keys in the fit at points, points × keys. */
async function weightsAt(
  snapshot: RegressionSnapshot,
  points: Matrix,
  { signal }: SumsOptions,
): Promise<Float64Array> {
  const { count } = snapshot.fitted.spec.keys;
  const matrix = new Float64Array(points.count * count);
  const fit = await snapshot.weighing();
  await fit.eachQuery(points, { tolerance: 0, signal }, (point, { keys, weights, count: found }) => {
    for (let i = 0; i < found; i++) matrix[point * count + keys[i]] = weights[i];
  });
  return matrix;
}

/** Weighted sums of columns of values: points × columns. */
function weighted(weights: Float64Array, { data, count, dims }: Matrix, points: number): Float64Array {
  const sums = new Float64Array(points * dims);
  for (let point = 0; point < points; point++)
    for (let i = 0; i < count; i++) {
      const weight = weights[point * count + i];
      if (weight === 0) continue;
      for (let c = 0; c < dims; c++) sums[point * dims + c] += weight * data[i * dims + c];
    }
  return sums;
}
