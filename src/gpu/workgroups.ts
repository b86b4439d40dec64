/** Shapes of dispatches. Pure. */

/** The workgroups of one dispatch. */
export type Workgroups = readonly [number, number];

/** A thread for each of `count` items, in each of `rows` rows. */
export const threadForEach = (count: number, threads: number, rows = 1): Workgroups => [
  Math.ceil(count / threads),
  rows,
];

/** `count` workgroups, in two dimensions if one is too short. */
export function workgroupsOf(
  { maxComputeWorkgroupsPerDimension: most }: Pick<GPUSupportedLimits, "maxComputeWorkgroupsPerDimension">,
  count: number,
): Workgroups {
  const rows = Math.ceil(count / most);
  return [Math.ceil(count / Math.max(rows, 1)), rows];
}
