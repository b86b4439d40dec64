import { isGaussian } from "../../kernels/builtin.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";

/** The weighing by w²α², in place of wα; where rows stand for several, each of them counts alone. For the Gaussian that is a narrower one: `unit` is its bandwidth over the other's. */
export function squared(spec: KernelSpec): { spec: KernelSpec; unit: number } {
  const { kernel, keyWeights, copies, bandwidth, categories } = spec;
  const squaredSpec = { ...spec, keyWeights: keyWeights?.map((w, i) => (w * w) / (copies ? copies[i] : 1)) };
  if (!isGaussian(kernel) || categories)
    return { spec: { ...squaredSpec, kernel: squaredKernel(kernel) }, unit: 1 };
  const unit = Math.SQRT1_2;
  return { spec: { ...squaredSpec, bandwidth: bandwidth.map((h) => h * unit) }, unit };
}

/** α². */
function squaredKernel(kernel: Kernel): Kernel {
  const { polynomial, logRatio } = kernel;
  const product = polynomial && new Array<number>(2 * polynomial.length - 1).fill(0);
  polynomial?.forEach((a, i) => {
    polynomial.forEach((b, j) => {
      product![i + j] += a * b;
    });
  });
  return {
    ...kernel,
    name: `${kernel.name}, squared`,
    alpha: (u) => kernel.alpha(u) ** 2,
    logAlpha: (u) => 2 * kernel.logAlpha(u),
    logRatio: logRatio && ((...of) => 2 * logRatio(...of)),
    polynomial: product,
    shader: withResult(kernel, "return once * once;"),
  };
}

/** The kernel's shader with its result, `once`, put to another use. */
function withResult({ shader }: Kernel, use: string) {
  const body = shader.body.replace(/return ([^;]*);\s*$/, `let once = V($1);\n  ${use}`);
  return { ...shader, body };
}
