/** "loo" of classifiers: with the priors of predictions, and for any number of classes. */
import { describe, expect, test } from "vitest";
import { Engine, KernelClassifier, type KernelName } from "../index.ts";
import { brierScore } from "../reference/index.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

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
      const [common, own] = sums.map((sum, c) => sum / (sizes[c] - (c === Number(is) ? 1 : 0)));
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
    const kernels = ["gaussian", "epanechnikov"] as const;
    for (const kernel of isWideRing ? kernels : kernels.slice(0, 1)) {
      const input = { keys, labels, kernel, priors, bandwidth: "loo", ...weighted } as const;
      const { selection } = await KernelClassifier.fit(input, quiet);
      const some = selection!.candidates.filter((_, i) => isWideRing || i % 4 === 0);
      for (const { bandwidth, score } of some) {
        if (bandwidth[0] < 0.05) continue;
        const expected = brierScore({ keys, kernel, bandwidth, ...weighted }, labels, priors);
        expect(Math.abs(score - expected), `at ${bandwidth}`).toBeLessThan(1e-5);
      }
    }
  });
});

describe("the score of a row is that of a classifier fitted without it", () => {
  const random = draw(31);
  /** Three classes, one of them of a single row. */
  const labels = Array.from({ length: 60 }, (_, i) => (i === 5 ? "alone" : i % 6 ? "common" : "rare"));
  const keys = labels.map((label) => (label === "rare" ? 1.5 : 0) + random.normal());
  const weights = labels.map((_, i) => 1 + (i % 4));
  /** One row of "rare" weighs a million times as much as all others of its class. */
  const heavy = weights.map((w, i) => (i === 6 ? 1e7 : w));

  /** Σ w Σ (P(c) − [c is the label])² / Σ w. Of a row that stands for several, one copy leaves. */
  async function byRefits(
    bandwidth: number,
    kernel: KernelName,
    own: readonly number[],
    priorOf: Readonly<Record<string, number>>,
    weightType?: "frequency",
  ) {
    const bases = keys.map((_, i) => i);
    let [sum, all] = [0, 0];
    for (const [i, key] of keys.entries()) {
      const left = weightType
        ? own.map((w, k) => (k === i ? w - 1 : w))
        : own.map((w, k) => (k === i ? 0 : w));
      const rows = bases.filter((k) => left[k] > 0);
      const classes: string[] = [...new Set(rows.map((k) => labels[k]))].sort();
      const model = await KernelClassifier.fit(
        {
          ...{ keys: rows.map((k) => keys[k]), labels: rows.map((k) => labels[k]), kernel, bandwidth },
          ...{ sampleWeights: rows.map((k) => left[k]), weightType, priors: classes.map((c) => priorOf[c]) },
        },
        quiet,
      );
      const { probability } = await model.predict([key], { empty: "mean", method: "dense" });
      model.dispose();
      const squares = ["alone", "common", "rare"].map(
        (c) => ((probability[classes.indexOf(c)] ?? 0) - Number(c === labels[i])) ** 2,
      );
      sum += own[i] * squares.reduce((a, b) => a + b);
      all += own[i];
    }
    return sum / all;
  }

  const equal = { alone: 1, common: 1, rare: 1 };
  const list = { alone: 1, common: 5, rare: 2 };
  test.each([
    ["equal priors", equal, labels.map(() => 1), undefined],
    ["priors of a list", list, labels.map(() => 1), undefined],
    ["a list that is the shares", { alone: 1, common: 49, rare: 10 }, labels.map(() => 1), undefined],
    ["weighted rows", equal, weights, undefined],
    ["a row that outweighs its class", list, heavy, undefined],
    ["copies", equal, weights, "frequency"],
  ] as const)("%s", async (_, priorOf, own, weightType) => {
    for (const [kernel, places] of [
      ["gaussian", [0.2, 0.5, 0.9]],
      ["epanechnikov", [0.5]],
    ] as const) {
      const priors =
        priorOf === equal ? "equal" : ["alone", "common", "rare"].map((c) => priorOf[c as "rare"]);
      const weighted = { sampleWeights: own, weightType };
      const input = { keys, labels, kernel, priors, bandwidth: "loo", ...weighted } as const;
      const { selection } = await KernelClassifier.fit(input, quiet);
      const tried = selection!.candidates.filter(({ bandwidth: [h] }) => h > 0.05);
      for (const place of places) {
        const { bandwidth, score } = tried[Math.floor(place * tried.length)];
        const expected = await byRefits(bandwidth[0], kernel, own, priorOf, weightType);
        expect(Math.abs(score - expected), `${kernel} at ${bandwidth}`).toBeLessThan(1e-5);
      }
    }
  });
});
