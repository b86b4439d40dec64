/**
 * What this adapter can do at best, measured in WGSL: fused multiply-adds, exp2, square roots and divisions per second,
 * bytes per second from workgroup memory and from storage, and the latency of an empty dispatch.
 */
import { repeat, u32, wgsl } from "../shaders/text.ts";
import { type Gpu, StorageUsage, UniformUsage } from "../src/gpu/gpu.ts";
import { withScratch } from "../src/gpu/scratch.ts";
import { measure } from "./measure.ts";

export interface Ceilings {
  /** Per second, of single numbers (not vectors). */
  readonly fma: number;
  readonly exp2: number;
  readonly sqrt: number;
  readonly divide: number;
  /** Bytes per second. */
  readonly workgroupBytes: number;
  readonly storageBytes: number;
  /** Milliseconds from submission to completion of a dispatch that does nothing. */
  readonly latency: number;
}

const THREADS = 64;
/** So many that a large GPU is full. */
const GROUPS = 2048;
/** Independent chains of vec4s a thread: many hide an instruction's latency, few stay in registers; the best counts. */
const CHAINS = [1, 2, 4, 8];

/** Steps between two loads of a chain's variable. */
const UNROLL = 8;

/** Bytes of the storage test: more than any cache of the adapters at hand. */
const STORAGE_BYTES = 2 ** 27;

const arithmetic = (step: (x: string) => string, chains: number) => wgsl`
@group(0) @binding(0) var<uniform> iterations: u32;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;

fn square(x: vec4f) -> vec4f { return x * x + vec4f(0.2); }

@compute @workgroup_size(${u32(THREADS)})
fn ceiling(@builtin(global_invocation_id) id: vec3u) {
  let seed = vec4f(f32(id.x) * 1e-6 + 0.5, 0.6, 0.7, 0.8);
  ${repeat(chains, (c) => `var x${c} = seed + ${c}.0 * 0.01;`)}
  for (var i = 0u; i < iterations; i++) {
    ${repeat(chains, (c) => `x${c} = ${nested(step, `x${c}`)};`)}
  }
  result[id.x] = ${repeat(chains, (c) => `x${c}`, " + ")};
}
`;

/** The step applied UNROLL times: a variable costs a load and a store, which are not what is measured. */
function nested(step: (x: string) => string, x: string): string {
  let text = x;
  for (let i = 0; i < UNROLL; i++) text = `(${step(text)})`;
  return text;
}

const workgroupMemory = wgsl`
@group(0) @binding(0) var<uniform> iterations: u32;
@group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
var<workgroup> tile: array<vec4f, 256>;

@compute @workgroup_size(${u32(THREADS)})
fn ceiling(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) thread: u32) {
  for (var i = thread; i < 256u; i += ${u32(THREADS)}) { tile[i] = vec4f(f32(i)); }
  workgroupBarrier();
  var x = vec4f(0.0);
  for (var i = 0u; i < iterations; i++) {
    let at = (i * 8u + thread) & 255u;
    ${repeat(8, (k) => `x += tile[(at + ${u32(k)}) & 255u];`)}
  }
  result[id.x] = x;
}
`;

const storageMemory = wgsl`
@group(0) @binding(0) var<uniform> iterations: u32;
@group(0) @binding(1) var<storage, read> data: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;

@compute @workgroup_size(${u32(THREADS)})
fn ceiling(@builtin(global_invocation_id) id: vec3u) {
  let stride = ${u32(THREADS * GROUPS)};
  var x = vec4f(0.0);
  for (var i = 0u; i < iterations; i++) {
    x += data[(id.x + i * stride) & ${u32(STORAGE_BYTES / 16 - 1)}];
  }
  result[id.x] = x;
}
`;

export async function measureCeilings(gpu: Gpu): Promise<Ceilings> {
  return withScratch(gpu, async (scratch) => {
    const threads = THREADS * GROUPS;
    const result = await scratch.buffer("ceiling", threads * 16, StorageUsage);
    const uniform = await scratch.buffer("iterations", 4, UniformUsage);
    const data = await scratch.buffer("storage", STORAGE_BYTES, StorageUsage);

    /** Operations per second of a shader that does `each` a thread and iteration. */
    const rate = async (label: string, code: string, each: number, buffers: GPUBuffer[]) => {
      const pipeline = await gpu.pipeline(label, code);
      const run = (iterations: number) => async () => {
        gpu.write(uniform, new Uint32Array([iterations]));
        gpu.submit([{ pipeline, buffers: [uniform, ...buffers], workgroups: [GROUPS, 1] }]);
        await gpu.idleQueue();
      };
      let iterations = 16;
      while ((await measure(run(iterations), 1, 0)).median < 40 && iterations < 2 ** 24) iterations *= 2;
      return (threads * each * iterations) / ((await measure(run(iterations), 5, 1)).least / 1000);
    };
    const best = async (label: string, step: (x: string) => string) => {
      let most = 0;
      for (const chains of CHAINS)
        most = Math.max(most, await rate(label, arithmetic(step, chains), 4 * chains * UNROLL, [result]));
      return most;
    };
    const empty = await gpu.pipeline(
      "empty",
      arithmetic((x) => x, 1),
    );
    gpu.write(uniform, new Uint32Array([0]));
    return {
      // x² + 0.2 stays near its fixed point, and no compiler can make one step of two, as it can of two steps of a · x + b.
      fma: await best("fma", (x) => `square(${x})`),
      exp2: await best("exp2", (x) => `exp2(-${x})`),
      sqrt: await best("sqrt", (x) => `sqrt(${x})`),
      divide: await best("divide", (x) => `0.7 / (${x} + 0.3)`),
      workgroupBytes: await rate("workgroup", workgroupMemory, 8 * 16, [result]),
      storageBytes: await rate("storage", storageMemory, 16, [data, result]),
      latency: (
        await measure(async () => {
          gpu.submit([{ pipeline: empty, buffers: [uniform, result], workgroups: [1, 1] }]);
          await gpu.idleQueue();
        }, 21)
      ).median,
    };
  });
}
