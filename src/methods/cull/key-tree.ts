/** The tiles of a problem's keys, shared by the problems that a search for bandwidths poses about the same keys. */
import type { Matrix } from "../../data/matrix.ts";
import type { Problem } from "../../problem/problem.ts";
import { KEYS } from "./cull.ts";
import { TileTree } from "./tile-tree.ts";

/** The last tree of each set of keys that was read; a new reading is a new object, whatever array it came from. */
const trees = new WeakMap<Matrix, { readonly proportions: string; readonly tree: TileTree }>();

/**
 * Tiles are cut where the keys extend furthest in bandwidths, so only the proportions of the bandwidths matter, to a power of
 * two: the tree of a problem is the same whatever other problems were posed before.
 */
export function treeOf({ keys, bandwidth }: Problem): TileTree {
  const powers = powersOf(bandwidth);
  const proportions = powers.join();
  const known = trees.get(keys);
  if (known?.proportions === proportions) return known.tree;
  const tree = new TileTree(keys, sidesOf(powers), KEYS);
  trees.set(keys, { proportions, tree });
  return tree;
}

const powersOf = (bandwidth: readonly number[]) =>
  bandwidth.map((h) => Math.round(Math.log2(h / bandwidth[0])));
const sidesOf = (powers: readonly number[]) => powers.map((power) => 2 ** power);
