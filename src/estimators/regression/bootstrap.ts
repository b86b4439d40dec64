/** Bands of a regression by the bootstrap. */
import type { Matrix } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { meansOf } from "../../weighting/column-means.ts";
import { type Bands, type BandsRequest, bootstrapBands } from "../uncertainty/bootstrap.ts";
import { halfWidthsAt } from "./half-widths.ts";
import { smootherOf } from "./smoother.ts";
import type { RegressionSnapshot } from "./snapshot.ts";

export async function bandsAt(
  snapshot: RegressionSnapshot,
  queries: Matrix,
  request: Pick<BandsRequest, "replicates" | "level" | "seed">,
  options: SumsOptions,
): Promise<Bands> {
  const { values, degree } = snapshot;
  const { spec } = snapshot.fitted;
  const errors = await snapshot.standardErrors(options);
  const { mean, local } = await snapshot.fitAt(queries, options, false);
  const spread = await errors.at(queries, options, local);
  const widths = await halfWidthsAt(snapshot, request.level, queries, options, mean, spread);
  const smooth = async (columns: Matrix, points: Matrix) => {
    options.signal?.throwIfAborted();
    if (degree !== 0) return smootherOf(degree).at(spec, columns, points, options);
    return (await meansOf(spec, columns, points, options)).mean;
  };
  const fitted = await snapshot.atKeys(options);
  return bootstrapBands({
    spec,
    values,
    fitted,
    errors,
    queries,
    mean,
    spread,
    ...widths,
    ...request,
    options,
    smooth,
  });
}
