/** Searches of random designs against the least score, by its definition, of all bandwidths of a fine grid. */
import { expect, test } from "vitest";
import { Engine, KernelDensity, KernelRegression, NadarayaError } from "../index.ts";
import { type ReferenceProblem, score } from "../reference/index.ts";
import { draw } from "../testing/random.ts";
import { errorsOf, unlikeGroups } from "../testing/unlike-groups.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };
const SEED = Number(process.env.NADARAYA_FUZZ_SEED ?? 1);

const designs = {
  uniform: (random, _, n) => random.uniform(0, n),
  lattice: (_, i) => i,
  ties: (random, i, n) => (i < 2 ? i : random.integer(0, Math.max(3, n / 4))),
  groups: (random, i) => random.uniform(0, 1) + 1000 * (i % 3),
  skewed: (random) => Math.exp(2 * random.normal()),
  jittered: (random, i) => i + 0.1 * random.normal(),
} satisfies Record<string, (random: ReturnType<typeof draw>, i: number, n: number) => number>;
const curves = {
  none: () => 0,
  smooth: (share) => Math.sin(3 * share),
  "trend and period": (share, keys) =>
    2 * Math.sin(2 * Math.PI * share) + Math.sin((2 * Math.PI * share * keys) / 8),
  period: (share, keys) => Math.sin((2 * Math.PI * share * keys) / 6),
  step: (share) => (share > 0.5 ? 1 : 0),
} satisfies Record<string, (share: number, keys: number) => number>;

/** Coprime to the numbers of keys in several coordinates, so that every column of a lattice has each number once. */
const MULTIPLIER = 11;

/** By how much more than the least score of a grid the chosen bandwidth has: a share, or a difference of logarithms. */
async function excess(
  seed: number,
  dims: number,
): Promise<{ readonly excess: number; readonly what: string }> {
  const random = draw(((seed * 7919) % 100003) / 100003);
  const pick = <T>(list: readonly T[]) => list[random.integer(0, list.length)];
  const n = pick(dims > 1 ? [8, 16, 30] : [5, 8, 12, 20, 40]);
  const [design, curve] = [pick(Object.keys(designs)), pick(Object.keys(curves))] as [
    keyof typeof designs,
    keyof typeof curves,
  ];
  const keys = Array.from({ length: n }, (_, i) =>
    Array.from({ length: dims }, (_, j) =>
      designs[design](random, design === "lattice" ? (i * MULTIPLIER ** j) % n : i, n),
    ),
  );
  const first = keys.map(([x]) => x).sort((a, b) => a - b);
  const sd = pick([0.05, 0.2, 1]);
  const values = keys.map(([x]) => [
    curves[curve]((x - first[0]) / (first[n - 1] - first[0]), n) + sd * random.normal(),
  ]);
  const kernel = pick(["gaussian", "gaussian", "laplace", "epanechnikov", "tricube"] as const);
  // With as few keys as a quadratic in two coordinates has coefficients, rounding decides what they determine.
  const degree = pick(dims > 1 && n < 12 ? ([0, 0, 1, 1] as const) : ([0, 0, 1, 2] as const));
  const rule = pick(["loo", "loo", "aicc", "kfold", "likelihood"] as const);
  const sampleWeights = pick([undefined, keys.map(() => random.uniform(0.2, 3))]);
  const input = { keys, kernel, sampleWeights } as const;
  const fit =
    rule === "likelihood"
      ? KernelDensity.fit({ ...input, bandwidth: rule }, quiet)
      : KernelRegression.fit({ ...input, values, degree, bandwidth: rule }, quiet);
  const model = await fit.catch((error: unknown) => {
    if (error instanceof NadarayaError && /has a finite score$/.test(error.message)) return undefined;
    throw error;
  });
  const problem: Omit<ReferenceProblem, "bandwidth"> =
    rule === "likelihood" ? input : { ...input, values, degree };
  const scoreAt = (bandwidth: readonly number[]) => {
    const found = score({ ...problem, bandwidth }, rule);
    return Number.isNaN(found) ? Infinity : found;
  };
  // From the narrowest that was tried to the widest; if the search found no finite score, all that could matter.
  const steps = dims > 1 ? 20 : 200;
  const axes = keys[0].map((_, j) => {
    const column = keys.map((key) => key[j]);
    const range = Math.max(...column) - Math.min(...column);
    const tried = (model?.selection?.candidates ?? []).map(({ bandwidth }) => bandwidth[j]);
    const [narrowest, widest] = model ? [Math.min(...tried), Math.max(...tried)] : [1e-4 * range, 10 * range];
    return Array.from({ length: steps }, (_, i) => narrowest * (widest / narrowest) ** (i / (steps - 1)));
  });
  const grid = axes.reduce<number[][]>(
    (list, axis) => list.flatMap((start) => axis.map((h) => [...start, h])),
    [[]],
  );
  const least = grid.reduce((best, h) => Math.min(best, scoreAt(h)), Infinity);
  const own = model ? scoreAt(model.bandwidth) : Infinity;
  const isLogarithm = rule === "aicc" || rule === "likelihood";
  const what = `seed ${seed}: ${n} keys, ${design}, ${curve}, ${kernel}, degree ${degree}, ${rule}: ${model?.bandwidth ?? "no bandwidth"} has ${own}, the least is ${least}`;
  // A refusal is right if no bandwidth of the grid has a finite score either.
  if (own === least) return { excess: 0, what };
  return { excess: isLogarithm ? own - least : own / Math.max(least, 1e-12) - 1, what };
}

