/** One call of "cull" on the GPU; loaded when the method is chosen. */
import { type Matrix, rowsOf } from "../../../data/matrix.ts";
import type { SumsOptions } from "../../../problem/problem.ts";
import { checkedSums, writeSlice } from "../../dense/gpu/checked-sums.ts";
import { CULLED_BLOCK } from "../../dense/gpu/plan.ts";
import type { GpuMethod } from "../../gpu-method.ts";
import type { Computed } from "../../method.ts";
import type { Results } from "../../results.ts";
import { evaluatedPairsOnGpu } from "../cost.ts";
import { TileTree } from "../tile-tree.ts";
import type { CulledProblem } from "./problem.ts";
import { sumCulledSlices } from "./sums.ts";

export async function culledSums(
  { context, problem }: Pick<GpuMethod, "context" | "problem">,
  culled: CulledProblem,
  queries: Matrix,
  options: SumsOptions,
  results: Results,
): Promise<Computed> {
  const { tolerance } = options;
  const queryTree = new TileTree(queries, problem.bandwidth, CULLED_BLOCK);
  const { order } = queryTree;
  const expected = evaluatedPairsOnGpu(problem, queries, tolerance);
  const want = { want: "means", totals: results.totals !== undefined } as const;
  let evaluatedPairs = 0;
  const checked = await checkedSums(
    context,
    culled,
    rowsOf(queries, order),
    options,
    want,
    async (request) => {
      evaluatedPairs = await sumCulledSlices(request, culled, queryTree, tolerance, expected);
    },
    writeSlice(culled, results, (q) => order[q]),
  );
  for (const q of checked.empty) results.empty.push(order[q]);
  return { belowPrecision: checked.belowPrecision.map((q) => order[q]), evaluatedPairs };
}
