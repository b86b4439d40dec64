/** How often bands of 95 % hold the truth, over repeated samples. */
import { randomExponential, randomLcg, randomNormal, randomUniform } from "d3-random";
import { type Engine, KernelRegression, type RegressionInput } from "../src/index.ts";

/** A curve on [0, 1]. */
export const truths = {
  wave: (x: number) => Math.sin(2 * Math.PI * x),
  line: (x: number) => 2 * x,
  bump: (x: number) => 2 * x - 1 + 2 * Math.exp(-(((x - 0.5) / 0.1) ** 2)),
  Doppler: (x: number) => 2 * Math.sqrt(Math.max(x * (1 - x), 0)) * Math.sin((2.1 * Math.PI) / (x + 0.05)),
};

/** What keys are like. */
const designs = {
  uniform: (u: () => number) => u(),
  "a gap, no keys from 0.4 to 0.55": (u: () => number) => gap(u() * 0.85),
  "skewed, u²": (u: () => number) => u() ** 2,
  "tied, multiples of 1/40": (u: () => number) => Math.round(40 * u()) / 40,
};
const gap = (x: number) => (x < 0.4 ? x : x + 0.15);

/** What noise is like: of n keys in ascending order. */
const noises = {
  "constant, 0.3": (keys: Draws, { normal }: Random) => keys.map(() => 0.3 * normal()),
  "changing, 0.1 to 0.6": (keys: Draws, { normal }: Random) => keys.map((x) => (0.1 + 0.5 * x) * normal()),
  "heavy tails, Student's t with 3 degrees of freedom": (keys: Draws, { normal }: Random) =>
    keys.map(() => (0.2 * normal()) / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3)),
  "skewed, exponential": (keys: Draws, { exponential }: Random) => keys.map(() => 0.3 * (exponential() - 1)),
  "correlated, AR(1) of 0.6": (keys: Draws, { normal }: Random) => {
    let last = 0.3 * normal();
    return keys.map((_, i) => {
      if (i > 0) last = 0.6 * last + 0.3 * Math.sqrt(1 - 0.6 ** 2) * normal();
      return last;
    });
  },
  "precisions, 0.05 or 0.5": (keys: Draws, { normal }: Random) =>
    keys.map((_, i) => deviationOf(i) * normal()),
};
const deviationOf = (i: number) => (i % 3 === 0 ? 0.05 : 0.5);

type Draws = readonly number[];

interface Random {
  readonly uniform: () => number;
  readonly normal: () => number;
  readonly exponential: () => number;
}

export interface CoverageCase {
  readonly truth: keyof typeof truths;
  readonly design: keyof typeof designs;
  readonly noise: keyof typeof noises;
  readonly n: number;
  readonly fit: Pick<RegressionInput, "degree" | "bandwidth" | "kernel">;
}

export interface CoverageRow extends CoverageCase {
  readonly samples: number;
  /** Shares: of queries inside the data, of those at its ends, and of samples whose simultaneous band holds the truth at all queries inside. */
  readonly inside: number;
  readonly ends: number;
  readonly simultaneous: number;
}

const INSIDE = Array.from({ length: 17 }, (_, i) => 0.1 + i * 0.05);
const ENDS = [0, 0.01, 0.99, 1];
const REPLICATES = 200;

/** One sample: whether each band held the truth. */
async function holds(given: CoverageCase, engine: Engine, seed: number) {
  const source = randomLcg(seed);
  const random = {
    uniform: randomUniform.source(source)(),
    normal: randomNormal.source(source)(),
    exponential: randomExponential.source(source)(1),
  };
  const truth = truths[given.truth];
  const keys = Array.from({ length: given.n }, () => designs[given.design](random.uniform)).sort(
    (a, b) => a - b,
  );
  const noise = noises[given.noise](keys, random);
  const values = keys.map((x, i) => truth(x) + noise[i]);
  const weights = given.noise.startsWith("precisions")
    ? ({ sampleWeights: keys.map((_, i) => deviationOf(i) ** -2), weightType: "precision" } as const)
    : {};
  const quiet = { engine, onWarning: () => {} };
  const model = await KernelRegression.fit({ keys, values, ...weights, ...given.fit }, quiet);
  const { lower, upper } = await model.predict([...INSIDE, ...ENDS], { confidence: 0.95 });
  const bands = await model.bootstrap(INSIDE, { replicates: REPLICATES, confidence: 0.95, seed });
  model.dispose();
  const isIn = (x: number, low: number, high: number) => low <= truth(x) && truth(x) <= high;
  return {
    inside: INSIDE.filter((x, q) => isIn(x, lower![q], upper![q])).length,
    ends: ENDS.filter((x, q) => isIn(x, lower![INSIDE.length + q], upper![INSIDE.length + q])).length,
    simultaneous: INSIDE.every((x, q) => isIn(x, bands.simultaneousLower[q], bands.simultaneousUpper[q])),
  };
}

