/** Faults of learned bandwidths that are known and not mended yet. */
import { describe, expect } from "vitest";
import { Engine, type LearnInput, learnBandwidth, NadarayaError } from "../../index.ts";
import { openFault } from "../open-faults.ts";
import { draw } from "../random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const random = draw(2);
const keys = Array.from({ length: 120 }, () => random.uniform(0, 1));
const values = keys.map((x) => Math.sin(8 * x) + 0.1 * random.normal()); // the least error is near a bandwidth of 0.025

const expectLearned = (bandwidth: readonly number[]) =>
  expect(Math.abs(Math.log(bandwidth[0] / 0.025))).toBeLessThan(Math.log(2));

describe("a start from which nothing can be learned", () => {
  for (const bandwidth of [1e3, 1e9, 1e-9])
    openFault("N", "attention K4", `${bandwidth}: the least error is found, or it is reported`, async () => {
      const learned = await learnBandwidth({ keys, values, bandwidth }, { engine });
      if ("warning" in learned || "converged" in learned) return;
      expectLearned(learned.bandwidth);
    });
});

describe("inputs without a least error", () => {
  const inputs: Record<string, LearnInput> = {
    "one key": { keys: [1], values: [2], bandwidth: 1 },
    "values of 1e-200": { keys, values: values.map((v) => v * 1e-200) },
  };
  openFault("N", "attention K4", "one key gives no NaN", async () => {
    const learned = await learnBandwidth(inputs["one key"], { engine }).catch((error: unknown) => {
      if (error instanceof NadarayaError) return undefined;
      throw error;
    });
    expect(learned?.bandwidth[0]).not.toBeNaN();
  });

  openFault("N", "attention K4", "values of 1e-200 are learned from as all others", async () => {
    const { bandwidth } = await learnBandwidth(inputs["values of 1e-200"], { engine });
    expectLearned(bandwidth);
  });
});

openFault("N", "attention K15", "value columns count alike, whatever their units", async () => {
  const other = keys.map((_, i) => ((i * 37) % 120) / 120);
  const pairs = keys.map((x, i) => [x, other[i]]);
  const second = other.map((x) => Math.cos(3 * x) + 0.1 * random.normal());
  const learn = async (unit: number) =>
    (await learnBandwidth({ keys: pairs, values: values.map((v, i) => [v, unit * second[i]]) }, { engine }))
      .bandwidth;
  const [small, large] = [await learn(1), await learn(1000)];
  for (const [j, h] of small.entries()) expect(Math.abs(Math.log(large[j] / h))).toBeLessThan(0.1);
});
