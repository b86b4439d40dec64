/** Sums of a shard at queries of which some are its own rows: each of these is left out of its own sum. */
import type { Points } from "../data/matrix.ts";
import { type ShardInput, type ShardOptions, sumsOfShard, weightedRows } from "./compute.ts";
import type { PartialSums } from "./partial-sums.ts";
import type { OwnQueries } from "./weighted-sums.ts";

/** As `sumsOfShard`, leaving each of the shard's own queries out of its sum: merged, they are leave-one-out predictions. */
export const leaveOneOutSums = (
  input: ShardInput,
  queries: Points,
  ownOf: (rows: number) => OwnQueries,
  options: ShardOptions = {},
): Promise<PartialSums> =>
  sumsOfShard(input, queries, { ...options, errors: false }, (fitted) => ({
    ...weightedRows(fitted, false),
    own: ownOf(fitted.spec.keys.count),
  }));
