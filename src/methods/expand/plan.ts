import { isGaussian } from "../../kernels/builtin.ts";
import type { Problem } from "../../problem/problem.ts";
import type { TileTree } from "../cull/tile-tree.ts";
import { GaussTransform } from "../gauss-transform/gauss-transform.ts";
import { ExponentialSums } from "../sum-updating/exponential-sums.ts";
import { FastSumUpdating } from "../sum-updating/sum-updating.ts";
import { Recentring } from "../transform/recentre.ts";
import type { Transform } from "../transform/transform.ts";

/** A transform, and what makes the moments that are asked for of its means, where these are others. */
export interface Planned {
  readonly transform: Transform;
  readonly recentring: Recentring | undefined;
}

/** A transform that keeps the tolerance, or why there is none; `tree` sorts the keys, should that be needed. */
export function planTransform(problem: Problem, tolerance: number, tree: () => TileTree): Planned | string {
  const recentring = Recentring.of(problem);
  const summed = recentring?.problem ?? problem;
  const transform = isGaussian(problem.kernel)
    ? GaussTransform.plan(summed, tolerance)
    : problem.kernel.exponential
      ? ExponentialSums.plan(summed, tolerance, tree)
      : FastSumUpdating.plan(summed, tolerance, tree);
  if (typeof transform !== "string") return { transform, recentring };
  return problem.stretched
    ? `${transform}, and categories are points in coordinates of their own`
    : transform;
}
