/** Conditional densities of the first value column of a regression. */
import type { RuleOfThumb } from "../../bandwidth/rules.ts";
import { type Matrix, type Points, readRowsFor } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { conditionalDensity } from "../query-weights/conditional-density.ts";
import { assertDistribution } from "../query-weights/query-weights.ts";
import { valueWidth } from "../query-weights/value-width.ts";
import type { RegressionSnapshot } from "./snapshot.ts";

/**
 * log p(v | q) for pairs of a query and a value.
 * @param bandwidth the bandwidth in the value's direction
 * @param nextPart the options of the next part of the work
 */
export async function densitiesOfPairs(
  snapshot: RegressionSnapshot,
  queries: Matrix,
  values: Points,
  bandwidth: number | RuleOfThumb | "likelihood",
  nextPart: (share: number) => SumsOptions,
): Promise<Float64Array> {
  const { spec, onWarning } = snapshot.fitted;
  const { data, dims, count } = snapshot.values;
  const column = Float64Array.from({ length: count }, (_, i) => data[i * dims]);
  assertDistribution(snapshot, "conditionalDensity");
  const read = await spec.engine.fetch(values, "values");
  const { data: at } = readRowsFor(queries, read, "values", { most: 1, whose: "query" });
  const { tolerance, signal } = nextPart(0);
  const options = { method: "auto", tolerance, signal } as const;
  const { width, warning } = await valueWidth(bandwidth, spec, { data: column, count, dims: 1 }, options);
  if (warning) onWarning(warning);
  return conditionalDensity(spec, snapshot.problems[0], column, queries, at, width, nextPart);
}
