/** Kernels that callers may define, of every kind that single precision may get wrong. */
import type { KernelDefinition } from "../kernels/define.ts";

export const ownKernels: readonly KernelDefinition[] = [
  { name: "difference of near numbers", wgsl: "1.0 - tanh(x)", alpha: (u) => 2 / (1 + Math.exp(2 * u)) },
  { name: "heavy tail", wgsl: "1.0 / (1.0 + x)" },
  { name: "squared Cauchy", wgsl: "1.0 / ((1.0 + x) * (1.0 + x))", argument: "squared" },
  {
    name: "step in the support",
    wgsl: "select(V(0.25), V(1.0), x < V(0.3)) * select(V(0.0), V(1.0), x <= V(1.0))",
    compact: true,
  },
  {
    name: "sum of boxes",
    wgsl: "select(V(0.0), V(1.0), x < V(0.3)) + select(V(0.0), V(0.5), x <= V(1.1)) + select(V(0.0), V(0.01), x < V(2.7))",
  },
  {
    name: "step of the squared distance",
    alpha: (u) => (u < 0.3 ? 1 : u <= 1 ? 0.5 : 0),
    wgsl: "select(V(0.0), select(V(0.5), V(1.0), x < V(0.09)), x <= V(1.0))",
    argument: "squared",
    compact: true,
  },
  { name: "sharp peak", wgsl: "exp(-1000.0 * x) + 1e-3 / (1.0 + x)" },
  { name: "ring", wgsl: "x * exp(-x)", argument: "squared" },
  { name: "oscillation", wgsl: "(1.0 + cos(20.0 * x)) * exp(-x)" },
  { name: "tiny support", wgsl: "max(V(0.0), 1e-3 - x)", compact: true },
  { name: "constant of one's own", wgsl: "V(1.0)" },
  { name: "fourth power", wgsl: "exp(-x * x)", argument: "squared" },
  { name: "light", wgsl: "1e-30 * exp(-x)" },
  { name: "large", wgsl: "1e30 / (1.0 + x * x)" },
  {
    name: "bump",
    wgsl: "select(V(0.0), exp(-1.0 / (1.0 - x)), x < V(1.0))",
    argument: "squared",
    compact: true,
  },
  { name: "stairs", wgsl: "1.0 / (1.0 + floor(4.0 * x))" },
  { name: "hyperbolic", wgsl: "1.0 / (2.0 + 2.0 * cosh(x))" },
];

export const ownKernel = (name: string): KernelDefinition => {
  const definition = ownKernels.find((each) => each.name === name);
  if (!definition) throw new Error(`no kernel ${name}`);
  return definition;
};
