// Written by `npm run shaders`: a Gaussian of two coordinates, one column of values, 64 threads.
// The module of the same name in shaders/ explains it.

struct Slice {
  count: u32,
  /** Where each grid begins, and the bounds. */
  grid0: u32,
  grid1: u32,
  bounds: u32,
  points: u32,
  bits: u32,
  length0: u32,
  length1: u32,
  unit: f32,
  /** What bounds are multiplied by and increased by, and the share of its sum that a query's may be. */
  slack: f32,
  least: f32,
  share: f32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> positions: array<u32>;
@group(0) @binding(2) var<storage, read> grids: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<storage, read_write> failed: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read> order: array<u32>;
const width = 6u;
const half = 3u;

fn window(apart: i32) -> f32 {
  let x = f32(apart) * slice.unit;
  let inside = 1.0 - x * x;
  return select(0.0, exp2(20.7748086 * (sqrt(max(inside, 1e-30)) - 1.0)), inside > 0.0);
}

fn fail(query: u32) {
  let at = atomicAdd(&failed[0], 1u) + 1u;
  if (at < arrayLength(&failed)) { atomicStore(&failed[at], query); }
}

@compute @workgroup_size(64u)
fn interpolate(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = (workgroup.y * workgroups.x + workgroup.x) * 64u + thread;
  if (index >= slice.count) { return; }
  let query = order[index];
  let position0 = positions[0u * slice.count + query];
  let position1 = positions[1u * slice.count + query];
  if (position0 == 4294967295u) { fail(query); return; }
  let cell0 = position0 >> slice.bits;
  let cell1 = position1 >> slice.bits;
  let first0 = cell0 + 1u - half;
  let first1 = cell1 + 1u - half;
  var weights0: array<f32, width>;
  var weights1: array<f32, width>;
  for (var i = 0u; i < width; i++) {
    weights0[i] = window(i32(((first0 + i) << slice.bits) - position0));
    weights1[i] = window(i32(((first1 + i) << slice.bits) - position1));
  }
  var sum0 = 0.0;
  var sum1 = 0.0;
  for (var i0 = 0u; i0 < width; i0++) {
    let row = (first0 + i0) * slice.length1 + first1;
    var row0 = 0.0;
    var row1 = 0.0;
    for (var i = 0u; i < width; i++) {
      row0 += weights1[i] * grids[slice.grid0 + row + i];
      row1 += weights1[i] * grids[slice.grid1 + row + i];
    }
    let weight = weights0[i0];
    sum0 += weight * row0;
    sum1 += weight * row1;
  }
  let bound = grids[slice.bounds + (cell0) * slice.length1 + cell1] * slice.slack + slice.least;
  if (!(bound <= slice.share * sum0)) { fail(query); return; }
  sums[query] = sum0;
  sums[1u * slice.count + query] = sum1 / sum0;
}
