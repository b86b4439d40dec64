import { isGaussian } from "../../kernels/builtin.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";

/** The weighing by w²α², in place of wα; where rows stand for several, each of them counts alone, and where weights are precisions p, by w²α² / p. For the Gaussian that is a narrower one: `unit` is its bandwidth over the other's. */
export function squared(spec: KernelSpec): { spec: KernelSpec; unit: number } {
  const { kernel, keyWeights, copies, precisions, bandwidth, categories } = spec;
  const divisors = copies ?? precisions;
  const squaredSpec = {
    ...spec,
    keyWeights: keyWeights?.map((w, i) => (w * w) / (divisors ? divisors[i] : 1)),
  };
  if (!isGaussian(kernel) || categories)
    return { spec: { ...squaredSpec, kernel: squaredKernel(kernel) }, unit: 1 };
  const unit = Math.SQRT1_2;
  return { spec: { ...squaredSpec, bandwidth: bandwidth.map((h) => h * unit) }, unit };
}

const squares = new WeakMap<Kernel, Kernel>();

/** α²; the same object for the same kernel, so that a GPU compares the forms of a caller's kernel once. */
function squaredKernel(kernel: Kernel): Kernel {
  const known = squares.get(kernel) ?? squareOf(kernel);
  squares.set(kernel, known);
  return known;
}

function squareOf(kernel: Kernel): Kernel {
  const { polynomial, exponential, logRatio } = kernel;
  return {
    ...kernel,
    squareOf: kernel,
    name: `${kernel.name}, squared`,
    alpha: (u) => kernel.alpha(u) ** 2,
    logAlpha: (u) => 2 * kernel.logAlpha(u),
    logRatio: logRatio && ((...of) => 2 * logRatio(...of)),
    polynomial: polynomial && square(polynomial),
    // e^−2a: powers of a are those of 2a, halved so many times.
    exponential: exponential && {
      rate: 2 * exponential.rate,
      polynomial: square(exponential.polynomial).map((c, power) => c / 2 ** power),
    },
    shader: withResult(kernel, "return once * once;"),
  };
}

/** The square of a polynomial, by its coefficients. */
function square(coefficients: readonly number[]): number[] {
  const product = new Array<number>(2 * coefficients.length - 1).fill(0);
  for (const [i, a] of coefficients.entries())
    for (const [j, b] of coefficients.entries()) product[i + j] += a * b;
  return product;
}

/** The kernel's shader with its result, `once`, put to another use. */
function withResult({ shader }: Kernel, use: string) {
  const body = shader.body.replace(/return ([^;]*);\s*$/, `let once = V($1);\n  ${use}`);
  const { evaluate } = shader;
  return { ...shader, body, evaluate: evaluate && ((x: number) => evaluate(x) ** 2) };
}
