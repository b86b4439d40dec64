/** Figure 1: four kernels side by side. α(u)/α(0) is read off the GPU's weights of one query at 0. */
import type { KernelName } from "../../src/index.ts";
import { drawLinePanels } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";
import { fourKernels, titleOf } from "./four-kernels.ts";

const u = Float64Array.from({ length: 501 }, (_, i) => (i - 250) / 100);
const HALF = 250; // the index of u = 0

interface Result {
  readonly kernels: readonly KernelName[];
  readonly curves: readonly Float32Array[];
}

export const kernelsFigure = figure<Result>({
  id: "kernels",
  uses: ["fourth"],
  async compute(computeService, { fourth }) {
    const kernels = fourKernels(fourth);
    const curves = [];
    for (const kernel of kernels) {
      const weights = await computeService.weigh({ keys: u, values: u, kernel, bandwidth: 1 }, [0]);
      curves.push(weights.map((weight) => weight / weights[HALF]));
    }
    return { kernels, curves };
  },
  draw(body, { kernels, curves }) {
    const panels = kernels.map((kernel, i) => ({
      title: titleOf(kernel),
      lines: [{ name: "kernel" as const, x: u, y: curves[i] }],
    }));
    drawLinePanels(body, panels, {
      x: [-2.5, 2.5],
      y: [0, 1.05],
      xLabel: "distance u",
      yLabel: "weight α",
      aspect: 0.7,
    });
  },
  table: ({ kernels, curves }) => ({
    columns: ["kernel", "u", "alpha"],
    rows: kernels.flatMap((kernel, i) => Array.from(u, (x, j) => [kernel, x, curves[i][j]])),
  }),
});
