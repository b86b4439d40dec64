/** The sums over the keys of one model, to be merged with those over others. */
import { NadarayaError } from "../../common/errors.ts";
import type { Matrix } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import type { Partial } from "../model/partials.ts";
import type { RegressionSnapshot } from "./snapshot.ts";

/** @throws NadarayaError "unsupported" for weights that depend on the other shards' keys */
export async function partialOf(
  snapshot: RegressionSnapshot,
  points: Matrix,
  requested: SumsOptions,
): Promise<Partial> {
  const { neighbours, keyBandwidthFactors, categories } = snapshot.fitted.spec;
  const refuse = (what: string) =>
    new NadarayaError("unsupported", `partials are not available with ${what}`);
  if (snapshot.degree > 0) throw refuse(`degree ${snapshot.degree}: they are means of degree 0`);
  if (neighbours !== undefined) throw refuse("neighbours: those among all keys may be keys of other shards");
  if (keyBandwidthFactors) throw refuse("adaptive bandwidths: the pilot density is that of all keys");
  const kind = categories?.undeclared;
  if (kind)
    throw refuse(
      `the categories "${kind}" unless their levels are declared, as each shard would count its own: { kind: "${kind}", levels: […] } in coordinates`,
    );
  const { mean, totals } = await snapshot.problems[0].sums(points, requested, "log");
  return { mean, logSums: totals!, levels: categories?.declared };
}
