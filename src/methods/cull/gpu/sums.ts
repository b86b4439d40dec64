/**
 * The method "cull" on the GPU: reach → pairwise over the tiles in reach → normalize, slice by slice. Keys lie in the order
 * of their tree, and so do queries, a tile a workgroup; the CPU makes only the trees and how far keys may be.
 */
import { culled as culledKeys } from "../../../../shaders/culled.ts";
import { normalize } from "../../../../shaders/normalize.ts";
import { pairwise } from "../../../../shaders/pairwise.ts";
import { firstValueRow, partialRows } from "../../../../shaders/partials.ts";
import { reach } from "../../../../shaders/reach.ts";
import { keyRows } from "../../../../shaders/record.ts";
import { type Gpu, ReadbackUsage, StorageUsage } from "../../../gpu/gpu.ts";
import { outputsOf, type Problem } from "../../../problem/problem.ts";
import { denseGpuRate } from "../../dense/cost.ts";
import { carriedBy } from "../../dense/gpu/encode.ts";
import { CULLED_BLOCK, culledTiling, lightCulledTiling } from "../../dense/gpu/plan.ts";
import { inSlices, type SumRequest, THREADS } from "../../dense/gpu/slices.ts";
import { KEYS } from "../cull.ts";
import { cutoffRadii } from "../cutoff-radius.ts";
import { tileBoxes } from "../tile-boxes.ts";
import type { TileTree } from "../tile-tree.ts";
import { blocksPerSlice, culledDispatches, tilesAndWordsOf } from "./plan.ts";
import { blocksWithLimits, type CulledProblem } from "./problem.ts";

/** How much further than needed tiles are taken, for the rounding of limits and what compilers contract. */
const SLACK = 1e-3;

/**
 * Sums for queries in the order of their tree; returns how many evaluated pairs.
 * @param expected keys that a query is expected to be weighed with
 * @throws NadarayaError "out-of-memory" where even the smallest slices do not fit.
 */
export async function sumCulledSlices(
  request: SumRequest,
  culled: CulledProblem,
  queryTree: TileTree,
  tolerance: number,
  expected: number,
): Promise<number> {
  const { problem, queries, calibration, lightTiling, track } = request;
  const { kernel, shape, keys } = problem;
  const coder = culled.encoder;
  const { encoding } = coder;
  const outputs = outputsOf(problem);
  const tracked = track !== undefined;
  const rows = partialRows(outputs, tracked);
  const carried = carriedBy(problem);
  const spec = { ...carried, kernel, shape, encoding };
  const { tiles, words } = tilesAndWordsOf(keys.count);
  const blocks = Math.ceil(queries.count / CULLED_BLOCK);
  const numbersPerKey = keyRows(carried).count;
  const chosen = culledTiling(KEYS, numbersPerKey, keys.dims, outputs, calibration);
  const tiling = lightTiling ? lightCulledTiling(chosen) : chosen;
  const family = ["culled", kernel.name, track, shape, keys.dims, outputs, encoding, numbersPerKey].join();
  const { probe } = coder;
  const code = pairwise({
    ...spec,
    moments: problem.moments,
    tiling,
    track,
    probe,
    culled: culledKeys(KEYS),
  });
  const stages = (gpu: Gpu) =>
    Promise.all([
      gpu.pipeline("reach", reach({ ...spec, threads: THREADS })),
      gpu.pipeline("pairwise", code),
      gpu.pipeline("normalize", normalize({ columns: outputs, tracked, threads: THREADS })),
    ]);
  const blockBoxes = tileBoxes(queryTree);
  const firstRate = denseGpuRate(problem, queries.count, calibration) / 4;
  let pairs = 0;

  await inSlices(request, expected, { family, firstRate }, async (slice) => {
    const { gpu, run, first, scratch, memoryBudget } = slice;
    const [reachStage, pairwiseStage, normalizeStage] = await stages(gpu);
    const { limits: deviceLimits } = gpu.device;
    const firstBlock = first / CULLED_BLOCK;
    const most = blocksPerSlice(words, rows, keys.dims, deviceLimits, memoryBudget, expected, run.budget);
    const blockCount = Math.min(most, blocks - firstBlock);
    const count = Math.min(blockCount * CULLED_BLOCK, queries.count - first);
    const blockRange = [firstBlock, firstBlock + blockCount] as const;
    const limits = cutoffRadii(problem, culled.tree, blockBoxes, blockRange, tolerance);

    const keyBuffer = await culled.keyBuffers.chunk(0, keys.count, memoryBudget, scratch);
    const boxes = await scratch.storage("boxes", culled.boxes);
    const blockBuffer = await scratch.storage(
      "blocks",
      blocksWithLimits(coder, blockBoxes, argumentsOf(problem, limits), ...blockRange),
    );
    const reached = await scratch.buffer("reach", blockCount * words * 4, StorageUsage);
    const counts = await scratch.buffer("counts", blockCount * 4, StorageUsage);
    const queryBuffer = await scratch.storage(
      "queries",
      coder.queries(queries, first, first + count, request.remote),
    );
    const sums = await scratch.buffer("sums", rows * count * 4, StorageUsage);
    const read = count * (request.want === "means" ? rows : firstValueRow(tracked));
    const readback = await scratch.buffer("readback", read * 4, ReadbackUsage);
    const countsBack = await scratch.buffer("readback", blockCount * 4, ReadbackUsage);

    const dispatches = culledDispatches(blockCount, count);
    const passes = [
      {
        pipeline: reachStage,
        buffers: [
          await scratch.uniform("reach", [blockCount, tiles, words], coder.step),
          boxes,
          blockBuffer,
          reached,
          counts,
        ],
        workgroups: dispatches.reach,
      },
      {
        pipeline: pairwiseStage,
        buffers: [
          await scratch.uniform("slice", [count, keys.count, words], coder.step),
          keyBuffer,
          queryBuffer,
          sums,
          reached,
        ],
        workgroups: dispatches.pairwise,
      },
    ];
    if (request.want !== "sums" && outputs > 0) {
      const uniform = await scratch.uniform("normalize", [count]);
      passes.push({
        pipeline: normalizeStage,
        buffers: [uniform, sums],
        workgroups: dispatches.normalize,
      });
    }
    const submission = gpu.submitTimed(passes, [
      [sums, readback, read * 4],
      [counts, countsBack, blockCount * 4],
    ]);
    const numbers = Promise.all([gpu.read(readback, read), gpu.read(countsBack, blockCount)]);
    numbers.catch(() => {}); // seen below, unless the submission throws first
    await run.submitted(count * expected, submission);
    const finish = async () => {
      await submission.accepted;
      const [sumsRead, counted] = await numbers;
      await request.finish({ gpu, first, count, queries: queryBuffer, sums, numbers: sumsRead });
      for (const tileCount of new Uint32Array(counted.buffer)) pairs += tileCount * KEYS * CULLED_BLOCK;
    };
    return { count, finish };
  });
  return Math.min(pairs, keys.count * queries.count);
}

/** From distances in bandwidths to what the shader's α sees. */
function argumentsOf({ kernel: { shader } }: Problem, limits: Float64Array): Float32Array<ArrayBuffer> {
  const most = 1e30;
  return Float32Array.from(limits, (limit) => {
    const distance = shader.scale * limit * (1 + SLACK);
    return Math.min(shader.argument === "squared" ? distance ** 2 : distance, most);
  });
}