// Of 600 designs in one coordinate 3 ended elsewhere, of 160 in two 8: a random seed is beyond these shares less than once in a thousand runs.
test.each([
  [1, 150, 0.95],
  [2, 40, 0.8],
] as const)("in %i coordinates, the chosen bandwidths of %i designs are as good as the best of a grid, with few exceptions", async (dims, runs, share) => {
  const failures: string[] = [];
  for (let run = 0; run < runs; run++) {
    const found = await excess(SEED * 1000 + run, dims);
    if (!(found.excess <= 0.03)) failures.push(found.what);
  }
  expect(failures.length, failures.join("\n")).toBeLessThanOrEqual((1 - share) * runs);
});

/** The excess of the chosen bandwidths' score over the least one of a grid over all that were tried. */
async function groupsExcess(seed: number, n: number, steps: number): Promise<number> {
  const { keys, values } = unlikeGroups(seed, n);
  const { bandwidth, selection } = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, quiet);
  const errorAt = errorsOf(keys, values);
  const [first, second] = [0, 1].map((j) => {
    const tried = selection!.candidates.map((candidate) => candidate.bandwidth[j]);
    const [narrowest, widest] = [Math.min(...tried), Math.max(...tried)];
    return Array.from({ length: steps }, (_, i) => narrowest * (widest / narrowest) ** (i / (steps - 1)));
  });
  const least = Math.min(...first.flatMap((a) => second.map((b) => errorAt([a, b]))));
  return errorAt(bandwidth) / least - 1;
}

// Of 100 samples not used to choose the search's constants, 2 were 0.1 % and more above grids of 40² and 64² whose minima were refined, none 3 %.
test("the bandwidths of groups of unlike widths are as good as the best of a grid, with few exceptions", async () => {
  const excesses: string[] = [];
  let far = 0;
  for (let run = 0; run < 24; run++) {
    const found = await groupsExcess(SEED * 1000 + run, 100, 40);
    if (found > 0.001) excesses.push(`seed ${SEED * 1000 + run}: ${found}`);
    if (found > 0.03) far++;
  }
  expect(excesses.length, excesses.join("\n")).toBeLessThanOrEqual(4);
  expect(far, excesses.join("\n")).toBeLessThanOrEqual(2);
});
