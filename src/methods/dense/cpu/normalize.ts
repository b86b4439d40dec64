/** The float64 twin of shaders/normalize.ts: weighted sums of values become weighted means, in place. */
export function normalize(sums: Float64Array, m: number): Float64Array {
  for (let i = m; i < sums.length; i++) sums[i] /= sums[i % m] || 1;
  return sums;
}
