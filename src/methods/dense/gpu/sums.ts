/**
 * Runs the stages pairwise → column-sum → normalize for all queries, slice by slice: each slice's partial sums fit the
 * memory, and each submission takes about as long as the scheduler wants.
 */
import { columnSum } from "../../../../shaders/column-sum.ts";
import { normalize } from "../../../../shaders/normalize.ts";
import { pairwise } from "../../../../shaders/pairwise.ts";
import { firstValueRow, partialRows, type Track } from "../../../../shaders/partials.ts";
import { keyRows } from "../../../../shaders/record.ts";
import { type Gpu, type Pass, ReadbackUsage, StorageUsage } from "../../../gpu/gpu.ts";
import { type Scratch, withScratch } from "../../../gpu/scratch.ts";
import { outputsOf, type Problem } from "../../../problem/problem.ts";
import { denseGpuRate } from "../cost.ts";
import { carriedBy, type Encoder } from "./encode.ts";
import { chooseTiling, denseDispatches, keysPerPart, planSlice, sliceBufferBytes } from "./plan.ts";
import { inSlices, type SliceContext, type SumRequest, THREADS } from "./slices.ts";

/** How a problem's sums at m queries are tiled, and what compiles the stages. */
export function denseStages(
  problem: Problem,
  m: number,
  { encoding, probe }: Pick<Encoder, "encoding" | "probe">,
  track: Track | undefined,
  { calibration, lightTiling }: Pick<SumRequest, "calibration" | "lightTiling">,
) {
  const { keys, kernel, shape, moments } = problem;
  const carried = carriedBy(problem);
  const outputs = outputsOf(problem);
  const tiling =
    lightTiling ?? chooseTiling(keys.count, m, keyRows(carried).count, keys.dims, outputs, calibration);
  const code = pairwise({ ...carried, kernel, shape, moments, encoding, tiling, track, probe });
  const sums = {
    columns: outputs,
    tracked: track !== undefined,
    isSum: track === "change",
    threads: THREADS,
  };
  const stages = (gpu: Gpu) =>
    Promise.all([
      gpu.pipeline("pairwise", code),
      gpu.pipeline("column-sum", columnSum(sums)),
      gpu.pipeline("normalize", normalize(sums)),
    ]);
  return { tiling, stages };
}

/**
 * Returns how many milliseconds it took, but for compiling.
 * @throws NadarayaError "out-of-memory" where even the smallest slices do not fit.
 */
