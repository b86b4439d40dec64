/** Faults of classifiers that are known and not mended yet. */
import { describe, expect } from "vitest";
import { Engine, KernelClassifier } from "../../index.ts";
import { openFault } from "../open-faults.ts";
import { draw } from "../random.ts";

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
      for (const [k, key] of keys.entries())
        if (k !== i) sums[Number(rare[k])] += Math.exp(-(((keys[i] - key) / h) ** 2) / 2);
      const [common, own] = sums.map((sum, c) => sum / sizes[c]);
      const importance = over === "rows" ? 1 : 1 / sizes[Number(is)];
      score += importance * (own / (common + own) - Number(is)) ** 2;
      all += importance;
    }
    return score / all;
  }

  openFault("N", "statistics F4", `"loo" scores the priors that will be predicted with`, async () => {
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

openFault("N", "attention K10", `"loo" chooses a bandwidth for thirty classes`, async () => {
  const random = draw(5);
  const labels = Array.from({ length: 90 }, (_, i) => i % 30);
  const keys = labels.map((label) => label + 0.1 * random.normal());
  const fitted = KernelClassifier.fit({ keys, labels, bandwidth: "loo" }, quiet);
  await expect(fitted).resolves.toBeDefined();
  expect((await fitted).bandwidth[0]).toBeLessThan(1);
});

openFault(
  "N",
  "attention K9",
  "a query that no key reaches counts as wrong, also for the truth undefined",
  async () => {
    const input = { keys: [0, 1], labels: ["a", "b"], kernel: "boxcar", bandwidth: 0.5 } as const;
    const model = await KernelClassifier.fit<string | undefined>(input, quiet);
    const { accuracy } = await model.score([100, 1], [undefined, "b"]);
    expect(accuracy).toBe(0.5);
  },
);
