/** The categories that partial sums were made with. */
import { type Categories, readCategories } from "../kernels/categories.ts";
import { resolveKernel } from "../kernels/define.ts";
import type { PartialSettings } from "./partial-sums.ts";

/** Undefined if all coordinates are numbers. @throws NadarayaError for levels that are missing, or none */
export function categoriesOf({
  kernel,
  bandwidth,
  coordinates,
}: Pick<PartialSettings, "kernel" | "bandwidth" | "coordinates">): Categories | undefined {
  if (!coordinates) return undefined;
  // The levels are declared; rows would only add those that are not.
  const rows = { data: new Float64Array(0), dims: bandwidth.length, count: 0 };
  return readCategories(coordinates, resolveKernel(kernel), rows, undefined);
}
