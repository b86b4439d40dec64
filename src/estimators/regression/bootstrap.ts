/** Bands of a regression by the bootstrap. */
import type { Whole } from "../../common/progress.ts";
import { MAX_COLUMNS, type Matrix } from "../../data/matrix.ts";
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
  const smooth = async (columns: Matrix, points: Matrix) => {
    options.signal?.throwIfAborted();
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
