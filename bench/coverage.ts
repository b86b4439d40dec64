/** How often bands of 95 % hold the truth, over repeated samples. */
import { type Engine, KernelRegression } from "../src/index.ts";
import {
  type CoverageCase,
  type CoverageTable,
  designs,
  deviationOf,
  isSurface,
  noises,
  type Point,
  randomOf,
  truths,
} from "./coverage-cases.ts";

export interface CoverageRow extends CoverageCase {
  readonly samples: number;
  /** Shares of queries inside the data and at its ends whose pointwise band holds the truth. */
  readonly inside: number;
  readonly ends: number;
  /** Shares of samples whose simultaneous band for all queries holds the truth at all of those inside, and at the ends too. */
  readonly simultaneous: number;
  readonly everywhere: number;
}

export type CoverageResults = Readonly<Record<CoverageTable, readonly CoverageRow[]>>;

const ON_GRID = [0.1, 0.3, 0.5, 0.7, 0.9];
/** Queries inside the data, and at its ends: of curves, and of surfaces. */
const QUERIES: Readonly<Record<"curve" | "surface", { inside: readonly Point[]; ends: readonly Point[] }>> = {
  curve: {
    inside: Array.from({ length: 17 }, (_, i) => [0.1 + i * 0.05]),
    ends: [[0], [0.01], [0.99], [1]],
  },
  surface: {
    inside: ON_GRID.flatMap((x) => ON_GRID.map((y) => [x, y])),
    ends: [0, 0.5, 1]
      .flatMap((x) => [0, 0.5, 1].map((y) => [x, y]))
      .filter(([x, y]) => x !== 0.5 || y !== 0.5),
  },
};
const REPLICATES = 200;

/** One sample: whether each band held the truth. */
async function holds(given: CoverageCase, engine: Engine, seed: number) {
  const random = randomOf(seed);
  const dims = isSurface(given.truth) ? 2 : 1;
  const coordinate = () => designs[given.design](random.uniform);
  const keys = Array.from({ length: given.n }, () => Array.from({ length: dims }, coordinate));
  keys.sort(([a], [b]) => a - b);
  const noise = noises[given.noise](keys, random);
  const truth = truths[given.truth];
  const values = keys.map((key, i) => truth(key) + noise[i]);
  const weights = given.noise.startsWith("precisions")
    ? ({ sampleWeights: keys.map((_, i) => deviationOf(i) ** -2), weightType: "precision" } as const)
    : {};
  const quiet = { engine, onWarning: () => {} };
  const model = await KernelRegression.fit({ keys, values, ...weights, ...given.fit }, quiet);
  const { inside, ends } = QUERIES[dims === 2 ? "surface" : "curve"];
  const queries = [...inside, ...ends].map((point) => [...point]);
  const bands = await model.bootstrap(queries, { replicates: REPLICATES, confidence: 0.95, seed });
  model.dispose();
  const heldBy = (lower: Float64Array, upper: Float64Array) =>
    queries.map((point, q) => lower[q] <= truth(point) && truth(point) <= upper[q]);
  const pointwise = heldBy(bands.lower, bands.upper);
  const simultaneous = heldBy(bands.simultaneousLower, bands.simultaneousUpper);
  const count = (held: readonly boolean[]) => held.filter(Boolean).length;
  return {
    inside: count(pointwise.slice(0, inside.length)) / inside.length,
    ends: count(pointwise.slice(inside.length)) / ends.length,
    simultaneous: simultaneous.slice(0, inside.length).every(Boolean) ? 1 : 0,
    everywhere: simultaneous.every(Boolean) ? 1 : 0,
  };
}

export const SHARES = ["inside", "ends", "simultaneous", "everywhere"] as const;
export type Share = (typeof SHARES)[number];

export async function coverageOf(
  given: CoverageCase,
  engine: Engine,
  samples: number,
  firstSeed = 1,
): Promise<CoverageRow> {
  const sums: Record<Share, number> = { inside: 0, ends: 0, simultaneous: 0, everywhere: 0 };
  for (let sample = 0; sample < samples; sample++) {
    const held = await holds(given, engine, firstSeed + sample);
    for (const share of SHARES) sums[share] += held[share];
  }
  const shareOf = (share: Share) => Number((sums[share] / samples).toFixed(4));
  return {
    ...given,
    samples,
    inside: shareOf("inside"),
    ends: shareOf("ends"),
    simultaneous: shareOf("simultaneous"),
    everywhere: shareOf("everywhere"),
  };
}
