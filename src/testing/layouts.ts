/**
 * Layouts of keys, values, weights and queries that hurt: each function returns one, and its docstring says where it hurts. All numbers are the
 * same at every call. Tests run each layout on both backends and by each method.
 */
import type { KernelName, Shape } from "../reference/index.ts";
import { draw } from "./random.ts";

export interface Layout {
  readonly kernel: KernelName;
  readonly shape: Shape;
  /** One a coordinate. */
  readonly bandwidth: readonly number[];
  /** n × coordinates, row-major. */
  readonly keys: Float64Array;
  /** n. */
  readonly values: Float64Array;
  /** n. */
  readonly sampleWeights?: Float64Array;
  /** m × coordinates, row-major. */
  readonly queries: Float64Array;
}

const gaussian = { kernel: "gaussian", shape: "radial" } as const;

/** Numbers of a function of the index. */
const numbers = (length: number, at: (i: number) => number) => Float64Array.from({ length }, (_, i) => at(i));

/**
 * Every key is just inside the edge of the queries' windows, and none is nearer; one key is far away. Each weight is a small difference from 1,
 * whose rounding is the same for all keys, so that it does not average out over the sum; and the sum is too large for a check of one pair.
 * @param inside distance of the nearer half from the edge, in bandwidths; the other half is twice as far inside
 */
export function crowdedAtEdge(kernel: KernelName, at: number, inside: number): Layout {
  const half = 2400;
  return {
    ...{ kernel, shape: "radial", bandwidth: [1] },
    keys: numbers(2 * half + 1, (i) => (i === 0 ? -8 : at - 1 + (i <= half ? inside : 2 * inside))),
    values: numbers(2 * half + 1, (i) => (i > half ? 1 : 0)),
    queries: numbers(64, (i) => at + i * 1.1e-7),
  };
}

/**
 * Every key lies on a circle just inside the edge of the query at its centre. Squares of two coordinates are rounded one by one, and a tree's boxes
 * touch the edge everywhere.
 */
export function circleAtEdge(): Layout {
  const [n, radius] = [4800, 1 - 4e-5];
  const angle = (i: number) => (2 * Math.PI * i) / n;
  return {
    ...{ kernel: "epanechnikov", shape: "radial", bandwidth: [1, 1] },
    keys: numbers(2 * n, (i) => 3 + radius * (i % 2 ? Math.sin : Math.cos)(angle(i >> 1))),
    values: numbers(n, (i) => Math.sign(Math.sin(angle(i) + 1e-3))),
    queries: numbers(2 * 33, (i) => 3 + (i % 2 ? 1 : -1) * (i >> 1) * 1e-6),
  };
}

/**
 * One key outweighs thousands of light ones by `ratio`. Light keys that a method leaves out, or whose sum drifts, still matter where the heavy
 * key is e^−L away; at the largest ratios its products overflow single precision, and the light ones vanish in it.
 */
export function oneHeavyKey(ratio: number): Layout {
  const [n, random] = [3000, draw(5)];
  // A weight is at least 1e-150 and at most 1e150.
  const [light, heavy] = [1 / Math.sqrt(ratio), Math.sqrt(ratio)];
  // At this distance of the heavy key, in bandwidths, it weighs as much as all others.
  const balance = Math.sqrt(2 * Math.log(ratio / n));
  return {
    ...{ ...gaussian, bandwidth: [1] },
    keys: numbers(n, (i) => (i === 0 ? 0 : balance + 0.1 * random.normal())),
    values: numbers(n, (i) => (i === 0 ? 1 : i % 2 ? 0 : 0.1)),
    sampleWeights: numbers(n, (i) => (i === 0 ? heavy : light)),
    queries: numbers(65, (i) => balance + (i - 32) / 40),
  };
}

/**
 * Two groups of keys, `distance` of their spreads apart, with a bandwidth below the spread. Coordinates common to both have no digits left in
 * single precision; grids over both have almost only empty cells; between the groups every weight underflows.
 */
