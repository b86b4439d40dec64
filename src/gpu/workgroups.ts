import type { Gpu } from "./gpu.ts";

/** So many workgroups, in two dimensions where one is too short. */
export function workgroupsOf({ device }: Gpu, count: number): readonly [number, number] {
  const rows = Math.ceil(count / device.limits.maxComputeWorkgroupsPerDimension);
  return [Math.ceil(count / Math.max(rows, 1)), rows];
}
