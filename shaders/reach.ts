/**
 * Which tiles of keys can matter for a block of queries, for stage 1 to pass over the others: told by their boxes alone,
 * one bit a tile, one workgroup a block. Tiles of a word are neighbours, so one box around them all mostly tells at once.
 *
 *   reach[block][word]   bit i: the block and tile 32·word + i are no further apart, in what α sees, than limits[block]
 *   counts[block]        how many bits are set
 *
 * Boxes are rows of the least, then rows of the largest coordinates, encoded as the points themselves are: rounding keeps
 * their order, so what is true of a box holds for its points. Boxes of tiles lie before those of words, and limits after the boxes of
 * blocks, so that four buffers suffice, as many as compatibility mode has. CPU twin: src/testing/twins/reach.ts.
 */
import { argument, type DistanceOptions } from "./distance.ts";
import { repeat, u32, wgsl } from "./text.ts";

/** Tiles to a word. */
export const TILES_PER_WORD = 32;

export interface ReachOptions extends DistanceOptions {
  readonly threads: number;
}

export function reach(options: ReachOptions): string {
  const { dims, encoding, threads } = options;
  const number = encoding === "fixed" ? "i32" : "f32";
  /** WGSL that declares `x` for the box `index` of the boxes of tiles or of words. */
  const apart = (which: "tiles" | "words", index: string) => {
    const before = which === "words" ? `${u32(2 * dims)} * slice.tiles + ` : "";
    const at = (row: number) => `boxes[${before}${u32(row)} * slice.${which} + ${index}]`;
    const gap = (j: number) => `f32(max(max(${at(j)} - most${j}, least${j} - ${at(dims + j)}), 0))`;
    const gaps = repeat(dims, (j) => `let d${j} = ${gap(j)};`);
    return [gaps, ...argument(options, "slice.step", undefined, "")].join("\n");
  };
  return wgsl`
alias V = f32;

struct Slice {
  blocks: u32,
  tiles: u32,
  words: u32,
  step: f32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> boxes: array<${number}>;
@group(0) @binding(2) var<storage, read> blocks: array<${number}>;
@group(0) @binding(3) var<storage, read_write> reach: array<u32>;
@group(0) @binding(4) var<storage, read_write> counts: array<u32>;

const threads = ${u32(threads)};

var<workgroup> counted: array<u32, threads>;

@compute @workgroup_size(threads)
fn find(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let block = workgroup.x;
  ${repeat(dims, (j) => `let least${j} = blocks[${u32(j)} * slice.blocks + block];`)}
  ${repeat(dims, (j) => `let most${j} = blocks[${u32(dims + j)} * slice.blocks + block];`)}
  let limit = bitcast<f32>(blocks[${u32(2 * dims)} * slice.blocks + block]);

  var count = 0u;
  for (var word = thread; word < slice.words; word += threads) {
    ${apart("words", "word")}
    var bits = 0u;
    if (x <= limit) {
      let first = word * ${u32(TILES_PER_WORD)};
      let last = min(first + ${u32(TILES_PER_WORD)}, slice.tiles);
      for (var tile = first; tile < last; tile++) {
        ${apart("tiles", "tile")}
        bits |= select(0u, 1u, x <= limit) << (tile - first);
      }
    }
    reach[block * slice.words + word] = bits;
    count += countOneBits(bits);
  }

  counted[thread] = count;
  workgroupBarrier();
  if (thread > 0u) { return; }
  for (var other = 1u; other < threads; other++) { count += counted[other]; }
  counts[block] = count;
}
`;
}
