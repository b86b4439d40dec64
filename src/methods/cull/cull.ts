/**
 * The method "cull" in float64: queries and keys in tiles, and only the pairs of tiles within reach are evaluated. For every query, log-weights
 * below its cutoff are left out; together they are below the tolerance.
 */
import type { Matrix } from "../../data/matrix.ts";
import { isGaussian } from "../../kernels/builtin.ts";
import { logWeight } from "../../kernels/log-weight.ts";
import { negligible, type Problem } from "../../problem/problem.ts";
import { BoxDistance } from "./box-distance.ts";
import { below, EDGE, fromLogs, type Neighbours, weighted } from "./neighbours.ts";
import { TileTree } from "./tile-tree.ts";

/** Keys in a tile, and queries in one. */
export const KEYS = 32;

const QUERIES = 32;

/** Queries that lie so far apart that this many tiles matter for their box are better taken one by one. */
const MANY = 64;

/**
 * Tiles that are searched for a query's heaviest key, whose weight only decides which tiles are weighed. In many coordinates no tile can be
 * excluded, and the search through all of them took four times as long as weighing their keys: topWeights of 20,000 × 64 keys, 1.8 s against 0.4 s.
 */
const SEARCHED = 16;

export interface CullOptions {
  /** Only the queries with these indices. */
  readonly indices?: readonly number[];
  /** What may be left out of a sum, as a share of it. */
  readonly tolerance: number;
  /** Leave out one key for each query: the one with its own index, where queries are the keys, or with the index given. */
  readonly withoutSelf?: boolean | Uint32Array;
  /** Called between tiles of queries: yields to the event loop, and throws when the work is aborted. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/** Calls `found` with each query and its neighbours, which it must not keep. */
export async function cull(
  problem: Problem,
  tree: TileTree,
  queries: Matrix,
  { indices, tolerance, withoutSelf = false, yieldToEventLoop }: CullOptions,
  found: (query: number, neighbours: Neighbours) => void,
): Promise<void> {
  const { kernel, shape, stretched } = problem;
  /** The bandwidth of the query at hand. */
  const bandwidth = Float64Array.from(problem.bandwidth);
  const measure = new BoxDistance(kernel, shape, bandwidth);
  const compact = kernel.tail === "compact";
  const queryTree = new TileTree(queries, problem.bandwidth, QUERIES, indices);
  const { dims } = queries;
  const margin = negligible(problem, tolerance);
  const weigh = weigher(problem, tree, margin, bandwidth);
  const widths = new Widths(problem, tree);
  const point = new Float64Array(2 * dims);
  const corner = new Float64Array(dims);
  const tiles: number[] = []; // node, from, to of each
  const ranges: number[] = [];

  const setWidth = (width: number) => {
    for (let j = 0; j < dims; j++)
      bandwidth[j] = problem.bandwidth[j] * (stretched && !stretched[j] ? 1 : width);
  };
  const logWeightOf = (place: number, at: Float64Array) => {
    const factor = widths.at(place);
    return logWeight(
      kernel,
      shape,
      dims,
      (j) => (at[j] - tree.coordinates[j][place]) / (bandwidth[j] * factor),
    );
  };
  /** The heaviest key of the tiles searched: no heavier than that of all keys. */
  const heaviestKey = (at: Float64Array, except = -1) =>
    tree.best(
      (node) => measure.most(tree.boxes, node * 2 * dims, at, 0, widths.widest(node)),
      (place) => (tree.order[place] === except ? -Infinity : logWeightOf(place, at)),
      SEARCHED,
    );
  /** Lists the tiles of keys that may hold a log weight of at least `least` for a point of the box. */
  const collect = (box: Float64Array, at: number, least: number) => {
    tiles.length = 0;
    tree.descend((node, from, to, isTile) => {
      const most = measure.most(tree.boxes, node * 2 * dims, box, at, widths.widest(node));
      const matters = most >= least && !(compact && most === -Infinity);
      if (matters && isTile) tiles.push(node, from, to);
      return matters;
    });
  };

  const leftOut = typeof withoutSelf === "object" ? withoutSelf : undefined;
  const eachItsOwn = Boolean(withoutSelf) || queries.bandwidthFactors !== undefined;
  const queryTiles: [node: number, from: number, to: number][] = [];
  queryTree.descend((node, from, to, isTile) => {
    if (isTile) queryTiles.push([node, from, to]);
    return true;
  });
  for (const [node, from, to] of queryTiles) {
    setWidth(1);
    const box = node * 2 * dims;
    // A key near the middle of the box weighs at least as much as at the box's furthest corner.
    for (let j = 0; j < dims; j++) {
      const low = queryTree.boxes[box + j];
      point[j] = point[dims + j] = low + (queryTree.boxes[box + dims + j] - low) / 2;
    }
    const { place } = compact ? { place: -1 } : heaviestKey(point);
    for (let j = 0; j < dims && place >= 0; j++) {
      const [low, high] = [queryTree.boxes[box + j], queryTree.boxes[box + dims + j]];
      const key = tree.coordinates[j][place];
      corner[j] = key - low > high - key ? low : high;
    }
    if (!eachItsOwn)
      collect(queryTree.boxes, box, place < 0 ? -Infinity : below(logWeightOf(place, corner), margin));
    const alone = eachItsOwn || tiles.length > 3 * MANY;
    for (let q = from; q < to; q++) {
      for (let j = 0; j < dims; j++) point[j] = point[dims + j] = queryTree.coordinates[j][q];
      const query = queryTree.order[q];
      const except = leftOut ? leftOut[query] : withoutSelf ? query : -1;
      if (queries.bandwidthFactors) setWidth(queries.bandwidthFactors[query]);
      let least = -Infinity;
      if (alone) {
        if (!compact) least = below(heaviestKey(point, except).score, margin);
        collect(point, 0, least);
      } else if (place >= 0) least = below(logWeightOf(place, point), margin);
      ranges.length = 0;
      for (let t = 0; t < tiles.length; t += 3) {
        const most = alone
          ? Infinity
          : measure.most(tree.boxes, tiles[t] * 2 * dims, point, 0, widths.widest(tiles[t]));
        if (most < least || (compact && most === -Infinity)) continue;
        if (ranges[ranges.length - 1] === tiles[t + 1]) ranges[ranges.length - 1] = tiles[t + 2];
        else ranges.push(tiles[t + 1], tiles[t + 2]);
      }
      found(query, weigh(point, ranges, except));
    }
    await yieldToEventLoop();
  }
}

/** The widths that keys have of their own, by places and nodes of their tree. */
class Widths {
  private readonly factors: Float64Array | undefined;
  private readonly order: Uint32Array;
  /** The widest of each node. */
  private readonly most: Float64Array | undefined;

