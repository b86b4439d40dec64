/** The shader most people write first: a thread a query, a loop over the keys in storage. Gaussian, one value column. */
import { repeat, u32, wgsl } from "../../shaders/text.ts";
import { type Gpu, ReadbackUsage, StorageUsage } from "../../src/gpu/gpu.ts";
import { withScratch } from "../../src/gpu/scratch.ts";
import type { Workload } from "../workload.ts";

const shader = (dims: number) => wgsl`
struct Sizes { keys: u32, queries: u32, exponent: f32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> queries: array<f32>;
@group(0) @binding(4) var<storage, read_write> means: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.queries) { return; }
  ${repeat(dims, (j) => `let q${j} = queries[id.x * ${u32(dims)} + ${u32(j)}];`)}
  var sum = 0.0;
  var weighted = 0.0;
  for (var i = 0u; i < sizes.keys; i++) {
    ${repeat(dims, (j) => `let d${j} = q${j} - keys[i * ${u32(dims)} + ${u32(j)}];`)}
    let weight = exp2(sizes.exponent * (${repeat(dims, (j) => `d${j} * d${j}`, " + ")}));
    sum += weight;
    weighted += weight * values[i];
  }
  means[id.x] = weighted / sum;
}
`;

export async function oneThreadPerQuery(
  gpu: Gpu,
  { keys, values, queries, dims, bandwidth }: Workload,
): Promise<Float64Array> {
  const n = values.length;
  const m = queries.length / dims;
  const pipeline = await gpu.pipeline("one thread per query", shader(dims));
  return withScratch(gpu, async (scratch) => {
    const means = await scratch.buffer("means", m * 4, StorageUsage);
    const readback = await scratch.buffer("readback", m * 4, ReadbackUsage);
    const buffers = [
      await scratch.uniform("sizes", [n, m], -Math.LOG2E / (2 * bandwidth * bandwidth)),
      await scratch.storage("keys", Float32Array.from(keys)),
      await scratch.storage("values", Float32Array.from(values)),
      await scratch.storage("queries", Float32Array.from(queries)),
      means,
    ];
    gpu.submit([{ pipeline, buffers, workgroups: [Math.ceil(m / 64), 1] }], [[means, readback, m * 4]]);
    return Float64Array.from(await gpu.read(readback, m));
  });
}
