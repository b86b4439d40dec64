/** The boxes of a tree's tiles, and of tiles that follow one another, as rows of coordinates. */
import type { Matrix } from "../../data/matrix.ts";
import type { TileTree } from "./tile-tree.ts";

/** A box a row: the least, and the largest coordinates of its points. */
export interface Boxes {
  readonly least: Matrix;
  readonly most: Matrix;
}

/** The boxes around each `size` boxes that follow one another. */
export function aroundEach({ least, most }: Boxes, size: number): Boxes {
  const { dims } = least;
  const around = (corners: Matrix, pick: (a: number, b: number) => number, start: number): Matrix => {
    const count = Math.ceil(corners.count / size);
    const data = new Float64Array(count * dims).fill(start);
    for (let i = 0; i < corners.data.length; i++) {
      const to = Math.floor(i / dims / size) * dims + (i % dims);
      data[to] = pick(data[to], corners.data[i]);
    }
    return { data, dims, count };
  };
  return { least: around(least, Math.min, Infinity), most: around(most, Math.max, -Infinity) };
}

/** The boxes of the tiles, in order. */
export function tileBoxes(tree: TileTree): Boxes {
  const { boxes, dims, tile } = tree;
  const count = Math.ceil(tree.count / tile);
  const [least, most] = [new Float64Array(count * dims), new Float64Array(count * dims)];
  tree.descend((node, from, _to, isTile) => {
    const box = node * 2 * dims;
    if (isTile) {
      least.set(boxes.subarray(box, box + dims), (from / tile) * dims);
      most.set(boxes.subarray(box + dims, box + 2 * dims), (from / tile) * dims);
    }
    return true;
  });
  return { least: { data: least, dims, count }, most: { data: most, dims, count } };
}
