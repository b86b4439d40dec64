// Written by `npm run shaders`: a Gaussian of two coordinates, one column of values, 64 threads.
// The module of the same name in shaders/ explains it.

struct Slice {
  /** The first workgroup's number, and how many there are. */
  first: u32,
  count: u32,
  tiles: u32,
  keys: u32,
  /** Keys of a part. */
  part: u32,
  points: u32,
  bits: u32,
  length0: u32,
  length1: u32,
  unit: f32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> charges: array<f32>;
@group(0) @binding(4) var<storage, read> partsInRow: array<u32>;
@group(0) @binding(5) var<storage, read> partsBeforeRow: array<u32>;
@group(0) @binding(6) var<storage, read_write> parts: array<f32>;
@group(0) @binding(7) var<storage, read_write> grids: array<f32>;
/** The first key of each row of bins, and how many keys are in the rows before it; the last is for all. */
var<workgroup> rowStart: array<u32, 4u>;
var<workgroup> rowsBefore: array<u32, 5u>;
var<workgroup> windows: array<f32, 1088u>;
/** The cell of each key, as a point of the tile, and its charges. */
var<workgroup> records: array<vec4f, 64u>;
const width = 6u;
const half = 3u;

fn window(apart: i32) -> f32 {
  let x = f32(apart) * slice.unit;
  let inside = 1.0 - x * x;
  return select(0.0, exp2(20.7748086 * (sqrt(max(inside, 1e-30)) - 1.0)), inside > 0.0);
}

fn rowOfKeys(tileNumber: u32, rowNumber: u32) -> vec2u {
  var tile = tileNumber;
  let tile1 = tile % ((slice.length1 + 7u) / 8u); tile /= ((slice.length1 + 7u) / 8u);
  let tile0 = tile % ((slice.length0 + 7u) / 8u); tile /= ((slice.length0 + 7u) / 8u);
  var row = rowNumber;
  let row0 = row % 4u; row /= 4u;
  let most0 = i32(((slice.length0 + 3u) / 4u));
  let most1 = i32(((slice.length1 + 3u) / 4u));
  let from0 = i32(tile0 * 2u) - 1;
  let from1 = i32(tile1 * 2u) - 1;
  let bin0 = from0 + i32(row0);
  let begin = max(from1, 0);
  let end = min(from1 + 4, most1);
  if (bin0 < 0 || bin0 >= most0 || begin >= end) { return vec2u(0u, 0u); }
  let base = u32((bin0) * most1 + 0);
  let first = starts[base + u32(begin)];
  return vec2u(first, starts[base + u32(end)] - first);
}

fn partsBefore(tile: u32) -> u32 {
  return partsInRow[tile] + partsBeforeRow[tile / 1024u];
}

fn partsAfter(tile: u32) -> u32 {
  if (tile + 1u < slice.tiles) { return partsBefore(tile + 1u); }
  return partsBeforeRow[(slice.tiles - 1u) / 1024u + 1u];
}
/** The tile that a part belongs to: the last one with no more parts before it. */

fn tileOf(part: u32) -> u32 {
  var low = 0u;
  var high = slice.tiles - 1u;
  while (low < high) {
    let middle = low + (high - low + 1u) / 2u;
    if (partsBefore(middle) <= part) { low = middle; } else { high = middle - 1u; }
  }
  return low;
}

@compute @workgroup_size(64u)
fn spread(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  let number = slice.first + index;
  let isWhole = number < slice.tiles;
  let part = number - slice.tiles;
  if (index >= slice.count || (!isWhole && part >= partsAfter(slice.tiles - 1u))) { return; }
  var tileNumber = number;
  if (!isWhole) { tileNumber = tileOf(part); }
  let before = partsBefore(tileNumber);
  if (isWhole && partsAfter(tileNumber) > before) { return; }
  let firstAt = select((part - before) * slice.part, 0u, isWhole);
  var tile = tileNumber;
  let tile1 = tile % ((slice.length1 + 7u) / 8u); tile /= ((slice.length1 + 7u) / 8u);
  let tile0 = tile % ((slice.length0 + 7u) / 8u); tile /= ((slice.length0 + 7u) / 8u);
  var own = thread;
  let own1 = own % 8u; own /= 8u;
  let own0 = own % 8u; own /= 8u;
  let g0 = tile0 * 8u + own0;
  let g1 = tile1 * 8u + own1;
  for (var row = thread; row < 4u; row += 64u) {
    let keys = rowOfKeys(tileNumber, row);
    rowStart[row] = keys.x;
    rowsBefore[row + 1u] = keys.y;
  }
  workgroupBarrier();
  if (thread == 0u) {
    rowsBefore[0] = 0u;
    for (var row = 0u; row < 4u; row++) { rowsBefore[row + 1u] += rowsBefore[row]; }
  }
  let endAt = min(workgroupUniformLoad(&rowsBefore[4u]), firstAt + slice.part);
  var sum0 = 0.0; var second0 = 0.0;
  var sum1 = 0.0; var second1 = 0.0;
  var sum2 = 0.0; var second2 = 0.0;
  let thisPoint = f32(thread);
  var batch = 0u;
  for (var low = firstAt; low < endAt; low += 64u) {
    let at = low + thread;
    records[thread * 1u + 0u] = vec4f();
    if (at < endAt) {
      var row = 0u;
      while (rowsBefore[row + 1u] <= at) { row++; }
      let key = rowStart[row] + at - rowsBefore[row];
      let position0 = positions[0u * slice.keys + key];
      let position1 = positions[1u * slice.keys + key];
      let cell0 = (position0 >> slice.bits) - tile0 * 8u;
      let cell1 = (position1 >> slice.bits) - tile1 * 8u;
      let cell = select(64u, (cell0) * 8u + cell1, cell0 < 8u && cell1 < 8u);
      records[thread * 1u + 0u] = vec4f(f32(cell), charges[0u * slice.keys + key], charges[1u * slice.keys + key], 0.0);
      for (var i = 0u; i < 8u; i++) { windows[thread * 17u + 0u + i] = window(i32(position0 - ((tile0 * 8u + i) << slice.bits))); }
      for (var i = 0u; i < 8u; i++) { windows[thread * 17u + 8u + i] = window(i32(position1 - ((tile1 * 8u + i) << slice.bits))); }
    }
    workgroupBarrier();
    // What is beyond the last key has no charge.
    for (var few = 0u; few < 2u; few++) {
      var few0 = 0.0;
      var few1 = 0.0;
      var few2 = 0.0;
      for (var i = 0u; i < 32u; i++) {
        let k = few * 32u + i;
        let weight = windows[k * 17u + 0u + own0] * windows[k * 17u + 8u + own1];
        let r0 = records[k * 1u + 0u];
        few0 += weight * r0.y;
        few1 += weight * r0.z;
        few2 += select(0.0, r0.y, r0.x == thisPoint);
      }
      second0 += few0;
      second1 += few1;
      second2 += few2;
    }
    batch++;
    if (batch % 16u == 0u) { sum0 += second0; second0 = 0.0;
      sum1 += second1; second1 = 0.0;
      sum2 += second2; second2 = 0.0; }
    workgroupBarrier();
  }
  sum0 += second0;
  sum1 += second1;
  sum2 += second2;
  if (!isWhole) {
    let to = part * 192u + thread;
    parts[to + 0u] = sum0;
    parts[to + 64u] = sum1;
    parts[to + 128u] = sum2;
  } else if (g0 < slice.length0 && g1 < slice.length1) {
    let to = (g0) * slice.length1 + g1;
    grids[0u * slice.points + to] = sum0;
    grids[1u * slice.points + to] = sum1;
    grids[2u * slice.points + to] = sum2;
  }
}
