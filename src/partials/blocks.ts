/** Sums at blocks of queries, put together: one after the other, or some among many. */
import { INTERNAL } from "../common/internal.ts";
import { BINS, ExactSums } from "./exact-sums.ts";
import { hashOf } from "./hash.ts";
import { layoutOf, noSums, PartialSums } from "./partial-sums.ts";

/** Sums of the same shards at one block of queries after the other. */
export async function concatenate(blocks: readonly PartialSums[]): Promise<PartialSums> {
  if (blocks.length === 1) return blocks[0];
  const [{ settings, kernel, shards }] = blocks;
  const count = blocks.reduce((sum, block) => sum + block.count, 0);
  const queries = new Float64Array(count * settings.x.length);
  const columns = layoutOf(settings).count;
  const sums = new ExactSums(columns * count);
  let first = 0;
  for (const block of blocks) {
    queries.set(block.queries, first * settings.x.length);
    for (let column = 0; column < columns; column++) {
      const [from, to] = [column * block.count, column * count + first];
      sums.tops.set(block.sums.tops.subarray(from, from + block.count), to);
      sums.bins.set(block.sums.bins.subarray(from * BINS, (from + block.count) * BINS), to * BINS);
    }
    first += block.count;
  }
  const queriesHash = await hashOf([queries]);
  return new PartialSums(INTERNAL, { settings, kernel, queries, queriesHash, shards, sums });
}

/** Sums at some queries as sums at all of them, which are 0 at the others. */
export async function spread(
  { settings, kernel, shards, sums }: PartialSums,
  indices: Uint32Array,
  queries: Float64Array<ArrayBuffer>,
): Promise<PartialSums> {
  const count = queries.length / settings.x.length;
  const all = noSums(settings, count);
  for (let column = 0; column < layoutOf(settings).count; column++)
    for (const [i, index] of indices.entries()) {
      const [from, to] = [column * indices.length + i, column * count + index];
      all.tops[to] = sums.tops[from];
      all.bins.set(sums.bins.subarray(from * BINS, (from + 1) * BINS), to * BINS);
    }
  const queriesHash = await hashOf([queries]);
  return new PartialSums(INTERNAL, { settings, kernel, queries, queriesHash, shards, sums: all });
}
