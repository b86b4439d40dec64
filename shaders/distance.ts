/**
 * The distance's snippet: from the coordinates of a query and a key to the weight's argument.
 *
 * Coordinates are either "float" (already in units of the kernel: scale · (x − centre) / h) or "fixed" (the same,
 * counted in whole steps as i32, so that differences are exact however far the data extends; `step` brings them back).
 */
import type { Kernel, Shape } from "../src/kernels.ts";

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
  const { kernel, shape, dims, encoding } = options;
  const { query, key, step, keyWeight, perWidth, suffix } = names;
  const fixed = encoding === "fixed";
  const squared = kernel.shader.argument === "squared";
  const perUnit = options.widened ? (squared ? ` * (${perWidth} * ${perWidth})` : ` * ${perWidth}`) : "";
  const ownWeight = options.weighted ? ` * ${keyWeight}` : "";
  const alpha = (x: string) => `alpha(${x})`;
  const lines: string[] = [];
  const difference = (j: number) => (fixed ? `V(${query(j)} - ${key(j)})` : `${query(j)} - ${key(j)}`);
  for (let j = 0; j < dims; j++) lines.push(`let d${j}${suffix} = ${difference(j)};`);

  if (shape === "product" && dims > 1) {
    const unit = (j: number) => {
      const d = `d${j}${suffix}`;
      if (squared) return fixed ? `${d} * ${d} * (${step} * ${step})` : `${d} * ${d}`;
      return fixed ? `abs(${d}) * ${step}` : `abs(${d})`;
    };
    for (let j = 0; j < dims; j++) lines.push(`let x${j}${suffix} = ${unit(j)}${perUnit};`);
    const all = Array.from({ length: dims }, (_, j) => `x${j}${suffix}`);
    lines.push(`let a${suffix} = ${all.map(alpha).join(" * ")}${ownWeight};`);
    lines.push(`let x${suffix} = ${all.reduce((left, right) => `max(${left}, ${right})`)};`);
    return lines.join("\n");
  }

  const sum = Array.from({ length: dims }, (_, j) => `d${j}${suffix} * d${j}${suffix}`).join(" + ");
  let x: string;
  if (squared) x = fixed ? `(${sum}) * (${step} * ${step})` : `(${sum})`;
  else {
    const distance = dims === 1 ? `abs(d0${suffix})` : `sqrt(${sum})`;
    x = fixed ? `${distance} * ${step}` : distance;
  }
  lines.push(`let x${suffix} = ${x}${perUnit};`, `let a${suffix} = ${alpha(`x${suffix}`)}${ownWeight};`);
  return lines.join("\n");
}