export function groupsFarApart(distance: number): Layout {
  const [n, random] = [1000, draw(6)];
  const centre = (i: number) => (i % 2) * distance;
  const keys = numbers(n, (i) => centre(i) + random.normal());
  const at = [0, 0.25, 0.5, 0.75, 1].map((share) => share * distance);
  return {
    ...{ ...gaussian, bandwidth: [0.3] },
    keys,
    values: keys.map((x, i) => Math.sin(3 * (x - centre(i))) + (i % 2)),
    queries: Float64Array.of(...at, ...numbers(60, (i) => keys[i] + 0.2 * random.normal())),
  };
}

/**
 * Keys come in pairs, 1e-6 bandwidths apart, with opposite values. Local lines through one pair are steep, and their systems nearly singular; the
 * pair's difference is below the digits of single precision.
 */
export function nearDuplicates(): Layout {
  const [n, random] = [600, draw(7)];
  const first = numbers(n / 2, () => random.uniform(0, 30));
  return {
    ...{ ...gaussian, bandwidth: [1] },
    keys: numbers(n, (i) => first[i >> 1] + (i % 2) * 1e-6),
    values: numbers(n, (i) => (i % 2 ? 1 : -1)),
    queries: numbers(60, (i) => first[i] + 5e-7 * (i % 3)),
  };
}

/**
 * Keys on a lattice of `n` points whose step divides the bandwidth: keys lie exactly on the edges of windows, of cells and of tiles, up to the
 * rounding of a tenth. Sizes around a power of two leave a block, a part or a workgroup with one key too few or too many.
 */
export function lattice(kernel: KernelName, n: number): Layout {
  return {
    ...{ kernel, shape: "radial", bandwidth: [0.4] },
    keys: numbers(n, (i) => i * 0.1),
    values: numbers(n, (i) => (i * 7) % 11),
    queries: numbers(65, (i) => ((i * n) / 64) * 0.1 - 0.4 * (i % 2)),
  };
}

/**
 * Few queries, thousands of keys in 64 coordinates that all are equally far from them but one, which is heavier by as much as they are many. All
 * lanes add like terms, whose roundings all go the same way.
 */
export function fewQueriesManyKeys(): Layout {
  const [n, dims] = [5000, 64];
  const distance = Math.sqrt(2 * Math.log(n)); // so that the others together weigh as much as the one
  return {
    ...{ ...gaussian, bandwidth: new Array<number>(dims).fill(1) },
    keys: numbers(n * dims, (i) => {
      const key = Math.floor(i / dims);
      return key > 0 && i % dims === key % dims ? (key % 2 ? distance : -distance) : 0;
    }),
    values: numbers(n, (i) => (i === 0 ? 1 : 0)),
    queries: numbers(3 * dims, (i) => (i < dims ? 0 : 1e-3 * (i % 5))),
  };
}

/** One of two coordinates is the same for all keys, and far from 0: its extent is 0, and so are the volumes of boxes. */
export function constantCoordinate(): Layout {
  const [n, random] = [1200, draw(8)];
  const keys = numbers(2 * n, (i) => (i % 2 ? 1e9 : random.uniform(0, 20)));
  return {
    ...{ ...gaussian, bandwidth: [0.5, 2] },
    keys,
    values: numbers(n, (i) => Math.sin(keys[2 * i])),
    queries: numbers(2 * 60, (i) => (i % 2 ? 1e9 + (i % 3) : random.uniform(-1, 21))),
  };
}

/** All values are the same: their range is 0, and so is every error that is promised as a share of it. */
export function constantValue(): Layout {
  const [n, random] = [1200, draw(9)];
  return {
    ...{ ...gaussian, bandwidth: [0.5] },
    keys: numbers(n, () => random.uniform(0, 20)),
    values: numbers(n, () => 0.1),
    queries: numbers(60, () => random.uniform(-5, 25)),
  };
}

/**
 * Keys on the diagonal of many coordinates, as far from its middle as an encoding of coordinates allows: each coordinate is rounded as much as
 * it may be, and for a product kernel all errors add up.
 * @param extent half the length of a side, in bandwidths
 */
