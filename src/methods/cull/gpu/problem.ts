/** What the method "cull" keeps on the GPU for a problem: keys in the order of their tree, and the boxes of its tiles. */
import type { Track } from "../../../../shaders/partials.ts";
import { TILES_PER_WORD } from "../../../../shaders/reach.ts";
import { type Matrix, rowsOf } from "../../../data/matrix.ts";
import { keyWeights, type Problem } from "../../../problem/problem.ts";
import { type Encoder, encoder } from "../../dense/gpu/encode.ts";
import { KeyBuffers } from "../../dense/gpu/key-buffers.ts";
import { aroundEach, type Boxes, tileBoxes } from "../tile-boxes.ts";
import type { TileTree } from "../tile-tree.ts";

type Encoded = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

export class CulledProblem {
  readonly problem: Problem;
  readonly encoder: Encoder;
  readonly track: Track | undefined;
  readonly keyBuffers: KeyBuffers;
  readonly tree: TileTree;
  /** The boxes of the tiles, and after them those around as many tiles as share a word, encoded, as 32 bits each. */
  readonly boxes: Int32Array<ArrayBuffer>;

  constructor(given: Problem, tree: TileTree) {
    const { order } = tree;
    const weights = given.keyWeights?.data;
    this.tree = tree;
    this.problem = {
      ...given,
      keys: rowsOf(given.keys, order),
      values: rowsOf(given.values, order),
      keyWeights: weights && keyWeights(Float64Array.from(order, (key) => weights[key])),
    };
    this.encoder = encoder(this.problem);
    this.track = this.encoder.track;
    this.keyBuffers = new KeyBuffers(this.problem, this.encoder);
    this.boxes = tilesAndWords(this.encoder, tileBoxes(tree));
  }
}

/** Boxes of tiles, then of words, as shaders/reach.ts reads them. */
export function tilesAndWords(coder: Encoder, boxes: Boxes): Int32Array<ArrayBuffer> {
  return joined(encodedBoxes(coder, boxes), encodedBoxes(coder, aroundEach(boxes, TILES_PER_WORD)));
}

function joined(first: Encoded, second: Encoded): Int32Array<ArrayBuffer> {
  const all = new Int32Array(first.length + second.length);
  all.set(bitsOf(first));
  all.set(bitsOf(second), first.length);
  return all;
}

/** Boxes of blocks from … to − 1, then how far keys may be from each, in what α sees. */
export function blocksWithLimits(
  coder: Encoder,
  boxes: Boxes,
  limits: Float32Array<ArrayBuffer>,
  from = 0,
  to = limits.length,
): Int32Array<ArrayBuffer> {
  return joined(encodedBoxes(coder, boxes, from, to), limits);
}

/** The same bits, as integers. */
const bitsOf = ({ buffer }: Encoded): Int32Array<ArrayBuffer> => new Int32Array(buffer);

/**
 * Rows of least, then of largest coordinates of the boxes from … to − 1. Encoding keeps the order of numbers, so points stay
 * in their boxes.
 */
function encodedBoxes(coder: Encoder, { least, most }: Boxes, from = 0, to = least.count): Encoded {
  const encode = (corners: Matrix) => coder.queries(corners, from, to, () => {});
  const [low, high] = [encode(least), encode(most)];
  const { length } = low;
  const boxes = coder.encoding === "fixed" ? new Int32Array(2 * length) : new Float32Array(2 * length);
  boxes.set(low);
  boxes.set(high, length);
  return boxes;
}
