// Written by `npm run shaders`: a Gaussian of two coordinates, one column of values, 64 threads.
// The module of the same name in shaders/ explains it.

struct Slice {
  queries: u32,
  parts: u32,
  more: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64u)
fn columnSum(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let row = id.y;
  if (query >= slice.queries) { return; }
  let first = row * slice.queries + query;
  let stride = 2u * slice.queries;
  var total = 0.0;
  if (slice.more == 1u) { total = sums[first]; }
  for (var start = 0u; start < slice.parts; start += 32u) {
    let end = min(start + 32u, slice.parts);
    var block = 0.0;
    for (var part = start; part < end; part++) {
      block += partials[first + part * stride];
    }
    total += block;
  }
  sums[first] = total;
}
