/**
 * For pictures: how many points lie in each cell of a rectangle. Points are shares of their ranges, x and y in turn.
 *
 *   counts[row][column] += 1 for every point within the view; rows from the top
 *
 * CPU twin: demo/draw/point-density.ts.
 */
import { u32, wgsl } from "./text.ts";

export function pointCounts({ threads }: { readonly threads: number }): string {
  return wgsl`
struct View {
  left: f32, low: f32,
  perX: f32, perY: f32,
  columns: u32, rows: u32,
  points: u32, stride: u32,
}
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> points: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> counts: array<atomic<u32>>;

@compute @workgroup_size(${u32(threads)})
fn count(@builtin(global_invocation_id) id: vec3u) {
  for (var i = id.x; i < view.points; i += view.stride) {
    let point = points[i];
    let across = (point.x - view.left) * view.perX;
    let up = (point.y - view.low) * view.perY;
    if (across < 0.0 || up < 0.0 || across > f32(view.columns) || up > f32(view.rows)) { continue; }
    let column = min(u32(across), view.columns - 1u);
    let row = view.rows - 1u - min(u32(up), view.rows - 1u);
    atomicAdd(&counts[row * view.columns + column], 1u);
  }
}
`;
}
