/** Priors as shares. */
import { expect, test } from "vitest";
import { KernelClassifier } from "../../index.ts";
import { priorsOf } from "./priors.ts";

test.each([
  [
    [1e308, 1e308],
    [0.5, 0.5],
  ],
  [
    [1e-320, 1e-320],
    [0.5, 0.5],
  ],
  [
    [1, 3],
    [0.25, 0.75],
  ],
  [
    [0.9, 0.1],
    [0.9, 0.1],
  ],
])("%o are the shares %o, whatever their unit", (given, shares) => {
  expect(Array.from(priorsOf(given, new Float64Array(given.length)))).toEqual(shares);
});

test("a typed array of priors counts as an array, and what is neither is named", async () => {
  const rows = { keys: [0, 1, 2], labels: ["a", "b", "a"], bandwidth: 1 };
  const model = await KernelClassifier.fit({ ...rows, priors: Float64Array.of(0.2, 0.8) });
  expect([...model.priors]).toEqual([0.2, 0.8]);
  await expect(KernelClassifier.fit({ ...rows, priors: 5 as never })).rejects.toThrow(
    "priors is 5, expected",
  );
});

test("light weights count with tiny priors, and what no number can compare is refused", async () => {
  const rows = {
    keys: [0, 1, 10, 11],
    labels: ["a", "a", "b", "b"],
    kernel: "epanechnikov",
    bandwidth: 2,
  } as const;
  const priors = [1e-300, 1];
  const light = await KernelClassifier.fit({
    ...rows,
    sampleWeights: [1e-150, 1e-150, 1e-150, 1e-150],
    priors,
  });
  expect([...(await light.predict([0.5])).probability]).toEqual([1, 0]);
  const apart = KernelClassifier.fit({ ...rows, sampleWeights: [1e-150, 1, 1, 1], priors });
  await expect(apart).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringContaining("priors and sampleWeights"),
  });
});
