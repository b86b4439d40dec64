/** Half the widths of confidence bands. */
import type { Matrix } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { studentBound } from "../uncertainty/quantiles.ts";
import type { Errors } from "../uncertainty/standard-error.ts";
import type { RegressionSnapshot } from "./snapshot.ts";

/**
 * The share of the estimated bias in a band: its estimate falls where noise adds to the bias (their correlation is about −⅔), so bands by the estimate
 * itself would be too narrow where it counts; by simulation (docs/guide/uncertainty.md).
 */
const BIAS = 1.5;
/** A variance of fewer degrees of freedom has hardly any quantiles. */
const LEAST_FREEDOM = 2;

/** √(se² + (1.5 bias)²) at the queries, and half the width of the band around their means. */
export async function halfWidthsAt(
  snapshot: RegressionSnapshot,
  confidence: number,
  points: Matrix,
  asked: SumsOptions,
  mean: Float64Array,
  { standardError, freedom }: Errors,
): Promise<{ deviations: Float64Array; halfWidths: Float64Array }> {
  const boundOf = studentBound(confidence);
  const bias = await (await snapshot.biasOf(asked)).at(points, asked, mean);
  const { dims } = snapshot.values;
  const deviations = standardError.map((error, i) => Math.hypot(error, BIAS * bias[i]));
  const halfWidths = deviations.map(
    (each, i) => boundOf(Math.max(freedom[Math.floor(i / dims)], LEAST_FREEDOM)) * each,
  );
  return { deviations, halfWidths };
}
