/** Means of degree 0 that stay on the GPU. */
import { type GpuPoints, isOnGpu, type Matrix } from "../../data/matrix.ts";
import type { SumsOnGpu, SumsOptions } from "../../problem/problem.ts";
import type { EmptyPolicy } from "../model/empty-window.ts";
import { pointsOf } from "../model/model.ts";
import type { RegressionSnapshot } from "./snapshot.ts";

/** Of so many queries; those that lie on the GPU too are not read where that can be helped. */
export async function meansOnGpu(
  snapshot: RegressionSnapshot,
  queries: GpuPoints | Matrix,
  asked: SumsOptions,
  policy: EmptyPolicy,
): Promise<{ readonly sums: SumsOnGpu; readonly count: number }> {
  const [problem] = snapshot.problems;
  const { neighbours, categories, kernel } = snapshot.fitted.spec;
  const isThere = isOnGpu(queries);
  if (isThere && neighbours === undefined && !categories && !kernel.sphere) {
    const sums = await problem.sumsOfGpuQueries(queries, asked);
    if (sums) return { sums, count: sums.mean.size / (4 * snapshot.values.dims) };
  }
  const points = isThere ? await pointsOf(snapshot, queries) : queries;
  const sums = await problem.sumsOnGpu(points, asked);
  try {
    snapshot.fillEmpty(policy, points, sums.empty, sums.write);
  } catch (error) {
    sums.mean.destroy();
    throw error;
  }
  return { sums, count: points.count };
}
