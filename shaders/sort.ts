/**
 * Stages of a stable radix sort of points by their bins, so many bits of the bin's number at a time from the lowest. Each pass is a counting sort
 * in blocks: `countDigits` counts the digits of each block, `scanCounts` turns counts into places, `scatter` moves the points there. No
 * workgroup waits for another one, and the order is the same on every adapter. Twin: src/common/counting-sort.ts.
 */
import { u32, wgsl } from "./text.ts";
import { THREAD_BUILTINS } from "./window.ts";

const THREADS = 64;
/** Points of a block to a thread, four of which are read at a time. */
const POINTS_PER_THREAD = 32;
export const POINTS_PER_BLOCK = THREADS * POINTS_PER_THREAD;
/** Bits of a digit: few, as each thread counts all values of one in workgroup memory. */
export const DIGIT_BITS = 5;
const DIGITS = 2 ** DIGIT_BITS;
/** Passes that so many bins take: one for each digit of their numbers. */
export const passesFor = (bins: number): number => Math.max(Math.ceil(Math.log2(bins) / DIGIT_BITS), 1);
const PAIRS = DIGITS / 2;

const uniform = wgsl`
struct Slice {
  count: u32,
  blocks: u32,
  /** Bits of the bin below the digit. */
  shift: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
`;

/** Inclusive sums of `sums` over the threads of a workgroup. */
const scan = wgsl`
  for (var apart = 1u; apart < ${u32(THREADS)}; apart *= 2u) {
    workgroupBarrier();
    var below = 0u;
    if (thread >= apart) { below = sums[thread - apart]; }
    workgroupBarrier();
    sums[thread] += below;
  }
  workgroupBarrier();
`;

/** counts[digit · blocks + block] = the points of the block with this digit. */
export function countDigits(): string {
  return wgsl`
${uniform}
@group(0) @binding(1) var<storage, read> bins: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;

var<workgroup> found: array<atomic<u32>, ${u32(DIGITS)}>;

@compute @workgroup_size(${u32(THREADS)})
fn countDigits(${THREAD_BUILTINS}) {
  let block = workgroup.y * workgroups.x + workgroup.x;
  if (block >= slice.blocks) { return; }
  let end = min((block + 1u) * ${u32(POINTS_PER_BLOCK)}, slice.count);
  for (var i = block * ${u32(POINTS_PER_BLOCK)} + thread; i < end; i += ${u32(THREADS)}) {
    atomicAdd(&found[(bins[i] >> slice.shift) & ${u32(DIGITS - 1)}], 1u);
  }
  workgroupBarrier();
  if (thread < ${u32(DIGITS)}) { counts[thread * slice.blocks + block] = atomicLoad(&found[thread]); }
}
`;
}

/** A workgroup a digit: counts[digit · blocks + block] becomes the sum of those before it, totals[digit] the sum of all. */
export function scanCounts(): string {
  return wgsl`
${uniform}
@group(0) @binding(1) var<storage, read_write> counts: array<u32>;
@group(0) @binding(2) var<storage, read_write> totals: array<u32>;

var<workgroup> sums: array<u32, ${u32(THREADS)}>;

@compute @workgroup_size(${u32(THREADS)})
fn scanCounts(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let digit = workgroup.x;
  let each = (slice.blocks + ${u32(THREADS - 1)}) / ${u32(THREADS)};
  let begin = digit * slice.blocks + min(thread * each, slice.blocks);
  let end = digit * slice.blocks + min((thread + 1u) * each, slice.blocks);
  var own = 0u;
  for (var i = begin; i < end; i++) { own += counts[i]; }
  sums[thread] = own;
  ${scan}
  var before = sums[thread] - own;
  for (var i = begin; i < end; i++) {
    let count = counts[i];
    counts[i] = before;
    before += count;
  }
  if (thread == ${u32(THREADS - 1)}) { totals[digit] = sums[thread]; }
}
`;
}

/**
 * orderOut[place] and binsOut[place] of each point, by its digit and then in the order that points came in. Each thread counts the digits of its
 * own consecutive points, two counts of 16 bits to a number.
 */
export function scatter(): string {
  return wgsl`
${uniform}
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> totals: array<u32>;
@group(0) @binding(3) var<storage, read> bins: array<u32>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read_write> binsOut: array<u32>;
@group(0) @binding(6) var<storage, read_write> orderOut: array<u32>;

var<workgroup> sums: array<u32, ${u32(THREADS)}>;
/** Where the digit's points of this block go. */
var<workgroup> base: array<u32, ${u32(DIGITS)}>;
/** Odd rows, so that threads side by side use different banks. */
var<workgroup> own: array<u32, ${u32(THREADS * (PAIRS + 1))}>;

@compute @workgroup_size(${u32(THREADS)})
fn scatter(${THREAD_BUILTINS}) {
  let block = workgroup.y * workgroups.x + workgroup.x;
  if (block >= slice.blocks) { return; }
  var total = 0u;
  if (thread < ${u32(DIGITS)}) { total = totals[thread]; }
  sums[thread] = total;
  ${scan}
  if (thread < ${u32(DIGITS)}) { base[thread] = sums[thread] - total + counts[thread * slice.blocks + block]; }

  let row = thread * ${u32(PAIRS + 1)};
  for (var p = 0u; p < ${u32(PAIRS)}; p++) { own[row + p] = 0u; }
  let begin = min(block * ${u32(POINTS_PER_BLOCK)} + thread * ${u32(POINTS_PER_THREAD)}, slice.count);
  let end = min(begin + ${u32(POINTS_PER_THREAD)}, slice.count);
  for (var i = begin; i < end; i++) {
    let digit = (bins[i] >> slice.shift) & ${u32(DIGITS - 1)};
    own[row + digit / 2u] += 1u << (16u * (digit % 2u));
  }
  workgroupBarrier();
  if (thread < ${u32(PAIRS)}) {
    var before = 0u;
    for (var t = 0u; t < ${u32(THREADS)}; t++) {
      let at = t * ${u32(PAIRS + 1)} + thread;
      let counted = own[at];
      own[at] = before;
      before += counted;
    }
  }
  workgroupBarrier();
  for (var i = begin; i < end; i++) {
    let bin = bins[i];
    let digit = (bin >> slice.shift) & ${u32(DIGITS - 1)};
    let shift = 16u * (digit % 2u);
    let at = row + digit / 2u;
    let counted = own[at];
    own[at] = counted + (1u << shift);
    let place = base[digit] + ((counted >> shift) & ${u32(0xffff)});
    binsOut[place] = bin;
    orderOut[place] = order[i];
  }
}
`;
}
