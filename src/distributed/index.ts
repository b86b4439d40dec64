/** `nadaraya/distributed`: sums of shards that merge, on any engine that runs commands or functions. */
export { fromGrid, type GridCells, GridFit, type GridSettings } from "./grid.ts";
export { type GridAxis, type GridQuery, gridQuery } from "./grid-query.ts";
export { type PartialOptions, partialSums, type ShardInput } from "./partials/compute.ts";
export type { ExactSums } from "./partials/exact-sums.ts";
export { decodePartial, encodePartial } from "./partials/file.ts";
export { densitiesOfSums, type MergedMeans, meansOfSums } from "./partials/finish.ts";
export { mergePartialSums, type PartialSettings, PartialSums, type Shard } from "./partials/partial-sums.ts";