export async function sumSlices(request: SumRequest): Promise<number> {
  const { calibration, problem, encoder, queries, track } = request;
  const { keys, kernel, shape, values } = problem;
  const n = keys.count;
  const columns = values.dims;
  const outputs = outputsOf(problem);
  const tracked = track !== undefined;
  const rows = partialRows(outputs, tracked);
  const { encoding } = encoder;
  const carried = carriedBy(problem);
  const numbersPerKey = keyRows(carried).count;
  const { tiling, stages } = denseStages(problem, queries.count, encoder, track, request);
  const { weighted, widened } = carried;
  const keyOptions = [weighted && "weighted", widened && "widened"].filter(Boolean);
  const lanes = [tiling.queryLanes, tiling.keyLanes, tiling.staged];
  const family = [
    kernel.name,
    track,
    shape,
    keys.dims,
    columns,
    outputs,
    encoding,
    ...keyOptions,
    ...lanes,
  ].join();
  const partKeys = keysPerPart(n, queries.count, numbersPerKey, tiling, calibration);
  const parts = Math.ceil(n / partKeys);
  const sizes = { keys: n, dims: keys.dims, numbersPerKey, rows };
  const firstRate = denseGpuRate(problem, queries.count, calibration) / 4;
  let compiled = 0;

  /** Submits the stages for the queries from `first` on: how many those are, and when they are finished. */
  const submitSlice = async ({ gpu, run, first, scratch, memoryBudget }: SliceContext) => {
    const [pairwiseStage, columnSumStage, normalizeStage] = await stages(gpu);
    compiled ||= performance.now();
    const slicePlan = planSlice(sizes, partKeys, tiling, gpu.device.limits, memoryBudget, run.rate);
    const { round, chunkParts } = slicePlan;
    const count = Math.min(slicePlan.queries, queries.count - first);
    const bytes = sliceBufferBytes(count, slicePlan, sizes);

    const coordinates = encoder.queries(queries, first, first + count, request.remote);
    const queryBuffer = await scratch.storage("queries", coordinates);
    const partials = await scratch.buffer("partials", bytes.partials, StorageUsage);
    const sums = await scratch.buffer("sums", bytes.sums, StorageUsage);
    const read = count * (request.want === "means" ? rows : firstValueRow(tracked));
    const readback = await scratch.buffer("readback", read * 4, ReadbackUsage);

    let passes: Pass[] = [];
    let pairs = 0; // in `passes`
    const accepted: Promise<void>[] = [];
    const submit = async (copies: Parameters<Gpu["submitTimed"]>[1] = []) => {
      const submission = gpu.submitTimed(passes, copies);
      accepted.push(submission.accepted);
      const submitted = run.submitted(pairs, submission);
      [passes, pairs] = [[], 0];
      await submitted;
    };
    let roundStart = 0;
    const addChunk = async (chunkStart: number, chunkEnd: number, keyScratch: Scratch) => {
      const [from, to] = [chunkStart * partKeys, Math.min(chunkEnd * partKeys, n)];
      const chunk = await request.keyBuffers.chunk(from, to, memoryBudget, keyScratch);
      let part = chunkStart;
      while (part < chunkEnd) {
        if (pairs >= run.budget / 2) await submit();
        const fitting = Math.max(1, Math.floor((run.budget - pairs) / (count * Math.min(partKeys, n))));
        const group = Math.min(fitting, chunkEnd - part, roundStart + round - part);
        // The place of a part among those of the round; u32 wraps where the round began before the chunk.
        const before = (chunkStart - roundStart) >>> 0;
        const integers = [count, to - from, partKeys, part - chunkStart, before];
        const slice = await scratch.uniform("slice", integers, encoder.step);
        passes.push({
          pipeline: pairwiseStage,
          buffers: [slice, chunk, queryBuffer, partials],
          workgroups: denseDispatches(count, group, rows, tiling).pairwise,
        });
        pairs += count * (Math.min((part + group) * partKeys, n) - part * partKeys);
        part += group;
        if (part < roundStart + round && part < parts) continue;
        const reduced = [count, part - roundStart, roundStart, Number(part < parts)];
        passes.push({
          pipeline: columnSumStage,
          buffers: [await scratch.uniform("column-sum", reduced), partials, sums],
          workgroups: denseDispatches(count, group, rows, tiling).columnSum,
        });
        roundStart = part;
      }
    };
    for (let start = 0; start < parts; start += chunkParts) {
      const end = Math.min(start + chunkParts, parts);
      if (end === parts) {
        await addChunk(start, end, scratch);
        break;
      }
      // The queue keeps its order, so the next chunk may take the memory of one whose work is submitted.
      await withScratch(gpu, async (passing) => {
        await addChunk(start, end, passing);
        await submit();
      });
    }
    if (request.want !== "sums" && outputs > 0) {
      const uniform = await scratch.uniform("normalize", [count]);
      const workgroups = denseDispatches(count, parts, rows, tiling).normalize;
      passes.push({ pipeline: normalizeStage, buffers: [uniform, sums], workgroups });
    }
    const submitted = submit([[sums, readback, read * 4]]);
    const numbers = gpu.read(readback, read);
    numbers.catch(() => {}); // seen below, unless the submission throws first
    await submitted;
    const finish = async () => {
      await Promise.all(accepted);
      await request.finish({ gpu, first, count, queries: queryBuffer, sums, numbers: await numbers });
    };
    return { count, finish };
  };

  const { onMeasured } = request;
  await inSlices(request, n, { family, firstRate, onMeasured }, submitSlice);
  return performance.now() - compiled;
}
