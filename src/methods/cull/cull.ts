/**
 * The method "cull" in float64: queries and keys in tiles, and only the pairs of tiles within reach are evaluated.
 * Exact for compact kernels; for the others what is left out is a share of the sum below the tolerance. Weights are
 * relative to the heaviest, so that far from all keys the limit is right by itself (the nearest key's value).
 */
import type { Matrix } from "../../data/matrix.ts";
import { isGaussian } from "../../kernels/builtin.ts";
import { logWeight, logWeightRatio } from "../../kernels/log-weight.ts";
import { negligible, type Problem, type QueryWeights } from "../../problem/problem.ts";
import { BoxDistance } from "./box-distance.ts";
import { TileTree } from "./tile-tree.ts";

/** Keys in a tile, and queries in one. */
export const KEYS = 32;
const QUERIES = 32;
/** Queries that lie so far apart that this many tiles matter for their box are better taken one by one. */
const MANY = 64;

/** Squared distances from here on are beyond 1, whatever their rounding: α decides on the others. */
const EDGE = 1 + 1e-9;

/** What logarithms of weights may be off by, as a share of them: squares of distances are rounded. */
const LOG_ROUNDING = 1e-13;
/** Logarithms beyond this are taken as differences from the heaviest key's, or rounding would show in the weights. */
const LARGE_LOG = 256;

/** What a pair's log weight must be, where the heaviest's is `log`, to matter: with room for rounding. */
const below = (log: number, margin: number) => log - margin - LOG_ROUNDING * Math.abs(log);

/** The keys that matter for one query, and their weights over e^scale: the first `count` of each list. */
export interface Neighbours extends QueryWeights {
  /** The query's coordinates. */
  readonly point: Float64Array;
}

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
  const { kernel, shape, bandwidth } = problem;
  const measure = new BoxDistance(kernel, shape, bandwidth);
  const compact = kernel.tail === "compact";
  const queryTree = new TileTree(queries, bandwidth, QUERIES, indices);
  const { dims } = queries;
  const margin = negligible(problem, tolerance);
  const weigh = weigher(problem, tree, margin);
  const widths = new Widths(problem, tree);
  /** What multiplies the bandwidth for the query at hand. */
  let width = 1;
  const point = new Float64Array(2 * dims);
  const corner = new Float64Array(dims);
  const tiles: number[] = []; // node, from, to of each
  const ranges: number[] = [];

  const logWeightOf = (place: number, at: Float64Array) => {
    const own = widths.at(place) * width;
    return logWeight(kernel, shape, dims, (j) => (at[j] - tree.coordinates[j][place]) / (bandwidth[j] * own));
  };
  const heaviestKey = (at: Float64Array, except = -1) =>
    tree.best(
      (node) => measure.most(tree.boxes, node * 2 * dims, at, 0, widths.widest(node) * width),
      (place) => (tree.order[place] === except ? -Infinity : logWeightOf(place, at)),
    );
  /** Lists the tiles of keys that may hold a log weight of at least `least` for a point of the box. */
  const collect = (box: Float64Array, at: number, least: number) => {
    tiles.length = 0;
    tree.descend((node, from, to, isTile) => {
      const most = measure.most(tree.boxes, node * 2 * dims, box, at, widths.widest(node) * width);
      const matters = most >= least && !(compact && most === -Infinity);
      if (matters && isTile) tiles.push(node, from, to);
      return matters;
    });
  };

  const own = typeof withoutSelf === "object" ? withoutSelf : undefined;
  const eachItsOwn = Boolean(withoutSelf) || queries.widths !== undefined;
  const queryTiles: [node: number, from: number, to: number][] = [];
  queryTree.descend((node, from, to, isTile) => {
    if (isTile) queryTiles.push([node, from, to]);
    return true;
  });
  for (const [node, from, to] of queryTiles) {
    width = 1;
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
      const except = own ? own[query] : withoutSelf ? query : -1;
      width = queries.widths ? queries.widths[query] : 1;
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
      found(query, weigh(point, ranges, except, width));
    }
    await yieldToEventLoop();
  }
}

