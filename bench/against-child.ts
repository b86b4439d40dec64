/**
 * Tasks of one built library, one run at a time, as its parent asks: `node against-child.js DIST`. On the CPU, on one thread, from typed array to
 * typed array, fit and first answer: what the library keeps from one run to the next is not its speed.
 */
import { randomLcg, randomNormal } from "d3-random";

interface Ran {
  readonly milliseconds: number;
  /** Some of the answer, which two builds should agree on. */
  readonly sample: readonly number[];
}

type Task = () => Promise<Ran>;

const { Engine, KernelRegression } = await import(`${process.argv[2]}/src/index.js`);
const engine = await Engine.create({ backend: "cpu", workers: 0 });
const normal = randomNormal.source(randomLcg(0.5))();
const numbers = (count: number) => Float64Array.from({ length: count }, () => normal());
const points = (count: number, dims: number) =>
  dims === 1 ? numbers(count) : { data: numbers(count * dims), dims };
const quiet = { engine, onWarning() {} };

function regression(n: number, m: number, dims: number, bandwidth: number, degree = 0): Task {
  const [keys, queries, values] = [points(n, dims), points(m, dims), numbers(n)];
  return async () => {
    const start = performance.now();
    const model = await KernelRegression.fit({ keys, values, bandwidth, degree }, quiet);
    const { mean } = await model.predict(queries);
    const milliseconds = performance.now() - start;
    await model.dispose?.();
    return { milliseconds, sample: Array.from({ length: 64 }, (_, i) => mean[Math.floor((i * m) / 64)]) };
  };
}

function leaveOneOut(n: number): Task {
  const keys = numbers(n);
  const values = Float64Array.from(keys, (x) => Math.sin(3 * x) + normal());
  return async () => {
    const start = performance.now();
    const model = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, quiet);
    return { milliseconds: performance.now() - start, sample: [...model.bandwidth] };
  };
}

const MILLION = 1_000_000;
const tasks: Record<string, () => Task> = {
  "1e6 × 1e6, d = 1": () => regression(MILLION, MILLION, 1, 0.05),
  "1e6 × 1e6, d = 2": () => regression(MILLION, MILLION, 2, 0.1),
  "1e6 × 1e6, d = 3": () => regression(MILLION, MILLION, 3, 0.2),
  "16 × 1e6, d = 1": () => regression(16, MILLION, 1, 0.3),
  "1000 × 1000, d = 1": () => regression(1000, 1000, 1, 0.1),
  "1e6 × 512, local line": () => regression(MILLION, 512, 1, 0.05, 1),
  "1e6 × 512, local parabola": () => regression(MILLION, 512, 1, 0.05, 2),
  "leave-one-out, 1e6": () => leaveOneOut(MILLION),
};

let made: { readonly name: string; readonly task: Task } | undefined;
process.on("message", async (name: string) => {
  if (made?.name !== name) made = { name, task: tasks[name]() };
  process.send!(await made.task());
});
process.send!(Object.keys(tasks));
