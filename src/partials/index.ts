/** `nadaraya/partials`: sums of shards that merge, by whatever engine runs functions or commands; in browsers and in Node. */

export type { ExactSums } from "./exact-sums.ts";
export { decodePartial, encodePartial } from "./file.ts";
export { densitiesOfSums, logWeightsOfSums, type MergedMeans, meansOfSums } from "./finish.ts";
export { fromGrid, type GridCells, GridFit, type GridSettings } from "./grid.ts";
export { type GridAxis, type GridQuery, gridQuery } from "./grid-query.ts";
export type { PartialOptions } from "./partial-options.ts";
export { mergePartialSums, type PartialSettings, PartialSums, type Shard } from "./partial-sums.ts";
