import { expect, test, vi } from "vitest";
import { SLOW } from "../../../gpu/calibration.ts";
import { Scheduler } from "../../../gpu/scheduler.ts";
import { kernels } from "../../../kernels/builtin.ts";
import type { Problem } from "../../../problem/problem.ts";
import { gpuEngine, gpuOf } from "../../../testing/engines.ts";
import { draw } from "../../../testing/random.ts";
import { GaussTransform } from "../gauss-transform.ts";
import { ExpandedProblem } from "./problem.ts";

test("is made once for all who read it, and freed when the last of them has read", async () => {
  const gpu = gpuOf(await gpuEngine());
  const { normal } = draw(2);
  const [keys, values] = [2, 1].map((dims) => ({
    data: Float64Array.from({ length: 300 * dims }, () => normal()),
    dims,
    count: 300,
  }));
  const problem: Problem = {
    ...{ keys, values, kernel: kernels.get("gaussian")!, shape: "radial" },
    bandwidth: [0.5, 0.5],
  };
  const transform = GaussTransform.plan(problem, 1e-5);
  if (typeof transform === "string") throw new Error(transform);
  const context = { scheduler: new Scheduler(), calibration: SLOW, options: {} };
  const expanded = new ExpandedProblem(problem, transform.grid);
  const release = vi.spyOn(gpu, "release");
  const freed = () => release.mock.calls.map(([buffer]) => buffer);
  let finish = () => {};
  const reading = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const slow = expanded.with(gpu, context, async (made) => {
    await reading;
    return made;
  });
  const made = await expanded.with(gpu, context, async (same) => same);
  expanded.forget();
  expect(freed()).not.toContain(made.buffer);
  finish();
  expect(await slow).toBe(made);
  await Promise.resolve(); // buffers are given back by the reaction to the grid's promise
  expect(freed()).toContain(made.buffer);
  release.mockRestore();
});
