/** The float64 twin of shaders/column-sum.ts: adds the partial sums of all parts. */
export function columnSum(partials: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(partials[0].length);
  for (const partial of partials) for (let i = 0; i < sums.length; i++) sums[i] += partial[i];
  return sums;
}
