/**
 * The last stage where results stay on the GPU: weighted means, back in the values' own units, into the caller's
 * buffer, m × columns row-major, or a part of it.
 *
 *   means[begin + query · columns + column] = offset[column] + scale[column] · sums[column's row][query]
 *
 * CPU twin: src/testing/twins/place.ts.
 */
import { firstValueRow } from "./partials.ts";
import { repeat, u32, wgsl } from "./text.ts";

export interface PlaceOptions {
  readonly tracked: boolean;
  readonly columns: number;
  readonly threads: number;
}

export function place({ columns, tracked, threads }: PlaceOptions): string {
  return wgsl`
struct Slice {
  queries: u32,
  begin: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read> units: array<vec2f, ${u32(columns)}>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>;

@compute @workgroup_size(${u32(threads)})
fn place(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  if (query >= slice.queries) { return; }
  let row = slice.begin + query * ${u32(columns)};
  ${repeat(columns, (c) => `means[row + ${u32(c)}] = units[${c}].x + units[${c}].y * sums[${u32(firstValueRow(tracked) + c)} * slice.queries + query];`)}
}
`;
}