export async function coverageOf(
  given: CoverageCase,
  engine: Engine,
  samples: number,
  firstSeed = 1,
): Promise<CoverageRow> {
  let [inside, ends, simultaneous] = [0, 0, 0];
  for (let sample = 0; sample < samples; sample++) {
    const held = await holds(given, engine, firstSeed + sample);
    inside += held.inside;
    ends += held.ends;
    simultaneous += held.simultaneous ? 1 : 0;
  }
  const share = (count: number, of: number) => Number((count / of).toFixed(4));
  return {
    ...given,
    samples,
    inside: share(inside, samples * INSIDE.length),
    ends: share(ends, samples * ENDS.length),
    simultaneous: share(simultaneous, samples),
  };
}

const usual = { design: "uniform", noise: "constant, 0.3" } as const;

/** The curves, degrees and bandwidths with equal noise. */
const curves: readonly CoverageCase[] = [
  ...([0, 1, 2] as const).map((degree) => ({
    ...{ ...usual, truth: "wave" as const, n: 200 },
    fit: { degree, bandwidth: [0.03, 0.05, 0.1][degree] },
  })),
  { ...usual, truth: "wave", n: 50, fit: { degree: 0, bandwidth: 0.06 } },
  { ...usual, truth: "wave", n: 200, fit: { degree: 1, bandwidth: 0.12, kernel: "epanechnikov" } },
  { ...usual, truth: "wave", n: 200, fit: { degree: 0, bandwidth: 0.15 } },
  ...[50, 200].flatMap((n) =>
    (["wave", "line", "bump"] as const).flatMap((truth) =>
      ([0, 1, 2] as const).map(
        (degree): CoverageCase => ({ ...usual, truth, n, fit: { degree, bandwidth: "loo" } }),
      ),
    ),
  ),
  ...([0, 1, 2] as const).map(
    (degree): CoverageCase => ({ ...usual, truth: "Doppler", n: 400, fit: { degree, bandwidth: "loo" } }),
  ),
];

/** Data that are less simple: the wave, 200 keys, degree 1. */
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

export const cases: Readonly<Record<"curves" | "difficulties", readonly CoverageCase[]>> = {
  curves,
  difficulties,
};

export interface CoverageResults {
  readonly curves: readonly CoverageRow[];
  readonly difficulties: readonly CoverageRow[];
}

/** Whether noise is correlated, or the bandwidth far too wide: bands do not hold then. */
const isBeyond = ({ noise, fit }: CoverageRow) => noise.startsWith("correlated") || fit.bandwidth === 0.15;

/** The least and the most of the rows that bands are made for, in whole percents. */
export function coverageExtents({ curves, difficulties }: CoverageResults): string {
  const rows = [...curves, ...difficulties].filter((row) => !isBeyond(row));
  const extent = (what: "inside" | "ends" | "simultaneous") => {
    const shares = rows.map((row) => Math.round(100 * row[what]));
    return `${Math.min(...shares)} to ${Math.max(...shares)} %`;
  };
  return `pointwise bands held ${extent("inside")} inside the data and ${extent("ends")} at its ends, simultaneous ones ${extent("simultaneous")}`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const bandwidthText = ({ bandwidth }: CoverageCase["fit"]) =>
  typeof bandwidth === "string" ? `\`"${bandwidth}"\`` : String(bandwidth);
const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** The tables of docs/guide/uncertainty.md. */
export function coverageTables({ curves, difficulties }: CoverageResults): {
  curves: string;
  difficulties: string;
} {
  const shares = ({ inside, ends, simultaneous }: CoverageRow) => [inside, ends, simultaneous].map(percent);
  return {
    curves: tableOf(
      ["truth", "keys", "degree", "bandwidth", "inside", "at the ends", "simultaneous"],
      curves.map((row) => [
        row.truth,
        String(row.n),
        `${row.fit.degree}${row.fit.kernel ? `, ${row.fit.kernel}` : ""}`,
        bandwidthText(row.fit),
        ...shares(row),
      ]),
    ),
    difficulties: tableOf(
      ["keys", "noise", "bandwidth", "inside", "at the ends", "simultaneous"],
      difficulties.map((row) => [row.design, row.noise, bandwidthText(row.fit), ...shares(row)]),
    ),
  };
}
