/** Products over many coordinates of compact kernels, whose weights are below what float64 and single precision hold. */
import { beforeAll, describe, expect, test } from "vitest";
import { Engine, KernelDensity, type KernelName, KernelRegression } from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import { gpuEngine } from "../testing/engines.ts";
import { isWideRing } from "../testing/ring.ts";

let gpu: Engine;
let cpu: Engine;
beforeAll(async () => {
  gpu = await gpuEngine();
  cpu = await Engine.create({ backend: "cpu", workers: 0 });
});

const NAMES = ["epanechnikov", "biweight", "triweight", "tricube", "triangular", "cosine", "boxcar"] as const;
const QUIET = { onWarning: () => {} };

/** Keys at distances near the edge of the support in every coordinate, one out of reach, and the query 0. */
function edgeOf(dims: number) {
  const distances = [0.985, 0.9851, 0.9853, 1.5];
  const keys = Float64Array.from(
    { length: 4 * dims },
    (_, i) => distances[Math.floor(i / dims)] * (i % 2 ? -1 : 1),
  );
  return {
    distances,
    keys: { data: keys, dims },
    values: [0, 1, 3, 100],
    queries: { data: new Float64Array(2 * dims).fill(9, dims), dims },
  };
}

/** The mean at 0, and log Σ α less that of the first key. */
function exactly(name: KernelName, dims: number) {
  const { distances, values } = edgeOf(dims);
  const logs = distances.map((u) => dims * kernels.get(name)!.logAlpha(u));
  const weights = logs.map((log) => Math.exp(log - logs[0]));
  const sum = weights.reduce((total, w) => total + w, 0);
  return { mean: weights.reduce((total, w, i) => total + w * values[i], 0) / sum, logSum: Math.log(sum) };
}

const backends = [
  ["cpu", "dense", [2, 20, 64]],
  ["cpu", "cull", [2, 20, 64]],
  ["gpu", "dense", isWideRing ? [2, 20, 64] : [20]],
  ...(isWideRing ? ([["gpu", "cull", [2, 20, 64]]] as const) : []),
] as const;
describe.each(backends)("%s, %s", (backend, method, allDims) => {
  const kernelsTried = backend === "gpu" && !isWideRing ? (["triweight"] as const) : NAMES;
  test.each(
    kernelsTried.flatMap((name) => allDims.map((dims) => [name, dims] as const)),
  )("%s, %i coordinates: no window with a key is empty", async (name, dims) => {
    const engine = backend === "gpu" ? gpu : cpu;
    const { keys, values, queries } = edgeOf(dims);
    const one = { keys, kernel: name, shape: "product", bandwidth: 1 } as const;
    const model = await KernelRegression.fit({ ...one, values }, { engine, ...QUIET });
    const { mean, report } = await model.predict(queries, { method, tolerance: 1e-5 });
    const exact = exactly(name, dims);
    expect(mean[0]).toBeCloseTo(exact.mean, backend === "gpu" ? 4 : 9);
    expect(mean[1]).toBeNaN();
    expect(report.emptyQueries).toBe(1);
    const [density, alone] = await Promise.all(
      [keys, { data: keys.data.slice(0, dims), dims }].map(async (given) => {
        const fitted = await KernelDensity.fit({ ...one, keys: given }, { engine });
        return (await fitted.evaluate(queries, { method, tolerance: 1e-5 })).logDensity;
      }),
    );
    expect(density[0] - alone[0] + Math.log(4)).toBeCloseTo(exact.logSum, backend === "gpu" ? 4 : 9);
    expect(density[1]).toBe(-Infinity);
    model.dispose();
  });
});

test.each([
  "dense",
  "cull",
] as const)("light keys of a compact kernel are no empty window: %s", async (method) => {
  const fitted = { keys: [0, 5, 5.1], values: [1, 2, 4], kernel: "triweight", bandwidth: 1 } as const;
  const model = await KernelRegression.fit(
    { ...fitted, sampleWeights: [1e150, 1e-150, 1e-150] },
    { engine: cpu },
  );
  const { mean } = await model.predict([5.999999], { method });
  const alpha = kernels.get("triweight")!.alpha;
  const [a, b] = [alpha(0.999999), alpha(0.899999)];
  expect(mean[0]).toBeCloseTo((2 * a + 4 * b) / (a + b), 9);
});
