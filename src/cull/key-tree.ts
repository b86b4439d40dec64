/** The tiles of a problem's keys, shared by the problems that a search for bandwidths poses about the same keys. */
import type { Matrix } from "../data.ts";
import type { Problem } from "../engine/types.ts";
import { KEYS } from "./cull.ts";
import { TileTree } from "./tile-tree.ts";

/** The last tree of each set of keys that was read; a new reading is a new object, whatever array it came from. */
const trees = new WeakMap<Matrix, { readonly proportions: string; readonly tree: TileTree }>();

export const hasTree = (keys: Matrix): boolean => trees.has(keys);

/** Tiles are cut where the keys extend furthest in bandwidths, so only the proportions of the bandwidths matter. */
export function treeOf({ keys, bandwidth }: Problem): TileTree {
  const proportions = bandwidth.map((h) => Math.log2(h / bandwidth[0]).toFixed(0)).join();
  const known = trees.get(keys);
  if (known?.proportions === proportions) return known.tree;
  const tree = new TileTree(keys, bandwidth, KEYS);
  trees.set(keys, { proportions, tree });
  return tree;
}
