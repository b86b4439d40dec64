/** Scores against the reference: log posteriors keep their digits far below the errors of posteriors, by every method and on every backend. */
import { describe, expect, test } from "vitest";
import { Engine, KernelClassifier } from "../../index.ts";
import { classes, type ReferencePriors, type ReferenceProblem } from "../../reference/index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw } from "../../testing/random.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu", workers: 0 }) };

const random = draw(71);
const centres = { a: -1.5, b: 1.5, c: 4 };
type Label = keyof typeof centres;
const names = Object.keys(centres) as Label[];
const labels = Array.from({ length: 120 }, (_, i) => names[i % 3]);
const keys = labels.map((label) => [centres[label] + 0.4 * random.normal(), random.normal()]);
const queries = Array.from({ length: 60 }, () => [random.uniform(-3, 6), random.uniform(-2, 2)]);
/** Often the label of another class, whose posterior is as small as it may be. */
const truth = queries.map((_, i) => names[i % 3]);
const sampleWeights = keys.map(() => random.uniform(0.2, 4));

/** The mean of −log max(p, 2^−52) by the reference, and how many of the posteriors are below a millionth. */
function expectedLoss(problem: ReferenceProblem, priors: ReferencePriors = "shares") {
  const { probability, classes: found } = classes(problem, labels, queries, priors);
  const posteriors = truth.map((label, q) => probability[q][found.indexOf(label)]);
  const loss = posteriors.reduce((sum, p) => sum - Math.log(Math.max(p, 2 ** -52)), 0) / queries.length;
  return { loss, small: posteriors.filter((p) => p < 1e-6 && p > 2 ** -52).length };
}

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test.each(["dense", "cull", "expand", "auto"] as const)("by %s", async (method) => {
    const input = { keys, labels, bandwidth: 0.6 };
    const model = await KernelClassifier.fit(input, { engine });
    const { loss, small } = expectedLoss({ kernel: "gaussian", keys, bandwidth: [0.6, 0.6] });
    expect(small).toBeGreaterThan(10);
    const tolerance = where === "gpu" && method !== "dense" ? 1e-5 : 1e-6;
    const { logLoss } = await model.score(queries, truth, { method, tolerance });
    expect(Math.abs(logLoss - loss)).toBeLessThan(where === "cpu" ? 2e-6 : 2e-5);
  });

  const settings: [string, { readonly priors?: ReferencePriors } & Partial<ReferenceProblem>][] = [
    ["priors", { priors: [0.001, 5, 1] }],
    ["equal priors and weights", { priors: "equal", sampleWeights }],
    ["weights", { sampleWeights }],
    ["adaptive bandwidths", { adaptive: 0.6, sampleWeights }],
    ["neighbours", { neighbours: 9 }],
  ];

  test.each(settings)("with %s", async (_, { priors = "shares", ...more }) => {
    const own = { kernel: "gaussian" as const, keys, ...more };
    const model = await KernelClassifier.fit({ ...own, labels, priors, bandwidth: 0.6 }, { engine });
    const { loss } = expectedLoss({ ...own, bandwidth: [0.6, 0.6] }, priors);
    expect(Math.abs((await model.score(queries, truth)).logLoss - loss)).toBeLessThan(1e-5);
  });
});

test("far from all keys posteriors are those of differences of distances", async () => {
  const model = await KernelClassifier.fit(
    { keys: [0, 1e-9, -3], labels: ["a", "b", "c"], bandwidth: 1 },
    { engine: engines.cpu },
  );
  // (q − 1e-9)² − q² = −2e-9 q + 1e-18
  for (const far of [1e9, 5e9]) {
    const lossOf = async (label: string) => (await model.score([far], [label])).logLoss;
    expect(await lossOf("b")).toBeCloseTo(Math.log1p(Math.exp(-1e-9 * far)), 9);
    expect(await lossOf("a")).toBeCloseTo(Math.log1p(Math.exp(1e-9 * far)), 9);
    expect(await lossOf("c")).toBe(-Math.log(2 ** -52));
  }
});

test("classes out of a compact kernel's reach, empty windows and unknown labels have a probability of 2^−52, or their prior", async () => {
  const model = await KernelClassifier.fit(
    { keys: [0, 1, 2, 9], labels: ["a", "a", "a", "b"], kernel: "boxcar", bandwidth: 1.5 },
    { engine: engines.cpu },
  );
  const lossOf = async (query: number, label: string) => (await model.score([query], [label])).logLoss;
  expect(await lossOf(1, "b")).toBe(-Math.log(2 ** -52));
  expect(await lossOf(1, "stranger")).toBe(-Math.log(2 ** -52));
  expect(await lossOf(50, "b")).toBeCloseTo(Math.log(4), 12);
  expect(await lossOf(1, "a")).toBe(0);
  await expect(model.score([1, 2], ["a"])).rejects.toThrow("labels has 1 entries, expected 2");
});