/** The widths that keys have of their own, by places and nodes of their tree. */
class Widths {
  private readonly own: Float64Array | undefined;
  private readonly order: Uint32Array;
  /** The widest of each node. */
  private readonly most: Float64Array | undefined;

  constructor({ keyBandwidthFactors }: Problem, tree: TileTree) {
    this.own = keyBandwidthFactors;
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
    return this.own ? this.own[this.order[place]] : 1;
  }

  widest(node: number): number {
    return this.most ? this.most[node] : 1;
  }
}

/**
 * Weighs the keys of ranges for a point, for which the bandwidth is multiplied by `width`; the key with the index `except`
 * weighs nothing.
 */
function weigher(problem: Problem, tree: TileTree, margin: number) {
  const { kernel, shape, bandwidth, keyBandwidthFactors } = problem;
  const { dims, coordinates, order } = tree;
  const product = shape === "product" && dims > 1;
  const compact = kernel.tail === "compact";
  const gaussian = isGaussian(kernel);
  const { data } = problem.keys;
  let point: Float64Array;
  let width = 1;
  /** log α at a squared distance, or from the coordinates where that is beyond all numbers. */
  const logOf = (squared: number, key: number) =>
    squared < Infinity
      ? kernel.logAlpha(Math.sqrt(squared))
      : logWeight(kernel, shape, dims, (j) => {
          const own = keyBandwidthFactors ? keyBandwidthFactors[key] : 1;
          return (point[j] - data[key * dims + j]) / (bandwidth[j] * width * own);
        });
  let weights = new Float64Array(1024);
  let keys = new Uint32Array(1024);

  return (at: Float64Array, ranges: readonly number[], except: number, queryWidth: number): Neighbours => {
    point = at;
    width = queryWidth;
    let size = 0;
    for (let r = 0; r < ranges.length; r += 2) size += ranges[r + 1] - ranges[r];
    if (size > weights.length) [weights, keys] = [new Float64Array(2 * size), new Uint32Array(2 * size)];
    // Squared distances, or for products the log weights.
    for (let j = 0; j < dims; j++) {
      const x = coordinates[j];
      const q = point[j];
      const h = bandwidth[j] * width;
      let place = 0;
      for (let r = 0; r < ranges.length; r += 2) {
        const to = ranges[r + 1];
        if (product) {
          for (let i = ranges[r]; i < to; i++, place++) {
            const own = keyBandwidthFactors ? h * keyBandwidthFactors[order[i]] : h;
            weights[place] = (j === 0 ? 0 : weights[place]) + kernel.logAlpha(Math.abs(q - x[i]) / own);
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
        if (compact) {
          const weight = product ? Math.exp(squared) : squared < EDGE ? kernel.alpha(Math.sqrt(squared)) : 0;
          if (weight === 0) continue;
          weights[count] = weight;
        } else {
          const log = product ? squared : gaussian ? squared / -2 : logOf(squared, key);
          if (log > largest) largest = log;
          if (!(log >= below(largest, margin))) continue;
          weights[count] = log;
        }
        keys[count++] = key;
      }
    }
    const found = { point, keys, weights, count, scale: 0 };
    return compact ? weighted(problem, found) : fromLogs(problem, found, width, margin);
  };
}

interface Candidates extends Neighbours {
  count: number;
  scale: number;
}

/** Multiplies by the keys' own weights. */
function weighted({ keyWeights }: Problem, found: Candidates): Neighbours {
  const { keys, weights, count } = found;
  if (keyWeights) for (let i = 0; i < count; i++) weights[i] *= keyWeights.data[keys[i]];
  return found;
}

/**
 * From log weights, of all keys that may matter, to weights over e^scale of those that do. What those are depends on the query
 * alone, not on which others were tried.
 */
function fromLogs(problem: Problem, found: Candidates, width: number, margin: number): Neighbours {
  const { keys, weights: logs } = found;
  let largest = -Infinity;
  for (let i = 0; i < found.count; i++) largest = Math.max(largest, logs[i]);
  if (largest < -LARGE_LOG && found.count > 0) {
    let reference = 0;
    while (reference < found.count - 1 && logs[reference] !== largest) reference++;
    const absolute = differences(problem, found, width, keys[reference]);
    largest = -Infinity;
    for (let i = 0; i < found.count; i++) largest = Math.max(largest, logs[i]);
    found.scale = absolute + largest;
  } else found.scale = largest;
  found.count = relative(keys, logs, found.count, largest, margin);
  return weighted(problem, found);
}

/** Logs become those of weights over the weight of the key `reference`, whose own logarithm is returned. */
function differences(
  { kernel, shape, bandwidth, keyBandwidthFactors, keys: { data, dims } }: Problem,
  { point, keys, weights: logs, count }: Neighbours,
  width: number,
  reference: number,
): number {
  const offset = new Float64Array(dims);
  const apart = new Float64Array(dims);
  for (let j = 0; j < dims; j++) offset[j] = (point[j] - data[reference * dims + j]) / (bandwidth[j] * width);
  const referenceWidth = keyBandwidthFactors ? keyBandwidthFactors[reference] : 1;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < dims; j++)
      apart[j] = (data[reference * dims + j] - data[keys[i] * dims + j]) / (bandwidth[j] * width);
    const own = keyBandwidthFactors ? keyBandwidthFactors[keys[i]] : 1;
    const ratio = logWeightRatio(kernel, shape, offset, apart, own, referenceWidth);
    logs[i] = Number.isNaN(ratio) ? -Infinity : ratio; // both underflow
  }
  return logWeight(kernel, shape, dims, (j) => offset[j] / referenceWidth);
}

