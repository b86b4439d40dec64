/** Typed arrays whose memory was transferred, to a worker for instance, are refused in words. */
import { expect, test } from "vitest";
import {
  attention,
  Engine,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  learnBandwidth,
  relativeRepresentation,
} from "../index.ts";
import { readParquet, readTable } from "../io/index.ts";
import { decodePartial } from "../partials/index.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const keys = [0, 1, 2, 3, 4];
const rows = { keys, values: [1, 3, 2, 5, 4], bandwidth: 1 };
const classes = { keys, labels: ["a", "b", "a", "b", "b"], bandwidth: 1 };
const regression = await KernelRegression.fit(rows, { engine });
const classifier = await KernelClassifier.fit(classes, { engine });
const density = await KernelDensity.fit({ keys, bandwidth: 1 }, { engine });

function transferred<T extends ArrayBufferView>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}
const doubles = () => transferred(Float64Array.from(keys));
const singles = () => transferred(Float32Array.from(keys));
const bytes = () => transferred(Uint8Array.of(1, 2, 3));
const attended = { queries: [[1]], keys: [[1]], values: [[1]] };

test.each<[string, () => unknown]>([
  ["keys", () => KernelRegression.fit({ ...rows, keys: doubles() }, { engine })],
  ["keys", () => KernelRegression.fit({ ...rows, keys: singles() }, { engine })],
  ["keys", () => KernelDensity.fit({ keys: doubles(), missing: "drop" }, { engine })],
  ["keys.data", () => KernelDensity.fit({ keys: { data: doubles(), dims: 1 } }, { engine })],
  ["keys.data", () => KernelDensity.fit({ keys: { data: singles(), dims: 1 } }, { engine })],
  ["values", () => KernelRegression.fit({ ...rows, values: doubles() }, { engine })],
  ["sampleWeights", () => KernelRegression.fit({ ...rows, sampleWeights: doubles() }, { engine })],
  ["bandwidth", () => KernelRegression.fit({ ...rows, bandwidth: doubles() }, { engine })],
  ["labels", () => KernelClassifier.fit({ ...classes, labels: doubles() }, { engine })],
  ["labels", () => KernelClassifier.fit({ ...classes, labels: doubles(), missing: "drop" }, { engine })],
  ["priors", () => KernelClassifier.fit({ ...classes, priors: doubles() }, { engine })],
  ["queries", () => regression.predict(doubles())],
  ["queries", () => regression.predict({ data: singles(), dims: 1 })],
  ["queries", () => density.evaluate(doubles())],
  ["queries", () => classifier.predict(doubles())],
  ["labels", () => classifier.score(keys, doubles() as never)],
  ["probabilities", () => regression.quantiles(keys, doubles() as never)],
  ["thresholds", () => regression.distribution(keys, doubles() as never)],
  ["keys", () => regression.add(doubles(), keys)],
  ["values", () => regression.add(keys, doubles())],
  ["indices", () => regression.remove(doubles() as never)],
  ["queries", () => attention({ ...attended, queries: doubles() }, { engine })],
  ["mask", () => attention({ ...attended, mask: bytes() }, { engine })],
  ["keys", () => learnBandwidth({ keys: doubles(), values: rows.values }, { engine })],
  ["points", () => relativeRepresentation({ anchors: [[1]], points: doubles(), count: 1 }, { engine })],
  ["", () => KernelRegression.load(bytes(), { engine })],
  ["", () => decodePartial(bytes())],
  ["", () => readTable(bytes())],
  ["", () => readTable(bytes().buffer)],
  ["", () => readParquet(bytes())],
  ["", () => readParquet(bytes().buffer)],
])("refuses a transferred array: %s, call %#", async (name, call) => {
  const answer = (async () => call())();
  await expect(answer).rejects.toMatchObject({
    name: "NadarayaError",
    message: expect.stringMatching(new RegExp(`${name}.*transferred`)),
  });
});
