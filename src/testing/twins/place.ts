/** The float64 twin of shaders/place.ts: means of one slice, in the values' units, m × columns row-major. */
export function place(
  sums: Float64Array,
  m: number,
  offset: ArrayLike<number>,
  scale: ArrayLike<number>,
): Float64Array {
  const columns = offset.length;
  return Float64Array.from({ length: m * columns }, (_, i) => {
    const [query, column] = [Math.floor(i / columns), i % columns];
    return offset[column] + scale[column] * sums[(1 + column) * m + query];
  });
}
