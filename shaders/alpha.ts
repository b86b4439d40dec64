/**
 * α alone, at given arguments: for the comparison of a caller's WGSL with its TypeScript.
 *
 *   result[i] = α(given[i])
 */
import type { KernelShader } from "../src/kernels/kernel.ts";
import { kernelFunction } from "./kernel.ts";
import { u32, wgsl } from "./text.ts";

export interface AlphaOptions {
  readonly kernel: KernelShader;
  readonly threads: number;
}

export function alpha({ kernel, threads }: AlphaOptions): string {
  return wgsl`
alias V = vec4f;

@group(0) @binding(0) var<uniform> count: u32;
@group(0) @binding(1) var<storage, read> given: array<V>;
@group(0) @binding(2) var<storage, read_write> result: array<V>;

@compute @workgroup_size(${u32(threads)})
fn evaluate(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= count) { return; }
  result[id.x] = alpha(given[id.x]);
}

${kernelFunction(kernel)}
`;
}
