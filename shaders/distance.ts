import type { Kernel, Shape } from "../src/kernels/kernel.ts";

export type Encoding = "float" | "fixed";

export interface DistanceOptions {
  readonly kernel: Kernel;
  readonly shape: Shape;
  readonly dims: number;
  readonly encoding: Encoding;
  /** Whether every key has a weight of its own, which multiplies α, and a width, by which u is divided. */
  readonly weighted?: boolean;
  readonly widened?: boolean;
}

export interface DistanceNames {
  /** The query's coordinate j, of type V or the integer vector of its width. */
  readonly query: (j: number) => string;
  /** The key's coordinate j, a scalar. */
  readonly key: (j: number) => string;
  /** WGSL for the size of a fixed step, an f32. */
  readonly step: string;
  /** The key's own weight, and 1 / its own width, f32. */
  readonly keyWeight: string;
  readonly perWidth: string;
  /** Appended to the names of the variables that are declared. */
  readonly suffix: string;
}

/**
 * Statements that declare `a` (the weight) and `x` (what α saw; in the product shape the largest over the
 * coordinates), each with the suffix.
 */
export function weightOfPair(options: DistanceOptions, names: DistanceNames): string {
  const { shape, dims, encoding, widened, weighted } = options;
  const { query, key, step, keyWeight, perWidth, suffix } = names;
  const fixed = encoding === "fixed";
  const difference = (j: number) => (fixed ? `V(${query(j)} - ${key(j)})` : `${query(j)} - ${key(j)}`);
  const lines = Array.from({ length: dims }, (_, j) => `let d${j}${suffix} = ${difference(j)};`);
  lines.push(...argument(options, step, widened ? perWidth : undefined, suffix));
  const alphas =
    shape === "product" && dims > 1
      ? Array.from({ length: dims }, (_, j) => `alpha(x${j}${suffix})`)
      : [`alpha(x${suffix})`];
  lines.push(`let a${suffix} = ${[...alphas, ...(weighted ? [keyWeight] : [])].join(" * ")};`);
  return lines.join("\n");
}

/** Statements that declare `x` from the differences d0, d1, … (in the product shape also each coordinate's, x0, x1, …). */
export function argument(
  { kernel, shape, dims, encoding }: DistanceOptions,
  step: string,
  perWidth: string | undefined,
  suffix: string,
): string[] {
  const fixed = encoding === "fixed";
  const squared = kernel.shader.argument === "squared";
  const perUnit = perWidth ? (squared ? ` * (${perWidth} * ${perWidth})` : ` * ${perWidth}`) : "";
  const d = (j: number) => `d${j}${suffix}`;
  if (shape === "product" && dims > 1) {
    const unit = (j: number) => {
      if (squared) return fixed ? `${d(j)} * ${d(j)} * (${step} * ${step})` : `${d(j)} * ${d(j)}`;
      return fixed ? `abs(${d(j)}) * ${step}` : `abs(${d(j)})`;
    };
    const all = Array.from({ length: dims }, (_, j) => `x${j}${suffix}`);
    return [
      ...all.map((x, j) => `let ${x} = ${unit(j)}${perUnit};`),
      `let x${suffix} = ${all.reduce((left, right) => `max(${left}, ${right})`)};`,
    ];
  }
  const sum = Array.from({ length: dims }, (_, j) => `${d(j)} * ${d(j)}`).join(" + ");
  let x: string;
  if (squared) x = fixed ? `(${sum}) * (${step} * ${step})` : `(${sum})`;
  else {
    // WGSL derives sqrt(x) from 1 / inverseSqrt(x), and promises nothing at 0.
    const distance = dims === 1 ? `abs(${d(0)})` : `sqrt(max(${sum}, V(1e-30)))`;
    x = fixed ? `${distance} * ${step}` : distance;
  }
  return [`let x${suffix} = ${x}${perUnit};`];
}