  constructor({ keyBandwidthFactors }: Problem, tree: TileTree) {
    this.factors = keyBandwidthFactors;
    this.order = tree.order;
    if (!keyBandwidthFactors) return;
    const most = new Float64Array(tree.boxes.length / (2 * tree.dims));
    tree.descend((node, from, to) => {
      for (let place = from; place < to; place++)
        most[node] = Math.max(most[node], keyBandwidthFactors[tree.order[place]]);
      return true;
    });
    this.most = most;
  }

  at(place: number): number {
    return this.factors ? this.factors[this.order[place]] : 1;
  }

  widest(node: number): number {
    return this.most ? this.most[node] : 1;
  }
}

/**
 * Weighs the keys of ranges for a point; the key with the index `except` weighs nothing.
 * @param bandwidth that of the point, which may change between calls
 */
function weigher(problem: Problem, tree: TileTree, margin: number, bandwidth: ArrayLike<number>) {
  const { kernel, shape, keyBandwidthFactors } = problem;
  const { dims, coordinates, order } = tree;
  const product = shape === "product" && dims > 1;
  const compact = kernel.tail === "compact";
  const gaussian = isGaussian(kernel);
  const { data } = problem.keys;
  let point: Float64Array;
  /** log α at a squared distance, or from the coordinates where that is beyond all numbers. */
  const logOf = (squared: number, key: number) =>
    squared < Infinity
      ? kernel.logAlpha(Math.sqrt(squared))
      : logWeight(kernel, shape, dims, (j) => {
          const keyFactor = keyBandwidthFactors ? keyBandwidthFactors[key] : 1;
          return (point[j] - data[key * dims + j]) / (bandwidth[j] * keyFactor);
        });
  let weights = new Float64Array(1024);
  let keys = new Uint32Array(1024);

  return (at: Float64Array, ranges: readonly number[], except: number): Neighbours => {
    point = at;
    let size = 0;
    for (let r = 0; r < ranges.length; r += 2) size += ranges[r + 1] - ranges[r];
    if (size > weights.length) [weights, keys] = [new Float64Array(2 * size), new Uint32Array(2 * size)];
    // Squared distances, or for products the log weights.
    for (let j = 0; j < dims; j++) {
      const x = coordinates[j];
      const q = point[j];
      const h = bandwidth[j];
      let place = 0;
      for (let r = 0; r < ranges.length; r += 2) {
        const to = ranges[r + 1];
        if (product) {
          for (let i = ranges[r]; i < to; i++, place++) {
            const keyBandwidth = keyBandwidthFactors ? h * keyBandwidthFactors[order[i]] : h;
            weights[place] =
              (j === 0 ? 0 : weights[place]) + kernel.logAlpha(Math.abs(q - x[i]) / keyBandwidth);
          }
        } else if (j === 0) {
          for (let i = ranges[r]; i < to; i++, place++) {
            const u = (q - x[i]) / h;
            weights[place] = u * u;
          }
        } else {
          for (let i = ranges[r]; i < to; i++, place++) {
            const u = (q - x[i]) / h;
            weights[place] += u * u;
          }
        }
      }
    }
    let place = 0;
    let count = 0;
    let largest = -Infinity;
    for (let r = 0; r < ranges.length; r += 2) {
      for (let i = ranges[r]; i < ranges[r + 1]; i++, place++) {
        const key = order[i];
        if (key === except) continue;
        const squared =
          keyBandwidthFactors && !product ? weights[place] / keyBandwidthFactors[key] ** 2 : weights[place];
        if (compact && !product) {
          const weight = squared < EDGE ? kernel.alpha(Math.sqrt(squared)) : 0;
          if (weight === 0) continue;
          weights[count] = weight;
        } else if (compact) {
          if (squared === -Infinity) continue;
          if (squared > largest) largest = squared;
          weights[count] = squared;
        } else {
          const log = product ? squared : gaussian ? squared / -2 : logOf(squared, key);
          if (log > largest) largest = log;
          if (!(log >= below(largest, margin))) continue;
          weights[count] = log;
        }
        keys[count++] = key;
      }
    }
    const candidates = { point, keys, weights, count, scale: 0 };
    if (!compact) return fromLogs(problem, candidates, margin, bandwidth);
    if (product && count > 0) {
      // Of many factors a product may be no float64.
      candidates.scale = largest;
      for (let i = 0; i < count; i++) weights[i] = Math.exp(weights[i] - largest);
    }
    return weighted(problem, candidates);
  };
}
