// Written by `npm run shaders`: a Gaussian of two coordinates, one column of values, 64 threads.
// The module of the same name in shaders/ explains it.

@group(0) @binding(0) var<uniform> queries: u32;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64u)
fn normalize(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  if (query >= queries) { return; }
  let weight = sums[query];
  let divisor = select(1.0, weight, weight > 0.0);
  sums[1u * queries + query] /= divisor;
}
