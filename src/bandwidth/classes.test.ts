/** "loo" of classifiers: with the priors of predictions, and for any number of classes. */
import { describe, expect, test } from "vitest";
import { Engine, KernelClassifier } from "../index.ts";
import { brierScore } from "../reference/index.ts";
import { draw } from "../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

describe("a rare class", () => {
  const random = draw(7);
  const rare = Array.from({ length: 200 }, (_, i) => i % 17 === 0);
  const keys = rare.map((is) => (is ? 1.2 + 0.4 * random.normal() : random.normal()));
  const sizes = [false, true].map((is) => rare.filter((each) => each === is).length);

  /** The Brier score of leaving one out with equal priors, over rows or over classes. */
  function brier(h: number, over: "rows" | "classes"): number {
    let [score, all] = [0, 0];
    for (const [i, is] of rare.entries()) {
      const sums = [0, 0];
      const squares = keys.map((key, k) => (k === i ? Infinity : ((keys[i] - key) / h) ** 2));
      const least = Math.min(...squares); // far from all others, weights are no float64
      for (const [k, square] of squares.entries()) sums[Number(rare[k])] += Math.exp((least - square) / 2);
      const [common, own] = sums.map((sum, c) => sum / sizes[c]);
      const importance = over === "rows" ? 1 : 1 / sizes[Number(is)];
      score += importance * (own / (common + own) - Number(is)) ** 2;
      all += importance;
    }
    return score / all;
  }

  test(`"loo" scores the priors that will be predicted with`, async () => {
    const { bandwidth } = await KernelClassifier.fit(
      { keys, labels: rare, priors: "equal", bandwidth: "loo" },
      quiet,
    );
    const excess = (["rows", "classes"] as const).map((over) => {
      const least = Math.min(...Array.from({ length: 40 }, (_, i) => brier(0.03 * 1.15 ** i, over)));
      return brier(bandwidth[0], over) / least;
    });
    expect(Math.min(...excess)).toBeLessThan(1.05);
  });
});

test(`"loo" chooses a bandwidth for thirty classes`, async () => {
  const random = draw(5);
  const labels = Array.from({ length: 90 }, (_, i) => i % 30);
  const keys = labels.map((label) => label + 0.1 * random.normal());
  const fitted = KernelClassifier.fit({ keys, labels, bandwidth: "loo" }, quiet);
  await expect(fitted).resolves.toBeDefined();
  expect((await fitted).bandwidth[0]).toBeLessThan(1);
});

describe("scores are those of the definition", () => {
  const random = draw(9);
  const labels = Array.from({ length: 60 }, (_, i) => (i % 3 ? i % 19 : 0));
  const keys = labels.map((label) => [label / 4 + random.normal()]);
  const sampleWeights = labels.map((_, i) => 1 + (i % 3));
  const ranks = Array.from({ length: 19 }, (_, c) => c + 1);
  test.each([
    ["shares", {}],
    ["equal", {}],
    ["a list", { priors: ranks }],
    ["equal, of weighted rows", { sampleWeights }],
    ["equal, of copies", { sampleWeights, weightType: "frequency" }],
  ] as const)("priors: %s", async (name, more) => {
    const { priors = name === "shares" ? name : "equal", ...weighted } = { priors: undefined, ...more };
    for (const kernel of ["gaussian", "epanechnikov"] as const) {
      const input = { keys, labels, kernel, priors, bandwidth: "loo", ...weighted } as const;
      const { selection } = await KernelClassifier.fit(input, quiet);
      for (const { bandwidth, score } of selection!.candidates) {
        if (bandwidth[0] < 0.05) continue;
        const expected = brierScore({ keys, kernel, bandwidth, ...weighted }, labels, priors);
        expect(Math.abs(score - expected), `at ${bandwidth}`).toBeLessThan(1e-5);
      }
    }
  });
});
