/** Sums in f32 on the GPU, each compared with what single precision can promise. */
import { firstValueRow } from "../../../../shaders/partials.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { plainMoments } from "../../../problem/moments.ts";
import type { Problem, RunOptions } from "../../../problem/problem.ts";
import type { Results } from "../../results.ts";
import { type Encoder, encoder, precisionCheck } from "./encode.ts";
import { KeyBuffers } from "./key-buffers.ts";
import type { Slice, SumRequest } from "./slices.ts";

/** A problem as it lies on the GPU. */
export type DeviceProblem = Pick<SumRequest, "problem" | "encoder" | "keyBuffers" | "track">;

export function deviceProblem(problem: Problem): DeviceProblem {
  const coder = encoder(problem);
  return { problem, encoder: coder, track: coder.track, keyBuffers: new KeyBuffers(problem, coder) };
}

/** Reads a slice while its sums are on the GPU; `isEmpty` is 1 for queries that no key reaches. */
export type FinishSlice = (slice: Slice, isEmpty: Uint8Array) => void | Promise<void>;

export interface Checked {
  readonly belowPrecision: readonly number[];
  /** Queries that no key reaches. */
  readonly empty: readonly number[];
}

/** @param totals whether Σ α itself has to be precise, and not only means */
export async function checkedSums(
  context: GpuContext,
  onGpu: DeviceProblem,
  queries: Matrix,
  options: RunOptions,
  { want, totals }: { readonly want: SumRequest["want"]; readonly totals: boolean },
  run: (request: SumRequest) => Promise<unknown>,
  finish: FinishSlice,
): Promise<Checked> {
  if (onGpu.encoder.tooWide)
    return { belowPrecision: Array.from({ length: queries.count }, (_, q) => q), empty: [] };
  const checkPrecision = precisionCheck(onGpu.problem, onGpu.encoder, totals, onGpu.track);
  const empty = new Set<number>();
  const belowPrecision = new Set<number>();
  const { problem } = onGpu;
  const calibration = context.calibrated.of(problem.keys.count * queries.count);
  await run({
    ...context,
    ...onGpu,
    calibration,
    onMeasured: (pairs, ...milliseconds) =>
      context.calibrated.observe(problem, queries.count, calibration, pairs, ...milliseconds),
    queries,
    options,
    want,
    remote: (query) => belowPrecision.add(query),
    async finish(slice) {
      const { first, count, numbers } = slice;
      const isEmpty = new Uint8Array(count);
      for (let q = 0; q < count; q++) {
        const precision = checkPrecision(numbers[q], numbers[count + q]);
        if (precision === "below precision") belowPrecision.add(first + q);
        if (precision !== "empty") continue;
        isEmpty[q] = 1;
        if (!belowPrecision.has(first + q)) empty.add(first + q);
      }
      await finish(slice, isEmpty);
    },
  });
  return { belowPrecision: [...belowPrecision], empty: [...empty] };
}

/**
 * Writes slices of normalised sums to the results, in the units of the values.
 * @param indexOf the query's index in the results, where the queries of the run are sorted
 */
export function writeSlice(
  { problem, encoder, track }: DeviceProblem,
  results: Results,
  indexOf: (query: number) => number,
): FinishSlice {
  const units = momentUnits(problem, encoder);
  const outputs = units.length;
  const values = firstValueRow(track !== undefined);
  const unit = problem.keyWeights?.most ?? 1;
  return ({ first, count, numbers }, isEmpty) => {
    for (let q = 0; q < count; q++) {
      const at = indexOf(first + q);
      results.setTotal(at, isEmpty[q] ? 0 : numbers[q] * unit);
      for (let i = 0; i < outputs; i++) {
        const value = units[i].offset + units[i].scale * numbers[(values + i) * count + q];
        results.mean[at * outputs + i] = isEmpty[q] ? NaN : value;
      }
    }
  };
}

/** From the GPU's means of moments to their own units: offset + scale · mean. */
function momentUnits(problem: Problem, { valueOffset, valueScale }: Encoder) {
  const { values, keys, kernel } = problem;
  const moments = problem.moments ?? plainMoments(values.dims, keys.dims);
  return moments.map(({ column, powers }) => {
    // The shader's differences are (q − k) · scale / h.
    const degree = powers.reduce((sum, power) => sum + power, 0);
    const scale = (-1 / kernel.shader.scale) ** degree * (column === undefined ? 1 : valueScale[column]);
    return { offset: column === undefined || degree > 0 ? 0 : valueOffset[column], scale };
  });
}
