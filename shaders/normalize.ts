/**
 * Stage 3, normalisation, in place: the weighted sums of values become weighted means.
 *
 *   sums[column's row][query] /= sums[0][query]     (0 where there is no weight: the engine decides what that means)
 *
 * CPU twin: src/methods/dense/cpu/normalize.ts.
 */
import { firstValueRow } from "./partials.ts";
import { repeat, u32, wgsl } from "./text.ts";

export interface NormalizeOptions {
  readonly tracked: boolean;
  readonly columns: number;
  readonly threads: number;
}

export function normalize({ columns, tracked, threads }: NormalizeOptions): string {
  return wgsl`
@group(0) @binding(0) var<uniform> queries: u32;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(${u32(threads)})
fn normalize(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  if (query >= queries) { return; }
  let weight = sums[query];
  let divisor = select(1.0, weight, weight > 0.0);
  ${repeat(columns, (c) => `sums[${u32(firstValueRow(tracked) + c)} * queries + query] /= divisor;`)}
}
`;
}
