// Written by `npm run shaders`: a Gaussian of two coordinates, one column of values, 64 threads.
// The module of the same name in shaders/ explains it.

struct Slice {
  queries: u32,
  parts: u32,
  before: u32,
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
  var sum0 = 0.0;
  var sum1 = 0.0;
  var sum2 = 0.0;
  var sum3 = 0.0;
  if (slice.before > 0u) {
    sum0 = sums[first + 0u * stride];
    sum1 = sums[first + 1u * stride];
    sum2 = sums[first + 2u * stride];
    sum3 = sums[first + 3u * stride];
  }
  let end = slice.before + slice.parts;
  for (var part = slice.before; part < end;) {
    let endOfSum = min((part / 32u + 1u) * 32u, end);
    for (; part < endOfSum; part++) {
      sum0 += partials[first + (part - slice.before) * stride];
    }
    if (part % 32u == 0u) { sum1 += sum0; sum0 = 0.0; }
    if (part % 1024u == 0u) { sum2 += sum1; sum1 = 0.0; }
    if (part % 32768u == 0u) { sum3 += sum2; sum2 = 0.0; }
  }
  if (slice.more == 1u) {
    sums[first + 0u * stride] = sum0;
    sums[first + 1u * stride] = sum1;
    sums[first + 2u * stride] = sum2;
    sums[first + 3u * stride] = sum3;
    return;
  }
  sum1 += sum0;
  sum2 += sum1;
  sum3 += sum2;
  sums[first] = sum3;
}
