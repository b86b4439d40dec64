// Written by `npm run shaders`: a Gaussian of two coordinates, one column of values, 64 threads.
// The module of the same name in shaders/ explains it.

struct Slice {
  /** The first thread's number, and how many there are. */
  first: u32,
  count: u32,
  origin: u32,
  destination: u32,
  stride: u32,
  length: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> taps: array<f32>;
@group(0) @binding(2) var<storage, read_write> grids: array<f32>;

@compute @workgroup_size(64u)
fn convolve(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = (workgroup.y * workgroups.x + workgroup.x) * 64u + thread;
  if (index >= slice.count) { return; }
  // Threads side by side are so along the axes after this one.
  let number = slice.first + index;
  let blocks = (slice.length + 7u) / 8u;
  let rest = number / slice.stride;
  let begin = (rest % blocks) * 8u;
  let line = rest / blocks * slice.length * slice.stride + number % slice.stride;
  let at = slice.origin + line;
  let x0 = select(0.0, grids[at + min(begin - 4u, slice.length - 1u) * slice.stride], begin - 4u < slice.length);
  let x1 = select(0.0, grids[at + min(begin - 3u, slice.length - 1u) * slice.stride], begin - 3u < slice.length);
  let x2 = select(0.0, grids[at + min(begin - 2u, slice.length - 1u) * slice.stride], begin - 2u < slice.length);
  let x3 = select(0.0, grids[at + min(begin - 1u, slice.length - 1u) * slice.stride], begin - 1u < slice.length);
  let x4 = select(0.0, grids[at + min(begin + 0u, slice.length - 1u) * slice.stride], begin + 0u < slice.length);
  let x5 = select(0.0, grids[at + min(begin + 1u, slice.length - 1u) * slice.stride], begin + 1u < slice.length);
  let x6 = select(0.0, grids[at + min(begin + 2u, slice.length - 1u) * slice.stride], begin + 2u < slice.length);
  let x7 = select(0.0, grids[at + min(begin + 3u, slice.length - 1u) * slice.stride], begin + 3u < slice.length);
  let x8 = select(0.0, grids[at + min(begin + 4u, slice.length - 1u) * slice.stride], begin + 4u < slice.length);
  let x9 = select(0.0, grids[at + min(begin + 5u, slice.length - 1u) * slice.stride], begin + 5u < slice.length);
  let x10 = select(0.0, grids[at + min(begin + 6u, slice.length - 1u) * slice.stride], begin + 6u < slice.length);
  let x11 = select(0.0, grids[at + min(begin + 7u, slice.length - 1u) * slice.stride], begin + 7u < slice.length);
  let x12 = select(0.0, grids[at + min(begin + 8u, slice.length - 1u) * slice.stride], begin + 8u < slice.length);
  let x13 = select(0.0, grids[at + min(begin + 9u, slice.length - 1u) * slice.stride], begin + 9u < slice.length);
  let x14 = select(0.0, grids[at + min(begin + 10u, slice.length - 1u) * slice.stride], begin + 10u < slice.length);
  let x15 = select(0.0, grids[at + min(begin + 11u, slice.length - 1u) * slice.stride], begin + 11u < slice.length);
  var sum0 = 0.0;
  var sum1 = 0.0;
  var sum2 = 0.0;
  var sum3 = 0.0;
  var sum4 = 0.0;
  var sum5 = 0.0;
  var sum6 = 0.0;
  var sum7 = 0.0;
  let tap4 = taps[4u];
  sum0 += tap4 * (x0 + x8);
  sum1 += tap4 * (x1 + x9);
  sum2 += tap4 * (x2 + x10);
  sum3 += tap4 * (x3 + x11);
  sum4 += tap4 * (x4 + x12);
  sum5 += tap4 * (x5 + x13);
  sum6 += tap4 * (x6 + x14);
  sum7 += tap4 * (x7 + x15);
  let tap3 = taps[3u];
  sum0 += tap3 * (x1 + x7);
  sum1 += tap3 * (x2 + x8);
  sum2 += tap3 * (x3 + x9);
  sum3 += tap3 * (x4 + x10);
  sum4 += tap3 * (x5 + x11);
  sum5 += tap3 * (x6 + x12);
  sum6 += tap3 * (x7 + x13);
  sum7 += tap3 * (x8 + x14);
  let tap2 = taps[2u];
  sum0 += tap2 * (x2 + x6);
  sum1 += tap2 * (x3 + x7);
  sum2 += tap2 * (x4 + x8);
  sum3 += tap2 * (x5 + x9);
  sum4 += tap2 * (x6 + x10);
  sum5 += tap2 * (x7 + x11);
  sum6 += tap2 * (x8 + x12);
  sum7 += tap2 * (x9 + x13);
  let tap1 = taps[1u];
  sum0 += tap1 * (x3 + x5);
  sum1 += tap1 * (x4 + x6);
  sum2 += tap1 * (x5 + x7);
  sum3 += tap1 * (x6 + x8);
  sum4 += tap1 * (x7 + x9);
  sum5 += tap1 * (x8 + x10);
  sum6 += tap1 * (x9 + x11);
  sum7 += tap1 * (x10 + x12);
  let to = slice.destination + line + begin * slice.stride;
  if (begin + 0u < slice.length) { grids[to + 0u * slice.stride] = sum0 + taps[0] * x4; }
  if (begin + 1u < slice.length) { grids[to + 1u * slice.stride] = sum1 + taps[0] * x5; }
  if (begin + 2u < slice.length) { grids[to + 2u * slice.stride] = sum2 + taps[0] * x6; }
  if (begin + 3u < slice.length) { grids[to + 3u * slice.stride] = sum3 + taps[0] * x7; }
  if (begin + 4u < slice.length) { grids[to + 4u * slice.stride] = sum4 + taps[0] * x8; }
  if (begin + 5u < slice.length) { grids[to + 5u * slice.stride] = sum5 + taps[0] * x9; }
  if (begin + 6u < slice.length) { grids[to + 6u * slice.stride] = sum6 + taps[0] * x10; }
  if (begin + 7u < slice.length) { grids[to + 7u * slice.stride] = sum7 + taps[0] * x11; }
}
