/** The page of e2e/faults.spec.ts: faults of this browser's devices, and engines in several workers. */
import { Engine, KernelRegression } from "../../src/index.ts";
import { type FaultCase, faultRounds } from "../../src/testing/fault-rounds.ts";
import type { Fault } from "../../src/testing/faults.ts";

const real = navigator.gpu;
const install = (gpu: GPU) => Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });

/** Means in so many workers at once, each with an engine of its own, and here. */
async function inWorkers(count: number): Promise<{ readonly backend: string; readonly mean: number[] }[]> {
  return Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<{ backend: string; mean: number[] }>((resolve, reject) => {
          const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
          worker.onmessage = ({ data }) => {
            worker.terminate();
            resolve(data);
          };
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
    ),
  );
}

/** The longest task of the main thread, in milliseconds, while so many pairs are computed. */
async function longestTask(keys: number, queries: number) {
  const engine = await Engine.create({ backend: "webgpu" });
  const data = Float64Array.from({ length: keys }, (_, i) => Math.sin(i * i) * 4);
  const model = await KernelRegression.fit({ keys: data, values: data, bandwidth: 0.1 }, { engine });
  await model.predict([0.5], { method: "dense" });
  const places = Float64Array.from({ length: queries }, (_, i) => (8 * i) / queries - 4);
  const tasks: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  });
  observer.observe({ type: "longtask" });
  const start = performance.now();
  const { report } = await model.predict(places, { method: "dense" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  observer.disconnect();
  engine.dispose();
  return {
    pairs: report.pairs,
    milliseconds: performance.now() - start,
    longest: Math.max(0, ...tasks),
    tasks,
  };
}

/** Milliseconds of small calls on a model that is ready: the median of some. */
async function latencies() {
  const engine = await Engine.create({ backend: "webgpu" });
  const keys = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i));
  const model = await KernelRegression.fit({ keys, values: keys, bandwidth: 0.2 }, { engine });
  const median = async (call: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let i = 0; i < 21; i++) {
      const start = performance.now();
      await call();
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[10];
  };
  const predict = await median(() => model.predict([0, 0.5], { method: "dense" }));
  const weights = await median(() => model.weights([0, 0.5]));
  engine.dispose();
  return { predict, weights };
}

Object.assign(window, {
  latencies,
  faultRounds: (name: FaultCase, fault: Fault, rounds: number, seed: number) =>
    faultRounds(install, real, name, fault, rounds, seed),
  inWorkers,
  longestTask,
});
document.documentElement.dataset.ready = "";
