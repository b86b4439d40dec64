/** Sums of a shard at queries of which some are its own rows: each of these is left out of its own sum. */
import { checkOptions } from "../common/options.ts";
import type { Points } from "../data/matrix.ts";
import { OPTIONS, type PartialOptions, type ShardInput, sumsOfShard, weightedRows } from "./compute.ts";
import type { PartialSums } from "./partial-sums.ts";
import type { OwnQueries } from "./weighted-sums.ts";

/** As `partialSums`, leaving each of the shard's own queries out of its sum: merged, they are leave-one-out predictions. */
export async function leaveOneOutSums(
  input: ShardInput,
  queries: Points,
  ownOf: (rows: number) => OwnQueries,
  options: PartialOptions = {},
): Promise<PartialSums> {
  checkOptions(options, OPTIONS, "leaveOneOutSums");
  return sumsOfShard(input, queries, { ...options, errors: false }, (fitted) => ({
    ...weightedRows(fitted, false),
    own: ownOf(fitted.spec.keys.count),
  }));
}