export function diagonalAtEncodingEdge(dims: number, extent: number): Layout {
  const shift = extent - 7.99;
  const places = [7.206248132649107 + shift, 5.993798787350893 + shift, extent, -extent];
  const values = [0, 1, 0.3, 0.6];
  return {
    ...{ kernel: "matern32", shape: "product", bandwidth: new Array<number>(dims).fill(1) },
    keys: numbers(places.length * dims, (i) => places[Math.floor(i / dims)]),
    values: Float64Array.from(values),
    queries: numbers(9 * dims, (i) => 6.60002346 + shift + (Math.floor(i / dims) - 4) * 1e-3),
  };
}

/**
 * Values of ±`size`. Their squares and the products of sums with them come near to the largest number of float64, and are far beyond single
 * precision's. Beyond 1e150 the library refuses them.
 */
export function hugeValues(size: number): Layout {
  const [n, random] = [1200, draw(11)];
  return {
    ...{ ...gaussian, bandwidth: [0.5] },
    keys: numbers(n, () => random.uniform(0, 20)),
    values: numbers(n, (i) => (i % 3 ? size : -size)),
    queries: numbers(60, () => random.uniform(-5, 25)),
  };
}

/**
 * A lattice of two coordinates with three more rows almost on its corner. Lines through two of these extrapolate, so that one narrow candidate of
 * cross-validation scores 1e8, and a tolerance that follows the spread of the scores makes all others equal.
 */
export function oneEnormousScore(): Layout {
  const random = draw(12);
  const extra = [1 + 1e-6, 1, 1.2, 1.2, 1, 1 + 1e-6];
  const keys = Float64Array.of(
    ...numbers(128, (i) => (i % 2 ? (i >> 1) % 8 : Math.floor(i / 16)) / 7),
    ...extra,
  );
  return {
    ...{ ...gaussian, bandwidth: [0.1, 0.1] },
    keys,
    values: numbers(67, (i) =>
      i < 64
        ? Math.sin(5 * keys[2 * i]) + 2 * Math.cos(5 * keys[2 * i + 1]) + 0.1 * random.normal()
        : 0.3 * random.normal(),
    ),
    queries: numbers(2 * 40, () => random.uniform(0, 1)),
  };
}

/** All of them by name. Several share a kernel and a number of coordinates, so that few shaders are compiled. */
export const layouts: Readonly<Record<string, () => Layout>> = {
  "keys crowded at the edge, epanechnikov": () => crowdedAtEdge("epanechnikov", 7.3, 4.4e-5),
  "keys crowded at the edge, epanechnikov, fixed point": () => crowdedAtEdge("epanechnikov", 73, 2.2e-5),
  "keys crowded at the edge, biweight": () => crowdedAtEdge("biweight", 7.3, 4e-3),
  "a circle of keys at the edge": circleAtEdge,
  "a key 1e8 times as heavy": () => oneHeavyKey(1e8),
  "a key 1e300 times as heavy": () => oneHeavyKey(1e300),
  "groups 10 spreads apart": () => groupsFarApart(10),
  "groups 1e3 spreads apart": () => groupsFarApart(1e3),
  "groups 1e6 spreads apart": () => groupsFarApart(1e6),
  "near-duplicates": nearDuplicates,
  ...Object.fromEntries(
    [63, 64, 65, 1023, 1024, 1025].map((n) => [`a lattice of ${n}`, () => lattice("gaussian", n)]),
  ),
  ...Object.fromEntries(
    [63, 65, 255, 257].map((n) => [`a lattice of ${n}, epanechnikov`, () => lattice("epanechnikov", n)]),
  ),
  ...Object.fromEntries([64, 129].map((n) => [`a lattice of ${n}, boxcar`, () => lattice("boxcar", n)])),
  "few queries, many keys, 64 coordinates": fewQueriesManyKeys,
  "a constant coordinate": constantCoordinate,
  "a constant value": constantValue,
  "the diagonal of 64 coordinates at the edge of single precision": () => diagonalAtEncodingEdge(64, 7.99),
  "the diagonal of 64 coordinates in fixed point": () => diagonalAtEncodingEdge(64, 9),
  "the diagonal of 64 coordinates at the edge of fixed point": () => diagonalAtEncodingEdge(64, 9.9e3),
  "values of ±1e150": () => hugeValues(1e150),
  "one enormous score": oneEnormousScore,
};
