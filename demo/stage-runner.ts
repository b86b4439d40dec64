/**
 * The three stages of the dense method, one by one: the same shader texts that the engine runs, with the time of each by the GPU's own clock and
 * what lies in its buffers afterwards. Without WebGPU the same sums in float64, by the processor's clock.
 */
import { columnSum } from "../shaders/column-sum.ts";
import { normalize } from "../shaders/normalize.ts";
import { pairwise } from "../shaders/pairwise.ts";
import { SLOW } from "../src/gpu/calibration.ts";
import { findDevice } from "../src/gpu/device.ts";
import { kernels } from "../src/kernels/builtin.ts";
import { carriedBy, encoder } from "../src/methods/dense/gpu/encode.ts";
import { chooseTiling } from "../src/methods/dense/gpu/plan.ts";

/** Parts that the keys are cut into: on real work there are as many as keep the GPU busy. */
export const PARTS = 4;
const THREADS = 64;
/** Σ α, and Σ α v. */
const ROWS = 2;

export interface StageInput {
  readonly keys: Float64Array;
  readonly values: Float64Array;
  readonly queries: Float64Array;
  readonly sigma: number;
}

export interface Stage {
  readonly name: string;
  /** Its WGSL, as the engine compiles it. */
  readonly code: string;
  /** What it reads and writes, with the sizes. */
  readonly buffers: string;
  /** On this adapter, or in float64 on the processor. */
  readonly microseconds: number;
}

export interface StageResults {
  readonly stages: readonly Stage[];
  /** PARTS × queries: each part's Σ α. */
  readonly partials: Float64Array;
  /** Σ α of every query. */
  readonly sums: Float64Array;
  /** Σ α v / Σ α of every query, in the values' units. */
  readonly means: Float64Array;
  readonly isOnGpu: boolean;
}

function problemOf({ keys, values, sigma }: StageInput) {
  const matrix = (data: Float64Array, dims: number) => ({ data, count: data.length, dims });
  const kernel = kernels.get("gaussian")!;
  return {
    keys: matrix(keys, 1),
    values: matrix(values, 1),
    kernel,
    shape: "radial",
    bandwidth: [sigma],
  } as const;
}

function planOf(input: StageInput) {
  const problem = problemOf(input);
  const coder = encoder(problem);
  const { kernel, shape } = problem;
  const [n, m] = [input.keys.length, input.queries.length];
  const carried = carriedBy(problem);
  const tiling = chooseTiling(n, m, 2, 1, 1, SLOW);
  const codes = [
    pairwise({ ...carried, kernel, shape, encoding: coder.encoding, tiling }),
    columnSum({ columns: 1, tracked: false, threads: THREADS }),
    normalize({ columns: 1, tracked: false, threads: THREADS }),
  ];
  return { coder, tiling, codes, n, m, partKeys: Math.ceil(n / PARTS) };
}

const bytes = (count: number) => `${(4 * count).toLocaleString("en")} bytes`;

function described({ n, m, codes }: ReturnType<typeof planOf>, microseconds: readonly number[]): Stage[] {
  const partials = `partials: ${PARTS} parts × ${ROWS} sums × ${m} queries, ${bytes(PARTS * ROWS * m)}`;
  const sums = `sums: ${ROWS} × ${m}, ${bytes(ROWS * m)}`;
  const inputs = `keys: ${n} with their values, ${bytes(2 * n)}; queries: ${m}, ${bytes(m)}`;
  return [
    { name: "tiled pairwise evaluation", buffers: `reads ${inputs}; writes ${partials}` },
    { name: "column-sum reduction", buffers: `reads ${partials}; writes ${sums}` },
    { name: "normalisation", buffers: `changes ${sums} in place: the weighted sum becomes the mean` },
  ].map((stage, i) => ({ ...stage, code: codes[i], microseconds: microseconds[i] }));
}

/** One device for all runs, made when the figure is first seen. */
let device: Promise<GPUDevice> | undefined;

