/** What the GPU does for one estimate, step by step: distance, kernel, sums of parts, column sums, means; and the shader of each stage. */
import * as Plot from "@observablehq/plot";
import { interpolateBlues } from "d3-scale-chromatic";
import { weightColour } from "../draw/colours.ts";
import { drawHeatMap } from "../draw/heat-maps.ts";
import { asImage, cellsOf, linePanel } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";
import { PARTS, runStagesOnCpu, runStagesOnGpu, type StageResults } from "../stage-runner.ts";
import { queries, type ToyData, toyData, truth } from "../toy-data.ts";
import { yAxis } from "./y-axis.ts";

interface Result {
  readonly data: ToyData;
  readonly sigma: number;
  readonly step: number;
  readonly found: StageResults;
}

/** The steps of the formula, and the stage that takes each. */
const STEPS = [
  { title: "1. the distance of every key from every query, in σ", stage: 0 },
  { title: "2. the kernel makes weights α of distances", stage: 0 },
  { title: `3. each part of the keys is summed by itself: ${PARTS} parts`, stage: 0 },
  { title: "4. the parts' sums are added: the denominators", stage: 1 },
  { title: "5. sums of weighted values, over these: the means", stage: 2 },
] as const;

export const stagesFigure = figure<Result>({
  id: "stages",
  uses: ["n", "noise", "seed", "sigma", "stage"],
  async compute(computeService, { sigma, stage, ...state }) {
    const data = toyData(state);
    const input = { ...data, queries, sigma };
    const isOnGpu = computeService.engine.info.backend === "webgpu";
    const found = isOnGpu ? await runStagesOnGpu(input) : runStagesOnCpu(input);
    return { data, sigma, step: stage, found };
  },
  draw(body, result) {
    const { step, found } = result;
    const [picture, panel] = cellsOf(body, 2);
    drawStep(picture, result);
    const stage = found.stages[STEPS[step - 1].stage];
    panel.classList.add("stage");
    const list = document.createElement("ol");
    list.className = "stages";
    for (const each of found.stages) {
      const item = document.createElement("li");
      const time = Number.isNaN(each.microseconds) ? "" : `: ${each.microseconds.toFixed(1)} µs`;
      item.textContent = `${each.name}${time}`;
      if (each === stage) item.setAttribute("aria-current", "step");
      list.append(item);
    }
    const about = document.createElement("p");
    about.textContent = `${stage.buffers}. ${found.isOnGpu ? "Its shader, as it ran just now:" : "What a GPU would run; here the processor did, in float64:"}`;
    const code = document.createElement("pre");
    code.tabIndex = 0;
    code.textContent = tidy(stage.code);
    panel.replaceChildren(list, about, code);
  },
  table: ({ found, data }) => ({
    columns: [
      "query",
      "sum of weights",
      "mean",
      ...Array.from({ length: PARTS }, (_, part) => `part ${part + 1}`),
    ],
    rows: Array.from(queries, (q, i) => [
      ...[q, found.sums[i], found.means[i]],
      ...Array.from({ length: PARTS }, (_, part) => found.partials[part * queries.length + i]),
    ]).filter(() => data.keys.length > 0),
  }),
});

/** Without the blank lines that the preprocessor leaves. */
const tidy = (code: string) => code.trim().replace(/\n(\s*\n)+/g, "\n");

function drawStep(cell: HTMLElement, { data, sigma, step, found }: Result): void {
  const { keys } = data;
  const [n, m] = [keys.length, queries.length];
  const { title } = STEPS[step - 1];
  const width = cell.clientWidth;
  const distance = (i: number, q: number) => Math.abs(queries[q] - keys[i]) / sigma;
  if (step <= 2) {
    // No shader stores this matrix: each thread adds its numbers as they come.
    const numbers = Float32Array.from({ length: n * m }, (_, at) => {
      const u = distance(Math.floor(at / m), at % m);
      return step === 1 ? u : Math.exp((-u * u) / 2);
    });
    const most = numbers.reduce((largest, each) => Math.max(largest, each), 0);
    const colours = step === 1 ? interpolateBlues : weightColour;
    const what = step === 1 ? "distance" : "α";
    drawHeatMap(cell, { title, weights: numbers, keys, queries, what }, { most, width, colours });
    return;
  }
  const axes = { x: [0, 5] as const, xLabel: "query", aspect: 0.75 };
  if (step === 5) {
    const lines = [
      { name: "truth" as const, x: queries, y: queries.map(truth) },
      { name: "estimate" as const, x: queries, y: found.means },
    ];
    const dots = { x: data.keys, y: data.values };
    cell.replaceChildren(linePanel({ title, lines, dots }, { ...axes, y: yAxis(data), yLabel: "y" }, width));
    return;
  }
  const bars = step === 3 ? [...found.partials] : [...found.sums];
  const most = Math.max(...found.sums) * 1.05;
  const height = Math.round(Math.min(Math.max(width * 0.75, 150), 380));
  const plot = Plot.plot({
    ...{ width, height, marginTop: 26, marginLeft: 34, marginBottom: 34, style: { fontSize: "11px" } },
    x: { domain: [-0.05, 4.95], label: "query", ticks: 5 },
    y: { domain: [0, most], label: null, ticks: 5, grid: true },
    color: { scheme: "Blues", domain: [-1, PARTS], type: "linear" },
    marks: [
      Plot.text([title], { frameAnchor: "top", dy: -18, fontWeight: "bold", fontSize: 12 }),
      Plot.rectY(bars, {
        x1: (_: number, i: number) => queries[i % m] - 0.04,
        x2: (_: number, i: number) => queries[i % m] + 0.04,
        y: (value: number) => value,
        fill: step === 3 ? (_: number, i: number) => Math.floor(i / m) : () => PARTS,
      }),
    ],
  });
  cell.replaceChildren(
    asImage(plot, `${title}: ${bars.length} sums, the largest ${Math.max(...bars).toFixed(2)}`),
  );
}
