/** Small nasty designs for local polynomials: keys, kernels, bandwidths and weights at random. */
import type { DistanceKernelName } from "../reference/index.ts";
import { draw } from "./random.ts";

const LAYOUTS = [
  ...["uniform", "lattice", "duplicates", "constant", "line"],
  ...["outlier", "jitter", "epoch", "two clusters"],
] as const;
const KERNELS: readonly DistanceKernelName[] = [
  ...(["gaussian", "epanechnikov", "boxcar", "tricube"] as const),
  ...(["triangular", "laplace", "cauchy", "constant"] as const),
];
/** Those of degree 2 in three coordinates. */
const MOST_COEFFICIENTS = 10;
/** Keys are some 4 wide. */
const BANDWIDTHS = [0.3, 0.6, 1.2, 3, 30, 1e12];

export interface Design {
  readonly input: {
    readonly keys: readonly number[][];
    readonly values: readonly number[];
    readonly kernel: DistanceKernelName;
    readonly shape: "radial" | "product";
    readonly bandwidth: readonly number[];
    readonly degree: 1 | 2;
    readonly sampleWeights?: readonly number[];
    readonly weightType?: "frequency";
    readonly adaptive?: number;
  };
  readonly queries: readonly number[][];
  readonly words: string;
}

export function designOf(seed: number): Design {
  const random = draw(seed);
  const pick = <T>(list: readonly T[]): T => list[random.integer(0, list.length)];
  const dims = pick([1, 1, 1, 2, 2, 3]);
  const degree = pick([1, 2] as const);
  const count = random.integer(3, dims === 3 ? 30 : 25);
  const layout = pick(LAYOUTS);
  const keyOf = (i: number): number[] => {
    const row = Array.from({ length: dims }, () => random.uniform(0, 4));
    switch (layout) {
      case "lattice":
        return row.map(Math.round);
      case "duplicates":
        return i % 3 ? row.map((x) => Math.round(x * 2) / 2) : row.map((_, j) => 1 + j);
      case "constant":
        return row.map((x, j) => (j === dims - 1 ? 1.7 : x));
      case "line":
        return row.map((_, j) => 0.3 + row[0] * (j + 1));
      case "outlier":
        return i === 0 ? row.map((x) => x + 30) : row;
      case "jitter":
        return row.map((x) => Math.round(x) + 1e-3 * random.uniform(0, 1));
      case "epoch":
        return row.map((x) => 1.7e9 + Math.round(x * 100) / 100);
      case "two clusters":
        return row.map((x) => (i % 2 ? x / 10 : 3 + x / 10));
      default:
        return row;
    }
  };
  const keys = Array.from({ length: count }, (_, i) => keyOf(i));
  const values = keys.map(
    (row) => Math.sin(row[0]) + (dims > 1 ? row[1] % 7 : 0) / 4 + 0.3 * random.normal(),
  );
  const kernel = pick(KERNELS);
  const bandwidth = pick(BANDWIDTHS);
  const weights = pick(["none", "none", "importance", "frequency"] as const);
  const weightOf = () => (weights === "importance" ? 0.2 + random.uniform(0, 3) : random.integer(1, 4));
  const drawn = weights === "none" ? undefined : keys.map(weightOf);
  // Copies of few rows have residuals of 0 and degrees of freedom, so that their errors are rounding.
  const isTaken = weights !== "frequency" || count > MOST_COEFFICIENTS;
  const sampleWeights = isTaken ? drawn : undefined;
  const shape = pick(["radial", "product"] as const);
  const adaptive = random.integer(0, 5) === 0 && kernel !== "constant" && count > 5 ? 0.5 : undefined;
  const near = Array.from({ length: 4 }, (_, i) => keyOf(i + 1).map((x) => x + (i % 2 ? 0.1 : 0)));
  return {
    input: {
      ...{ keys, values, kernel, shape, degree, sampleWeights, adaptive },
      bandwidth: keys[0].map(() => bandwidth),
      weightType: weights === "frequency" && isTaken ? "frequency" : undefined,
    },
    queries: [...keys.slice(0, 3), ...near],
    words: [
      ...[`${count} keys`, layout, `${dims} coordinates`, kernel, shape, `degree ${degree}`],
      ...[`bandwidth ${bandwidth}`, `weights ${weights}`, adaptive ? "adaptive" : "one width"],
    ].join(", "),
  };
}
