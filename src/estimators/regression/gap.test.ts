/** Leaving out a key with its neighbours: the definition, what it is for, and what it does not go with. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { mean } from "../../reference/index.ts";
import { draw } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

test.each([
  [0, "gaussian"],
  [0, "epanechnikov"],
  [1, "gaussian"],
  [2, "epanechnikov"],
] as const)("scores of degree %i, %s, are those of leaving out seven keys", async (degree, kernel) => {
  const random = draw(4);
  const keys = Array.from({ length: 30 }, () => random.uniform(0, 3));
  const values = keys.map((x) => Math.sin(2 * x) + 0.2 * random.normal());
  const all = values.reduce((sum, v) => sum + v, 0);
  const rankOf = (key: number) => keys.filter((other) => other < key).length;
  const { selection } = await KernelRegression.fit(
    { keys, values, degree, kernel, gap: 3, bandwidth: "loo" },
    quiet,
  );
  const compared = selection!.candidates.filter(({ bandwidth: [h] }) => h > 0.4);
  expect(compared.length).toBeGreaterThan(5);
  for (const { bandwidth, score } of compared) {
    const errors = keys.map((key, i) => {
      const rest = [...keys.keys()].filter((k) => Math.abs(rankOf(keys[k]) - rankOf(key)) > 3);
      const others = { keys: rest.map((k) => [keys[k]]), values: rest.map((k) => [values[k]]) };
      const [[predicted]] = mean({ ...others, kernel, degree, bandwidth }, [[key]]);
      return (values[i] - (Number.isNaN(predicted) ? (all - values[i]) / (keys.length - 1) : predicted)) ** 2;
    });
    expect(errors.reduce((sum, e) => sum + e, 0) / keys.length / score).toBeCloseTo(1, 9);
  }
});

test.each([
  2 ** -50,
  2 ** -300,
  2 ** 300,
])("weights of the unit %d choose the same bandwidth", async (unit) => {
  const keys = Array.from({ length: 60 }, (_, x) => x);
  const values = keys.map((x) => Math.sin(x / 8) + 0.2 * Math.sin(x * x));
  const chosen = async (weight: number) => {
    const sampleWeights = keys.map((x) => weight * (1 + (x % 3)));
    const input = { keys, values, sampleWeights, degree: 1, gap: 2, bandwidth: "loo" } as const;
    return (await KernelRegression.fit(input, quiet)).bandwidth[0];
  };
  expect((await chosen(unit)) / (await chosen(1))).toBeCloseTo(1, 9);
});

/** The median of what "loo" chooses for 100 keys of a wave, with noise that is so much correlated from key to key. */
async function medianBandwidth(correlation: number, gap?: number): Promise<number> {
  const random = draw(5);
  const chosen: number[] = [];
  for (let run = 0; run < 5; run++) {
    const keys = Array.from({ length: 100 }, (_, i) => i / 100);
    let noise = random.normal();
    const values = keys.map((x) => {
      noise = correlation * noise + Math.sqrt(1 - correlation ** 2) * random.normal();
      return Math.sin(2 * Math.PI * x) + 0.3 * noise;
    });
    const model = await KernelRegression.fit({ keys, values, degree: 1, gap, bandwidth: "loo" }, quiet);
    if (gap !== undefined) expect(model.selection!.warning ?? "").not.toMatch(/correlated/);
    chosen.push(model.bandwidth[0]);
  }
  return chosen.sort((a, b) => a - b)[2];
}

test.runIf(isWideRing)("a gap keeps correlated noise from narrowing the bandwidth", async () => {
  const white = await medianBandwidth(0);
  expect(await medianBandwidth(0.6)).toBeLessThan(white / 5);
  const withGap = await medianBandwidth(0.6, 5);
  expect(withGap / white).toBeGreaterThan(0.5);
  expect(withGap / white).toBeLessThan(2.5);
});

test("what a gap does not go with is refused by name", async () => {
  const keys = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const fit = (more: object) =>
    KernelRegression.fit({ keys, values: keys, bandwidth: "loo", gap: 2, ...more }, quiet);
  for (const bandwidth of ["kfold", "aicc", "scott", "plug-in"] as const)
    await expect(fit({ bandwidth })).rejects.toThrow(`not available with bandwidth "${bandwidth}"`);
  await expect(fit({ bandwidth: 1 })).rejects.toThrow('gap is for bandwidth "loo"');
  await expect(fit({ bandwidth: undefined })).rejects.toThrow('gap is for bandwidth "loo"');
  await expect(fit({ keys: keys.map((x) => [x, x ** 2]) })).rejects.toThrow("2 coordinates");
  await expect(fit({ adaptive: true })).rejects.toThrow("adaptive bandwidths");
  await expect(fit({ sampleWeights: keys.map(() => 2), weightType: "frequency" })).rejects.toThrow(
    "frequency",
  );
  for (const gap of [0, -1, 1.5, 4, Number.NaN, "2"])
    await expect(fit({ gap })).rejects.toThrow("expected a whole number from 1 to 3");
});
