/** Convolution of a grid along its axes: stage two of the fast Gauss transform. */

/** Numbers of a row that are taken together, so that what a column of them needs stays in the cache. */
const SEGMENT = 64;

/** Symmetric taps T(−reach) … T(reach) from T(0) … T(reach). */
export function mirrored(taps: Float64Array): Float64Array {
  const reach = taps.length - 1;
  return Float64Array.from({ length: 2 * reach + 1 }, (_, i) => taps[Math.abs(i - reach)]);
}

/**
 * out[…, i, …] += Σⱼ T(i − j) grids[…, j, …] along one axis of grids of these lengths, row-major. What is 0 costs
 * next to nothing.
 * @param taps T(−reach) … T(reach)
 */
export function convolve(
  grids: Float64Array,
  lengths: readonly number[],
  axis: number,
  taps: Float64Array,
  out: Float64Array = new Float64Array(grids.length),
): Float64Array {
  const length = lengths[axis];
  const inner = lengths.slice(axis + 1).reduce((product, each) => product * each, 1);
  const filled: number[] = [];
  for (let base = 0; base < grids.length; base += length * inner) {
    for (let segment = 0; segment < inner; segment += SEGMENT) {
      const count = Math.min(SEGMENT, inner - segment);
      filled.length = 0;
      for (let j = 0; j < length; j++)
        if (hasNumbers(grids, base + j * inner + segment, count)) filled.push(j);
      if (filled.length > 0) line(grids, out, base + segment, length, inner, count, filled, taps);
    }
  }
  return out;
}

function hasNumbers(grid: Float64Array, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (grid[i] !== 0) return true;
  return false;
}

/** One segment of rows; `filled` are the rows that are not 0. Four of them are added at a time. */
function line(
  grid: Float64Array,
  out: Float64Array,
  base: number,
  length: number,
  stride: number,
  count: number,
  filled: readonly number[],
  taps: Float64Array,
): void {
  const reach = (taps.length - 1) / 2;
  let first = 0;
  let last = 0;
  for (let i = 0; i < length; i++) {
    while (first < filled.length && filled[first] < i - reach) first++;
    while (last < filled.length && filled[last] <= i + reach) last++;
    const to = base + i * stride;
    const middle = reach + i;
    let f = first;
    for (; f + 3 < last; f += 4) {
      const t0 = taps[middle - filled[f]];
      const t1 = taps[middle - filled[f + 1]];
      const t2 = taps[middle - filled[f + 2]];
      const t3 = taps[middle - filled[f + 3]];
      const g0 = base + filled[f] * stride;
      const g1 = base + filled[f + 1] * stride;
      const g2 = base + filled[f + 2] * stride;
      const g3 = base + filled[f + 3] * stride;
      for (let r = 0; r < count; r++)
        out[to + r] += t0 * grid[g0 + r] + t1 * grid[g1 + r] + (t2 * grid[g2 + r] + t3 * grid[g3 + r]);
    }
    for (; f < last; f++) {
      const t = taps[middle - filled[f]];
      const g = base + filled[f] * stride;
      for (let r = 0; r < count; r++) out[to + r] += t * grid[g + r];
    }
  }
}
