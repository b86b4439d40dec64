/** What the methods are expected to take for one problem where there is a GPU, on it or beside it; and learns what they took. */
import { hasLimits } from "../../cull/measure.ts";
import type { Matrix } from "../../data.ts";
import type { Gpu } from "../gpu.ts";
import type { HostMethods } from "../host-methods.ts";
import { fitOneBuffer } from "../key-buffers.ts";
import type { Problem, SumsOptions } from "../types.ts";
import { type Choice, chooseMethod, QUERY_WIDTHS } from "./choose-method.ts";
import type { Corrections } from "./corrections.ts";
import { culledGpuCost } from "./cull-cost.ts";
import type { Pace } from "./pace.ts";

/** What f32 sums are off by, as shares of a column's range: at most, and in practice (docs/accuracy.md). */
const SINGLE = { most: 1e-5, typical: 1e-6 } as const;

/** What is known of an engine, for all of its problems. */
interface Machine {
  readonly gpu: Gpu;
  readonly memoryBudget: number;
  readonly pace: Pace;
  readonly corrections: Corrections;
}

/** What lies on the GPU already: the keys, and a grid for this tolerance. */
export interface Ready {
  readonly keys: boolean;
  readonly gridFor: number | undefined;
}

export interface GpuChoice extends Choice {
  readonly onGpu: boolean;
}

type Skipping = "cull" | "expand";

export class GpuCosts {
  private readonly problem: Problem;
  private readonly machine: Machine;
  private readonly host: HostMethods;

  constructor(problem: Problem, machine: Machine, host: HostMethods) {
    this.problem = problem;
    this.machine = machine;
    this.host = host;
  }

  /** @throws NadarayaError "unsupported" */
  async choose(queries: Matrix, options: SumsOptions, ready: Ready): Promise<GpuChoice> {
    const { method, tolerance } = options;
    let dense: number | string = this.machine.pace.hope(this.problem, queries.count, ready.keys);
    if (queries.widths) dense = QUERY_WIDTHS;
    else if (method === "auto" && tolerance < SINGLE.typical)
      dense = `single precision cannot promise a tolerance of ${tolerance}`;
    const onGpu = { dense: true, cull: false, expand: false };
    const choice = await chooseMethod(method, dense, async () => {
      const costs = await this.host.costs(queries, tolerance);
      for (const each of ["cull", "expand"] as const) {
        const here = await this.onGpu(each, queries, options, ready);
        onGpu[each] = here < Number(costs[each]);
        if (onGpu[each]) costs[each] = here;
      }
      return costs;
    });
    return { ...choice, onGpu: onGpu[choice.method] };
  }

  learnDense(queries: Matrix, ready: Ready, milliseconds: number): void {
    this.machine.pace.learn(this.problem, queries.count, ready.keys, milliseconds);
  }

  /** Learns from the time that `work` takes, which does one of the two on the GPU. */
  async learnFrom<T>(
    method: Skipping,
    queries: Matrix,
    options: SumsOptions,
    ready: Ready,
    work: () => Promise<T>,
  ): Promise<T> {
    const expected = await this.expected(method, queries, options, ready);
    const start = performance.now();
    const result = await work();
    this.machine.corrections.learn(nameOf(method), this.problem, expected, performance.now() - start);
    return result;
  }

  /** Infinity where the method cannot be used on the GPU, or not to the tolerance. In dense's place it may be as good as dense. */
  private async onGpu(
    method: Skipping,
    queries: Matrix,
    options: SumsOptions,
    ready: Ready,
  ): Promise<number> {
    const enough = options.tolerance >= (options.method === "auto" ? SINGLE.typical : SINGLE.most);
    if (queries.widths || !enough) return Infinity;
    const expected = await this.expected(method, queries, options, ready);
    return this.machine.corrections.correct(nameOf(method), this.problem, expected);
  }

  /** By constants. */
  private async expected(
    method: Skipping,
    queries: Matrix,
    { tolerance }: SumsOptions,
    { gridFor }: Ready,
  ): Promise<number> {
    const { problem } = this;
    const { gpu, memoryBudget, pace } = this.machine;
    if (method === "cull") {
      if (!hasLimits(problem) || !fitOneBuffer(problem, gpu, memoryBudget)) return Infinity;
      return culledGpuCost(problem, queries, tolerance, pace.expect(problem, queries.count, true));
    }
    const grid = await this.host.grid(tolerance);
    if (!grid) return Infinity;
    const { expandedGpuCost } = await import("./expand-cost.ts");
    const built = gridFor === tolerance;
    return expandedGpuCost(problem, grid, queries.count, built, gpu, memoryBudget, pace.software);
  }
}

/** What corrections know it by: on the CPU it costs something else. */
const nameOf = (method: Skipping) => `${method} on gpu`;
