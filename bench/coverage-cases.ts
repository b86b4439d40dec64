/** The kinds of samples over which the coverage of bands is measured. */
import { randomExponential, randomLcg, randomNormal, randomUniform } from "d3-random";
import type { RegressionInput } from "../src/index.ts";

export type Point = readonly number[];

const curves = {
  wave: ([x]: Point) => Math.sin(2 * Math.PI * x),
  line: ([x]: Point) => 2 * x,
  bump: ([x]: Point) => 2 * x - 1 + 2 * Math.exp(-(((x - 0.5) / 0.1) ** 2)),
  Doppler: ([x]: Point) => 2 * Math.sqrt(Math.max(x * (1 - x), 0)) * Math.sin((2.1 * Math.PI) / (x + 0.05)),
};
const surfaces = {
  waves: ([x, y]: Point) => Math.sin(2 * Math.PI * x) * Math.cos(Math.PI * y),
  plane: ([x, y]: Point) => 2 * x - y,
  peak: ([x, y]: Point) => x + 2 * Math.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) / 0.2 ** 2),
};
/** On [0, 1], or [0, 1]². */
export const truths = { ...curves, ...surfaces };
export type Truth = keyof typeof truths;
export const isSurface = (truth: Truth): boolean => truth in surfaces;

interface Random {
  readonly uniform: () => number;
  readonly normal: () => number;
  readonly exponential: () => number;
}

/** Independent streams for different seeds: consecutive states of a linear generator would begin alike. */
export function randomOf(seed: number): Random {
  const source = randomLcg((seed * 0.6180339887498949) % 1);
  return {
    uniform: randomUniform.source(source)(),
    normal: randomNormal.source(source)(),
    exponential: randomExponential.source(source)(1),
  };
}

/** Coordinates of keys by uniform numbers. */
export const designs = {
  uniform: (u: () => number) => u(),
  "a gap, no keys from 0.4 to 0.55": (u: () => number) => gap(u() * 0.85),
  "skewed, u²": (u: () => number) => u() ** 2,
  "tied, multiples of 1/40": (u: () => number) => Math.round(40 * u()) / 40,
};
const gap = (x: number) => (x < 0.4 ? x : x + 0.15);

/** The noise of keys in ascending order. */
export const noises = {
  "constant, 0.3": (keys: readonly Point[], { normal }: Random) => keys.map(() => 0.3 * normal()),
  "changing, 0.1 to 0.6": (keys: readonly Point[], { normal }: Random) =>
    keys.map(([x]) => (0.1 + 0.5 * x) * normal()),
  "heavy tails, Student's t with 3 degrees of freedom": (keys: readonly Point[], { normal }: Random) =>
    keys.map(() => (0.2 * normal()) / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3)),
  "skewed, exponential": (keys: readonly Point[], { exponential }: Random) =>
    keys.map(() => 0.3 * (exponential() - 1)),
  "correlated, AR(1) of 0.6": (keys: readonly Point[], { normal }: Random) => {
    let last = 0.3 * normal();
    return keys.map((_, i) => {
      if (i > 0) last = 0.6 * last + 0.3 * Math.sqrt(1 - 0.6 ** 2) * normal();
      return last;
    });
  },
  "precisions, 0.05 or 0.5": (keys: readonly Point[], { normal }: Random) =>
    keys.map((_, i) => deviationOf(i) * normal()),
};
export const deviationOf = (i: number): number => (i % 3 === 0 ? 0.05 : 0.5);

export interface CoverageCase {
  readonly truth: Truth;
  readonly design: keyof typeof designs;
  readonly noise: keyof typeof noises;
  readonly n: number;
  readonly fit: Pick<RegressionInput, "degree" | "bandwidth" | "kernel">;
}

const usual = { design: "uniform", noise: "constant, 0.3" } as const;
const DEGREES = [0, 1, 2] as const;

const withEqualNoise: readonly CoverageCase[] = [
  ...DEGREES.map((degree) => ({
    ...{ ...usual, truth: "wave" as const, n: 200 },
    fit: { degree, bandwidth: [0.03, 0.05, 0.1][degree] },
  })),
  { ...usual, truth: "wave", n: 50, fit: { degree: 0, bandwidth: 0.06 } },
  { ...usual, truth: "wave", n: 200, fit: { degree: 1, bandwidth: 0.12, kernel: "epanechnikov" } },
  { ...usual, truth: "wave", n: 200, fit: { degree: 0, bandwidth: 0.15 } },
  ...[50, 200].flatMap((n) =>
    (["wave", "line", "bump"] as const).flatMap((truth) =>
      DEGREES.map((degree): CoverageCase => ({ ...usual, truth, n, fit: { degree, bandwidth: "loo" } })),
    ),
  ),
  ...([0, 1] as const).map(
    (degree): CoverageCase => ({ ...usual, truth: "Doppler", n: 400, fit: { degree, bandwidth: "loo" } }),
  ),
];

/** The wave with 200 keys and degree 1, of data that are less simple. */
const difficulties: readonly CoverageCase[] = (
  [
    ["uniform", "changing, 0.1 to 0.6"],
    ["uniform", "heavy tails, Student's t with 3 degrees of freedom"],
    ["uniform", "skewed, exponential"],
    ["uniform", "precisions, 0.05 or 0.5"],
    ["a gap, no keys from 0.4 to 0.55", "constant, 0.3"],
    ["skewed, u²", "constant, 0.3"],
    ["tied, multiples of 1/40", "constant, 0.3"],
    ["uniform", "correlated, AR(1) of 0.6"],
  ] as const
).flatMap(([design, noise]) =>
  ([0.05, "loo"] as const).map((bandwidth) => ({
    ...{ truth: "wave" as const, design, noise, n: 200 },
    fit: { degree: 1 as const, bandwidth },
  })),
);

const inTwoCoordinates: readonly CoverageCase[] = [
  ...DEGREES.map((degree) => ({
    ...{ ...usual, truth: "waves" as const, n: 200 },
    fit: { degree, bandwidth: [0.07, 0.1, 0.16][degree] },
  })),
  ...(
    [
      ["waves", 100, 0],
      ["waves", 100, 1],
      ["waves", 100, 2],
      ["waves", 200, 0],
      ["waves", 200, 1],
      ["plane", 200, 0],
      ["plane", 200, 1],
      ["peak", 200, 0],
    ] as const
  ).map(([truth, n, degree]): CoverageCase => ({ ...usual, truth, n, fit: { degree, bandwidth: "loo" } })),
];

export const cases = { curves: withEqualNoise, difficulties, surfaces: inTwoCoordinates };
export type CoverageTable = keyof typeof cases;
