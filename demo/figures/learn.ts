/** A width learned by gradient, twice: each key predicted from the others, and by all, itself among them. */
import type { LearningStep } from "../../src/index.ts";
import type { ComputeService } from "../compute-service.ts";
import { drawLinePanels } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";
import { phrases } from "../language.ts";
import type { State } from "../state.ts";
import { type ToyData, toyData, truth } from "../toy-data.ts";
import { yAxis } from "./y-axis.ts";

/** Steps of learning, and the width they begin with. */
export const STEPS = 80;
const FIRST = 1.5;

const curve = Float64Array.from({ length: 201 }, (_, i) => i / 40);

interface Run {
  readonly leaveOneOut: boolean;
  readonly steps: readonly LearningStep[];
}

interface Result {
  readonly data: ToyData;
  readonly runs: readonly Run[];
  readonly step: number;
  readonly estimates: readonly Float64Array[];
}

/** The runs of each lab's newest data: moving the step does not learn again. */
const learned = new WeakMap<ComputeService, { readonly of: string; readonly runs: Promise<Run[]> }>();

function runsFor(computeService: ComputeService, state: Readonly<State>, data: ToyData): Promise<Run[]> {
  const of = [state.n, state.noise, state.seed].join();
  const known = learned.get(computeService);
  if (known?.of === of) return known.runs;
  const runs = Promise.all(
    [true, false].map(async (leaveOneOut) => ({
      leaveOneOut,
      steps: await computeService.learnWidth(
        { ...data, bandwidth: FIRST },
        { leaveOneOut, steps: STEPS, learningRate: 0.25 },
      ),
    })),
  );
  learned.set(computeService, { of, runs });
  return runs;
}

function errorOf(estimate: Float64Array): number {
  const square = estimate.reduce((sum, y, i) => sum + (y - truth(curve[i])) ** 2, 0) / curve.length;
  return Math.sqrt(square);
}

export const learnFigure = figure<Result>({
  id: "learn",
  uses: ["n", "noise", "seed", "learnStep"],
  async compute(computeService, state) {
    const data = toyData(state);
    const runs = await runsFor(computeService, state, data);
    const step = state.learnStep - 1;
    const estimates = [];
    for (const { steps } of runs)
      estimates.push(await computeService.regress({ ...data, bandwidth: [...steps[step].bandwidth] }, curve));
    return { data, runs, step, estimates };
  },
  draw(body, { data, runs, step, estimates }) {
    const y = yAxis(data);
    const panels = runs.map(({ leaveOneOut, steps }, i) => ({
      title: `${leaveOneOut ? "by the others" : "by all, itself too"}: σ = ${steps[step].bandwidth[0].toPrecision(2)}, error ${errorOf(estimates[i]).toFixed(2)}`,
      lines: [
        { name: "truth" as const, x: curve, y: curve.map(truth) },
        { name: "estimate" as const, x: curve, y: estimates[i] },
      ],
      dots: { x: data.keys, y: data.values },
    }));
    drawLinePanels(body, panels, { x: [0, 5], y, xLabel: "x", yLabel: "y" });
  },
  table: ({ runs }) => ({
    columns: ["predicted from", "step", "width", "mean squared error"],
    rows: runs.flatMap(({ leaveOneOut, steps }) =>
      steps.map(({ step, bandwidth, loss }) => [leaveOneOut ? "others" : "all", step, bandwidth[0], loss]),
    ),
  }),
});

/** Plays the steps one after the other, and pauses; for who wants less motion it shows the last one. */
export function offerPlay(show: (learnStep: number) => void): void {
  const button = document.getElementById("play-learning")!;
  const slider = document.querySelector<HTMLInputElement>("input[name=learnStep]")!;
  let timer: ReturnType<typeof setTimeout> | undefined;
  button.textContent = phrases().play;
  const pause = () => {
    clearTimeout(timer);
    timer = undefined;
    button.textContent = phrases().play;
  };
  const next = (step: number) => {
    show(step);
    if (step >= STEPS) pause();
    else timer = setTimeout(next, 60, step + 1);
  };
  button.onclick = () => {
    if (timer !== undefined) {
      pause();
      return;
    }
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      show(STEPS);
      return;
    }
    button.textContent = phrases().pause;
    const step = Number(slider.value);
    next(step >= STEPS ? 1 : step + 1);
  };
  slider.addEventListener("pointerdown", pause);
}

/** Buttons that show another sample. */
export function offerSamples(show: (seed: number) => void): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-seed]"))
    button.onclick = () => show(Number(button.dataset.seed));
}
