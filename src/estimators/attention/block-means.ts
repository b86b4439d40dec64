/** Softmax over blocks of keys (Milakov and Gimelshein 2018): means of each block, weighted by the block's sum of weights. */

/** The softmax of some of the keys, for m queries. */
export interface BlockMeans {
  /** m × columns, row-major; NaN if no key is visible. */
  readonly mean: Float64Array;
  /** log Σ exp(q·k / τ), m; −Infinity if no key is visible. */
  readonly logSums: Float64Array;
}

/** The means over the keys of all blocks, m × columns. */
export function joinBlocks(blocks: readonly BlockMeans[]): Float64Array {
  const [{ mean: first, logSums }] = blocks;
  const mean = new Float64Array(first.length);
  const columns = logSums.length > 0 ? first.length / logSums.length : 0;
  for (let q = 0; q < logSums.length; q++) {
    const largest = blocks.reduce((most, block) => Math.max(most, block.logSums[q]), -Infinity);
    const shares = blocks.map((block) => (largest === -Infinity ? 0 : Math.exp(block.logSums[q] - largest)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (const [i, share] of shares.entries())
        if (share > 0) sum += share * blocks[i].mean[q * columns + c];
      mean[q * columns + c] = sum / total;
    }
  }
  return mean;
}
