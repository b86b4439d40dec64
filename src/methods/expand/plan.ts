import { isGaussian } from "../../kernels/builtin.ts";
import type { Problem } from "../../problem/problem.ts";
import type { TileTree } from "../cull/tile-tree.ts";
import { GaussTransform } from "../gauss-transform/gauss-transform.ts";
import { FastSumUpdating } from "../sum-updating/sum-updating.ts";
import type { Transform } from "../transform/transform.ts";

/** A transform that keeps the tolerance, or why there is none; `keys` sorts them, should that be needed. */
export function planTransform(problem: Problem, tolerance: number, keys: () => TileTree): Transform | string {
  if (problem.moments) return "it has no moments of differences";
  if (isGaussian(problem.kernel)) return GaussTransform.plan(problem, tolerance);
  return FastSumUpdating.plan(problem, tolerance, keys);
}
