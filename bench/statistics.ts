/** The statistics at size: how long choosing and learning widths take, whether GPU and CPU agree, and the rates of convergence. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import {
  Engine,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  learnBandwidth,
  type RegressionInput,
} from "../src/index.ts";
import { normalWorkload } from "./methods.ts";
import { measureRates, ratesOf } from "./rates.ts";

export interface StatisticRow {
  readonly what: string;
  readonly problem: string;
  /** Absent where time is not the matter. */
  readonly milliseconds?: number;
  readonly found: string;
}

type Step = readonly [what: string, work: () => Promise<StatisticRow>];

/** Four coordinates, of which the last two matter less and less. */
function fourCoordinates(n: number) {
  const source = randomLcg(0.23);
  const uniform = randomUniform.source(source)(0, 2);
  const normal = randomNormal.source(source)(0, 0.5);
  const data = Float64Array.from({ length: 4 * n }, () => uniform());
  const values = Float64Array.from({ length: n }, (_, i) => {
    const [a, b, c, d] = data.subarray(4 * i, 4 * i + 4);
    return Math.sin(3 * a) + b * b + c / 2 + d / 4 + normal();
  });
  return { keys: { data, dims: 4 }, values };
}

const range = (values: Float64Array) => {
  let [least, most] = [Infinity, -Infinity];
  for (const v of values) [least, most] = [Math.min(least, v), Math.max(most, v)];
  return most - least;
};

const apart = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

export function statisticSteps(engine: Engine): Step[] {
  const million = normalWorkload(1_000_000, 1, 1);
  const loo: Step = [
    "a width by leaving one out",
    async () => {
      const start = performance.now();
      const { keys, values } = million;
      const { selection } = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, { engine });
      const milliseconds = performance.now() - start;
      const { candidates, bandwidth } = selection!;
      const found = `${candidates.length} widths tried, σ = ${bandwidth[0].toPrecision(3)}`;
      return { what: "a width by leaving one out", problem: "n = 1e6, d = 1", milliseconds, found };
    },
  ];
  const learning: Step = [
    "four widths by gradient",
    async () => {
      const steps = 12;
      const batch = 1024;
      const start = performance.now();
      const learned = await learnBandwidth(fourCoordinates(100_000), { engine, steps, batch });
      const milliseconds = (performance.now() - start) / steps;
      const widths = learned.bandwidth.map((h) => h.toPrecision(2)).join(", ");
      return {
        what: "a step of learning 4 widths",
        problem: `n = 1e5, d = 4, batches of ${batch}`,
        milliseconds,
        found: `after ${steps} steps ${widths}`,
      };
    },
  ];
  const optimum: Step = [
    "learned widths against the search's",
    async () => {
      const data = fourCoordinates(3000);
      const start = performance.now();
      const learned = await learnBandwidth(data, { engine, steps: 120, batch: 3000 });
      const milliseconds = performance.now() - start;
      const { bandwidth, selection } = await KernelRegression.fit({ ...data, bandwidth: "loo" }, { engine });
      const most = Math.max(...learned.bandwidth.map((h, j) => Math.abs(h / bandwidth[j] - 1)));
      return {
        what: "learning 4 widths, all keys in each step",
        problem: "n = 3000, d = 4, 120 steps",
        milliseconds,
        found: `within ${(100 * most).toFixed(1)} % of the best of ${selection!.candidates.length} tried by leaving one out`,
      };
    },
  ];
  const convergence: Step = [
    "rates of convergence",
    async () => {
      const regress = async (input: RegressionInput, queries: Parameters<KernelRegression["predict"]>[0]) => {
        const model = await KernelRegression.fit(input, { engine });
        const { mean } = await model.predict(queries);
        model.dispose();
        return mean;
      };
      const rates = ratesOf(await measureRates(regress, [300, 1000, 3000, 10_000, 30_000], 6));
      return {
        what: "rates of convergence",
        problem: "n = 300 … 30 000, d = 1, 2, 3",
        found: rates
          .map(({ slope, theory }) => `n^${slope.toFixed(3)} (theory ${theory.toFixed(3)})`)
          .join(", "),
      };
    },
  ];
  return [loo, learning, optimum, ["GPU against CPU", () => twins(engine)], convergence];
}

/** Every estimator on the GPU and on the CPU: the largest difference, as a share of the range. */
async function twins(gpu: Engine): Promise<StatisticRow> {
  const cpu = await Engine.create({ backend: "cpu" });
  const { keys, values, queries } = normalWorkload(100_000, 100, 2);
  const points = { data: queries, dims: 2 };
  const input = { keys: { data: keys, dims: 2 }, values };
  const differences: [string, number][] = [];
  const compare = async (name: string, numbers: (engine: Engine) => Promise<Float64Array>) => {
    const [a, b] = [await numbers(gpu), await numbers(cpu)];
    differences.push([name, apart(a, b) / range(b)]);
  };
  const dense = { method: "dense" } as const;
  for (const degree of [0, 1, 2] as const) {
    const of = async (engine: Engine, more: object) => {
      const model = await KernelRegression.fit({ ...input, degree, ...more }, { engine });
      return model.predict(points, { ...dense, gradient: true });
    };
    await compare(`degree ${degree}`, async (engine) => (await of(engine, {})).mean);
    await compare(`its gradient`, async (engine) => (await of(engine, {})).gradient!);
  }
  await compare("standard errors", async (engine) => {
    const model = await KernelRegression.fit(input, { engine });
    return (await model.predict(points, { standardError: true })).standardError!;
  });
  const { values: _, ...density } = input;
  await compare("densities", async (engine) => {
    const model = await KernelDensity.fit(density, { engine });
    return (await model.evaluate(points, dense)).density;
  });
  await compare("adaptive densities", async (engine) => {
    const model = await KernelDensity.fit({ ...density, adaptive: true }, { engine });
    return (await model.evaluate(points, dense)).density;
  });
  await compare("classes", async (engine) => {
    const labels = Array.from(values, (v) => (v > 1 ? "high" : v < -1 ? "low" : "middle"));
    const model = await KernelClassifier.fit({ ...density, labels }, { engine });
    return (await model.predict(points, dense)).probability;
  });
  return {
    what: "GPU against the CPU twin",
    problem: "n = 1e5, 100 queries, d = 2",
    found: differences.map(([name, difference]) => `${name} ${difference.toExponential(0)}`).join(", "),
  };
}
