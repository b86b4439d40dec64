// Written by `npm run shaders`: a Gaussian of two coordinates, one column of values, 64 threads.
// The module of the same name in shaders/ explains it.
alias V = vec4f;

struct Slice {
  queries: u32,
  keys: u32,
  keysPerPart: u32,
  firstPart: u32,
  partsBefore: u32,
  step: f32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> keys: array<i32>;
@group(0) @binding(2) var<storage, read> queries: array<i32>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
const keysPerTile = 256u;
const keysPerSum = 32u;
const queryLanes = 64u;
const keyLanes = 1u;
const lanesPerSum = 1u;
const threads = queryLanes * keyLanes;
const vectors = 1u;
var<workgroup> tile: array<vec4i, keysPerTile * vectors>;

@compute @workgroup_size(threads)
fn pairwise(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let queryLane = thread % queryLanes;
  let keyLane = thread / queryLanes;
  let firstQuery = workgroup.x * 256u + queryLane;
  let lastQuery = slice.queries - 1u;
  let query0 = min(firstQuery + 0u, lastQuery);
  let query1 = min(firstQuery + 64u, lastQuery);
  let query2 = min(firstQuery + 128u, lastQuery);
  let query3 = min(firstQuery + 192u, lastQuery);
  let q0_0 = vec4i(queries[0u * slice.queries + query0], queries[0u * slice.queries + query1], queries[0u * slice.queries + query2], queries[0u * slice.queries + query3]);
  let q0_1 = vec4i(queries[1u * slice.queries + query0], queries[1u * slice.queries + query1], queries[1u * slice.queries + query2], queries[1u * slice.queries + query3]);
  var sum0 = V(0.0);
  var sum0_0 = V(0.0);
  let part = slice.firstPart + workgroup.y;
  let partStart = part * slice.keysPerPart;
  let partEnd = min(partStart + slice.keysPerPart, slice.keys);
  for (var start = partStart; start < partEnd; start += keysPerTile) {
    let count = min(keysPerTile, partEnd - start);
    workgroupBarrier();
    for (var i = thread; i < count; i += threads) {
      let key = start + i;
      tile[i * vectors + 0u] = vec4i(keys[key], keys[1u * slice.keys + key], keys[2u * slice.keys + key], 0);
    }
    workgroupBarrier();
    for (var block = keyLane; block < count; block += keysPerSum * keyLanes) {
      let end = min(block + keysPerSum * keyLanes, count);
      var block_sum0 = V(0.0);
      var block_sum0_0 = V(0.0);
      for (var i = block; i < end; i += keyLanes) {
        let r0 = tile[i * vectors + 0u];
        let d0_0 = V(q0_0 - r0.x);
        let d1_0 = V(q0_1 - r0.y);
        let x_0 = (d0_0 * d0_0 + d1_0 * d1_0) * (slice.step * slice.step);
        let a_0 = alpha(x_0);
        block_sum0 += a_0;
        let v0 = bitcast<f32>(r0.z);
        block_sum0_0 += a_0 * v0;
      }
      sum0 += block_sum0;
      sum0_0 += block_sum0_0;
    }
  }
  let base = (slice.partsBefore + part) * 2u * slice.queries;
  for (var i = 0u; i < 2u; i++) {
    let row = i % 2u;
    var total = V(0.0);
    switch i {
      case 0u: { total = sum0; }
      case 1u: { total = sum0_0; }
      default: {}
    }
    let to = base + row * slice.queries;
    let query = firstQuery + i / 2u * 256u;
    if (query + 0u < slice.queries) { partials[to + query + 0u] = total.x; }
    if (query + 64u < slice.queries) { partials[to + query + 64u] = total.y; }
    if (query + 128u < slice.queries) { partials[to + query + 128u] = total.z; }
    if (query + 192u < slice.queries) { partials[to + query + 192u] = total.w; }
  }
}

fn alpha(x: V) -> V {
  return exp2(-x);
}
