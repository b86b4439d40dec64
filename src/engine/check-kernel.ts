/** Compares the two forms of a kernel of the user's own, TypeScript and WGSL, on the GPU that will run it. */
import { NadarayaError } from "../common/errors.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { encoder } from "../methods/dense/gpu/encode.ts";
import { KeyBuffers } from "../methods/dense/gpu/key-buffers.ts";
import { sumSlices } from "../methods/dense/gpu/sums.ts";
import type { Problem } from "../problem/problem.ts";

/** Agreement asked for: of the largest weight, and of the weight itself. */
const ABSOLUTE = 1e-5;
const RELATIVE = 1e-3;

const checked = new WeakSet<Kernel>();

/** @throws NadarayaError "invalid-kernel" with the first distance where the forms disagree; "gpu-error" if it does not compile. */
export async function checkKernel(kernel: Kernel, context: GpuContext): Promise<void> {
  if (checked.has(kernel)) return;
  const keys = { data: new Float64Array(1), count: 1, dims: 1 };
  const values = { data: new Float64Array(0), count: 1, dims: 0 };
  const problem: Problem = { keys, values, kernel, shape: "radial", bandwidth: [1] };
  const coder = encoder(problem);
  const distances = Float64Array.from({ length: 128 }, (_, i) => (i + 0.5) / 32);
  const keyBuffers = new KeyBuffers(problem, coder);
  await sumSlices({
    ...context,
    calibration: context.calibrated.of(0),
    problem,
    encoder: coder,
    keyBuffers,
    memoryBudget: 2 ** 20,
    queries: { data: distances, count: distances.length, dims: 1 },
    options: {},
    want: "sums",
    remote: () => {},
    finish: ({ first, count, numbers }) => {
      const largest = distances.reduce((most, u) => Math.max(most, kernel.alpha(u)), 0);
      for (let q = 0; q < count; q++) {
        const u = distances[first + q];
        const expected = kernel.alpha(u);
        if (!(Math.abs(numbers[q] - expected) <= ABSOLUTE * largest + RELATIVE * expected)) {
          throw new NadarayaError(
            "invalid-kernel",
            `kernel "${kernel.name}": at u = ${u} its WGSL gives ${numbers[q]} and its TypeScript ${expected}`,
          );
        }
      }
    },
  }).finally(() => keyBuffers.close());
  checked.add(kernel);
}
