/** Figures 3 to 5: estimates from the toy data, and the attention weights behind them, one panel a kernel or bandwidth. */
import type { KernelName, RegressionInput } from "../../src/index.ts";
import { drawHeatMaps } from "../draw/heat-maps.ts";
import { drawLinePanels } from "../draw/line-panels.ts";
import { type Figure, figure } from "../figure.ts";
import type { State } from "../state.ts";
import { queries, type ToyData, toyData, truth } from "../toy-data.ts";
import { equalVariance, fourKernels, titleOf } from "./four-kernels.ts";
import { yAxis } from "./y-axis.ts";

interface Setting {
  readonly title: string;
  readonly kernel: KernelName;
  readonly sigma: number;
}

interface Result<A> {
  readonly data: ToyData;
  readonly settings: readonly Setting[];
  readonly answers: readonly A[];
}

interface Choice {
  readonly id: string;
  readonly uses: readonly (keyof State)[];
  readonly settings: (state: Readonly<State>) => Setting[];
  readonly aspect?: number;
}

const toy: readonly (keyof State)[] = ["n", "noise", "seed"];

/** Asks once for each setting. */
async function answer<A>(
  state: Readonly<State>,
  settings: readonly Setting[],
  ask: (input: RegressionInput) => Promise<A>,
): Promise<Result<A>> {
  const data = toyData(state);
  const answers: A[] = [];
  for (const { kernel, sigma } of settings) answers.push(await ask({ ...data, kernel, bandwidth: sigma }));
  return { data, settings, answers };
}

function estimates({ id, uses, settings, aspect }: Choice): Figure {
  return figure<Result<Float64Array>>({
    id,
    uses: [...toy, ...uses],
    compute: (computeService, state) =>
      answer(state, settings(state), (input) => computeService.regress(input, queries)),
    draw(body, { data, settings, answers }) {
      const panels = settings.map(({ title }, i) => ({
        title: `${title}: error ${errorOf(answers[i]).toFixed(2)}`,
        lines: [
          { name: "truth" as const, x: queries, y: queries.map(truth) },
          { name: "estimate" as const, x: queries, y: answers[i] },
        ],
        dots: { x: data.keys, y: data.values },
      }));
      drawLinePanels(body, panels, { x: [0, 5], y: yAxis(data), xLabel: "x", yLabel: "y", aspect });
    },
    table: ({ settings, answers }) => ({
      columns: ["kernel", "sigma", "query", "truth", "estimate"],
      rows: settings.flatMap(({ kernel, sigma }, i) =>
        Array.from(queries, (q, j) => [kernel, sigma, q, truth(q), answers[i][j]]),
      ),
    }),
  });
}

/** The typical distance of an estimate from the truth, where there is one. */
function errorOf(estimate: Float64Array): number {
  const off = Array.from(estimate, (y, i) => (y - truth(queries[i])) ** 2).filter(Number.isFinite);
  return Math.sqrt(off.reduce((sum, each) => sum + each, 0) / off.length);
}

function weights({ id, uses, settings }: Choice): Figure {
  return figure<Result<Float32Array>>({
    id,
    uses: [...toy, ...uses],
    compute: (computeService, state) =>
      answer(state, settings(state), (input) => computeService.weigh(input, queries)),
    draw(body, { data, settings, answers }) {
      const maps = settings.map(({ title }, i) => ({ title, weights: answers[i], keys: data.keys, queries }));
      drawHeatMaps(body, maps);
    },
    table: ({ data, settings, answers }) => ({
      columns: ["kernel", "sigma", "key", "query", "weight"],
      rows: settings.flatMap(({ kernel, sigma }, i) =>
        Array.from(answers[i], (weight, at) => [
          kernel,
          sigma,
          data.keys[Math.floor(at / queries.length)],
          queries[at % queries.length],
          weight,
        ]),
      ),
    }),
  });
}

const byKernel = ({ fourth, sigma, equal }: Readonly<State>): Setting[] =>
  fourKernels(fourth).map((kernel) => ({
    title: titleOf(kernel),
    kernel,
    sigma: equal === "variance" ? equalVariance(kernel, sigma) : sigma,
  }));

const bySigma = (): Setting[] =>
  [0.1, 0.2, 0.5, 1].map((sigma) => ({ title: `σ = ${sigma}`, kernel: "gaussian", sigma }));

const anyKernel = ({ kernel, sigma }: Readonly<State>): Setting[] => [
  { title: `${titleOf(kernel)}, σ = ${sigma}`, kernel, sigma },
];

export const estimatesFigure = estimates({
  id: "estimates",
  uses: ["fourth", "sigma", "equal"],
  settings: byKernel,
});
export const weightsFigure = weights({
  id: "weights",
  uses: ["fourth", "sigma", "equal"],
  settings: byKernel,
});
export const bandwidthsFigure = estimates({ id: "bandwidths", uses: [], settings: bySigma });
export const bandwidthWeightsFigure = weights({ id: "bandwidth-weights", uses: [], settings: bySigma });
export const anyEstimateFigure = estimates({
  id: "any-estimate",
  uses: ["kernel", "sigma"],
  settings: anyKernel,
  aspect: 0.62,
});
export const anyWeightsFigure = weights({
  id: "any-weights",
  uses: ["kernel", "sigma"],
  settings: anyKernel,
});