/** From log weights to weights over e^largest, without those that are negligible; returns how many are left. */
function relative(
  keys: Uint32Array,
  weights: Float64Array,
  count: number,
  largest: number,
  margin: number,
): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const log = weights[i] - largest;
    if (!(log >= -margin)) continue;
    weights[kept] = Math.exp(log);
    keys[kept++] = keys[i];
  }
  return kept;
}

/**
 * The neighbours of one point by a brute-force scan of the keys: for a few queries that is faster than sorting the keys into tiles.
 * Only for kernels without an edge.
 */
export function scanKeys(problem: Problem, point: Float64Array, tolerance: number): Neighbours {
  const { kernel, shape, bandwidth, keyBandwidthFactors } = problem;
  const { data, dims, count: n } = problem.keys;
  const margin = negligible(problem, tolerance);
  const found: number[] = [];
  const logs: number[] = [];
  let largest = -Infinity;
  if (isGaussian(kernel) && !keyBandwidthFactors) {
    // α falls with the squared distance, so most keys are told by one comparison.
    let limit = Infinity;
    for (let i = 0, at = 0; i < n; i++, at += dims) {
      let squared = 0;
      for (let j = 0; j < dims; j++) {
        const u = (point[j] - data[at + j]) / bandwidth[j];
        squared += u * u;
      }
      if (!(squared <= limit)) continue;
      found.push(i);
      logs.push(squared / -2);
      if (squared / -2 > largest) [largest, limit] = [squared / -2, -2 * below(squared / -2, margin)];
    }
  } else {
    for (let i = 0; i < n; i++) {
      const own = keyBandwidthFactors ? keyBandwidthFactors[i] : 1;
      const offset = (j: number) => (point[j] - data[i * dims + j]) / (bandwidth[j] * own);
      const log = logWeight(kernel, shape, dims, offset);
      if (!(log >= below(largest, margin))) continue;
      found.push(i);
      logs.push(log);
      largest = Math.max(largest, log);
    }
  }
  const [keys, weights] = [Uint32Array.from(found), Float64Array.from(logs)];
  return fromLogs(problem, { point, keys, weights, count: found.length, scale: 0 }, 1, margin);
}
