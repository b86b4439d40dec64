/** Saved models: those of 0.1.0 load today and give the answers that it gave, and damaged ones are refused. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, KernelRegression } from "../index.ts";

const earlier = JSON.parse(
  readFileSync(new URL("../testing/golden/saved-0.1.0.json", import.meta.url), "utf8"),
);
const bytesOf = (model: { saved: string }) => new Uint8Array(Buffer.from(model.saved, "base64"));
const options = { engine: await Engine.create({ backend: "cpu", workers: 0 }) };
const queries = [
  [1, 1],
  [2.5, 2],
];

/** By their largest relative difference. */
function expectClose(actual: ArrayLike<number>, expected: number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i] / value).toBeCloseTo(1, 12);
}

test("a weighted local line in two coordinates", async () => {
  const model = await KernelRegression.load(bytesOf(earlier.regression), options);
  expectClose((await model.predict(queries)).mean, earlier.regression.mean);
});

test("a density of adaptive widths", async () => {
  const model = await KernelDensity.load(bytesOf(earlier.density), options);
  expectClose((await model.evaluate([0.2, 3])).density, earlier.density.density);
});

test("a classifier with its labels", async () => {
  const model = await KernelClassifier.load<string>(bytesOf(earlier.classifier), options);
  const { labels, probability } = await model.predict(queries);
  expect(labels).toEqual(earlier.classifier.prediction.labels);
  expectClose(probability, earlier.classifier.prediction.shares);
});

test("a saved model with one flipped bit anywhere is refused", async () => {
  const labels = ["a", "b", "a"];
  const model = await KernelClassifier.fit({ keys: [1, 2, 4], labels, bandwidth: 1 }, options);
  const bytes = model.save();
  const again = await KernelClassifier.load(bytes, options);
  expect([...again.save()]).toEqual([...bytes]);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    await expect(KernelClassifier.load(damaged, options), `bit ${bit}`).rejects.toThrow(
      /^these \d+ bytes are .*, expected a saved KernelClassifier$/,
    );
  }
});