export async function runStagesOnGpu(input: StageInput): Promise<StageResults> {
  device ??= findDevice().then((found) => {
    void found.device.lost.then(() => {
      device = undefined;
    });
    return found.device;
  });
  const gpu = await device;
  const plan = planOf(input);
  const { coder, tiling, codes, n, m, partKeys } = plan;
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ, UNIFORM, QUERY_RESOLVE } = GPUBufferUsage;
  const made: { destroy(): void }[] = [];
  const buffer = (size: number, usage: number) => {
    const each = gpu.createBuffer({ size, usage });
    made.push(each);
    return each;
  };
  const holding = (
    data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | ArrayBuffer,
    usage = STORAGE,
  ) => {
    const each = buffer(data.byteLength, usage | COPY_DST);
    gpu.queue.writeBuffer(each, 0, data);
    return each;
  };
  const uniform = (integers: readonly number[], step?: number) => {
    const data = new ArrayBuffer(32);
    new Uint32Array(data).set(integers);
    if (step !== undefined) new Float32Array(data)[integers.length] = step;
    return holding(data, UNIFORM);
  };
  const keys = holding(coder.keys(0, n));
  const points = { data: input.queries, count: m, dims: 1 };
  const queries = holding(coder.queries(points, 0, m, () => {}));
  const partials = buffer(4 * PARTS * ROWS * m, STORAGE | COPY_SRC);
  const sums = buffer(4 * ROWS * m, STORAGE | COPY_SRC);
  const isTimed = gpu.features.has("timestamp-query");
  const marks = isTimed ? gpu.createQuerySet({ type: "timestamp", count: 6 }) : undefined;
  if (marks) made.push(marks);
  const blocks = Math.ceil(m / (tiling.queryLanes * tiling.queriesPerThread));
  const passes = [
    {
      bound: [uniform([m, n, partKeys, 0, 0], coder.step), keys, queries, partials],
      groups: [blocks, PARTS],
    },
    { bound: [uniform([m, PARTS, 0]), partials, sums], groups: [Math.ceil(m / THREADS), ROWS] },
    { bound: [uniform([m]), sums], groups: [Math.ceil(m / THREADS), 1] },
  ];
  const pipelines = await Promise.all(
    codes.map((code) =>
      gpu.createComputePipelineAsync({
        layout: "auto",
        compute: { module: gpu.createShaderModule({ code }) },
      }),
    ),
  );
  const reads = [PARTS * ROWS * m, ROWS * m, ROWS * m].map((count) => buffer(4 * count, COPY_DST | MAP_READ));
  const resolved = buffer(48, QUERY_RESOLVE | COPY_SRC);
  const clock = buffer(48, COPY_DST | MAP_READ);
  const commands = gpu.createCommandEncoder();
  // Twice, and the second time counts: the first may compile.
  for (let round = 0; round < 2; round++)
    for (const [i, { bound, groups }] of passes.entries()) {
      const timestampWrites = marks && {
        ...{ querySet: marks, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 },
      };
      const pass = commands.beginComputePass({ timestampWrites });
      pass.setPipeline(pipelines[i]);
      const entries = bound.map((each, binding) => ({ binding, resource: { buffer: each } }));
      pass.setBindGroup(0, gpu.createBindGroup({ layout: pipelines[i].getBindGroupLayout(0), entries }));
      pass.dispatchWorkgroups(groups[0], groups[1]);
      pass.end();
      commands.copyBufferToBuffer(i === 0 ? partials : sums, 0, reads[i], 0, reads[i].size);
    }
  if (marks) {
    commands.resolveQuerySet(marks, 0, 6, resolved, 0);
    commands.copyBufferToBuffer(resolved, 0, clock, 0, 48);
  }
  gpu.queue.submit([commands.finish()]);
  await Promise.all([...reads, clock].map((each) => each.mapAsync(GPUMapMode.READ)));
  const [partialNumbers, sumNumbers, meanNumbers] = reads.map(
    (each) => new Float32Array(each.getMappedRange().slice(0)),
  );
  const ticks = new BigUint64Array(clock.getMappedRange().slice(0));
  for (const each of made) each.destroy();
  const microseconds = [0, 1, 2].map((i) =>
    isTimed ? Number(ticks[2 * i + 1] - ticks[2 * i]) / 1000 : Number.NaN,
  );
  return {
    stages: described(plan, microseconds),
    partials: Float64Array.from(
      { length: PARTS * m },
      (_, i) => partialNumbers[Math.floor(i / m) * ROWS * m + (i % m)],
    ),
    sums: Float64Array.from(sumNumbers.subarray(0, m)),
    means: Float64Array.from(meanNumbers.subarray(m), (v) => v * coder.valueScale[0] + coder.valueOffset[0]),
    isOnGpu: true,
  };
}

/** The same stages in float64. */
export function runStagesOnCpu(input: StageInput): StageResults {
  const plan = planOf(input);
  const { n, m, partKeys } = plan;
  const { keys, values, queries, sigma } = input;
  const [partials, weighed] = [new Float64Array(PARTS * m), new Float64Array(PARTS * m)];
  const [sums, means] = [new Float64Array(m), new Float64Array(m)];
  const times = [performance.now()];
  for (let i = 0; i < n; i++)
    for (let q = 0; q < m; q++) {
      const alpha = Math.exp(-0.5 * ((queries[q] - keys[i]) / sigma) ** 2);
      const at = Math.floor(i / partKeys) * m + q;
      partials[at] += alpha;
      weighed[at] += alpha * values[i];
    }
  times.push(performance.now());
  for (let part = 0; part < PARTS; part++)
    for (let q = 0; q < m; q++) {
      sums[q] += partials[part * m + q];
      means[q] += weighed[part * m + q];
    }
  times.push(performance.now());
  for (let q = 0; q < m; q++) means[q] /= sums[q];
  times.push(performance.now());
  const microseconds = [0, 1, 2].map((i) => 1000 * (times[i + 1] - times[i]));
  return { stages: described(plan, microseconds), partials, sums, means, isOnGpu: false };
}
