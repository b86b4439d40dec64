/** The same formula in jax-js (WebGPU, jit): the n × m matrix of weights, fused as its compiler sees fit. Browsers only. */
import type { Workload } from "../workload.ts";

/** @returns undefined where jax-js has no WebGPU (in Node). */
export async function jaxJs({
  keys,
  values,
  queries,
  dims,
  bandwidth,
}: Workload): Promise<(() => Promise<Float64Array>) | undefined> {
  const { defaultDevice, init, jit, numpy: np } = await import("@jax-js/jax");
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) return undefined;
  defaultDevice("webgpu");
  const n = values.length;
  const m = queries.length / dims;
  const exponent = -1 / (2 * bandwidth * bandwidth);
  type A = ReturnType<typeof np.array>;
  const mean = jit((k: A, v: A, q: A) => {
    const difference = q.reshape([m, 1, dims]).sub(k.reshape([1, n, dims]));
    const weights = np.exp(np.sum(np.square(difference), -1).mul(exponent));
    return np.sum(weights.ref.mul(v.reshape([1, n])), 1).div(np.sum(weights, 1));
  });
  const k = np.array(Float32Array.from(keys));
  const v = np.array(Float32Array.from(values));
  const q = np.array(Float32Array.from(queries));
  return async () => Float64Array.from((await mean(k.ref, v.ref, q.ref).data()) as Float32Array);
}
