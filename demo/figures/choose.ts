/** Figure 7: every width's error at leave-one-out prediction the readings that it did not see, and the width with the least. */
import type { BandwidthSelection } from "../../src/index.ts";
import { drawScores } from "../draw/scores.ts";
import { figure } from "../figure.ts";
import { titleOf } from "./four-kernels.ts";
import { keys, values } from "./motorcycle.ts";

const axes = { xLabel: "bandwidth σ (ms)", yLabel: "error (g)", range: [20, 60] } as const;

interface Result {
  readonly title: string;
  readonly selection: BandwidthSelection;
  readonly sigma: number;
}

export const chooseFigure = figure<Result>({
  id: "choose",
  uses: ["rideKernel", "rideSigma"],
  async compute(computeService, { rideKernel, rideSigma }) {
    const selection = await computeService.chooseWidth({ keys, values, kernel: rideKernel });
    const best = selection.bandwidth[0].toPrecision(3);
    return { title: `${titleOf(rideKernel)}: best at σ = ${best} ms`, selection, sigma: rideSigma };
  },
  draw(body, { title, selection, sigma }) {
    const points = selection.candidates
      .map(({ bandwidth, score }) => ({ width: bandwidth[0], error: Math.sqrt(score) }))
      .sort((a, b) => a.width - b.width);
    drawScores(body, { title, points, best: selection.bandwidth[0], current: sigma, ...axes });
    body.dataset.best = String(selection.bandwidth[0]);
  },
  table: ({ selection }) => ({
    columns: ["bandwidth (ms)", "leave-one-out error (g)"],
    rows: selection.candidates.map(({ bandwidth, score }) => [bandwidth[0], Math.sqrt(score)]),
  }),
});

/** Calls `take` with the best width when the button is pressed. */
export function offerBest(take: (sigma: number) => void): void {
  const body = document.querySelector<HTMLElement>("#choose .body")!;
  document.getElementById("take-best")!.onclick = () => {
    const best = Number(body.dataset.best);
    if (best > 0) take(Number(Math.min(Math.max(best, 0.1), 20).toPrecision(2)));
  };
}
