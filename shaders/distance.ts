import { isOwn, kernels } from "../src/kernels/builtin.ts";
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

/** By how much nearer each key is put, as a share of the argument and of 1, to see how much the sums change. */
export const NEARER = 2 ** -14;
/** What a key in reach counts at least, where factors of small changes would underflow, and for kernels of users, which may change by 0. */
const LEAST_CHANGE = 2 ** -40;

/**
 * A statement that declares `change`: |α(x⁻) − α(x)| times the key's weight, where x⁻ = x − NEARER (1 + x), after those of `weightOfPair`. Its sum over the
 * keys bounds the error that an error of x makes, whatever the keys. In reach of a compact kernel it is above 0.
 */
export function changeOfPair(
  options: DistanceOptions & { readonly probe?: number },
  { keyWeight, suffix }: DistanceNames,
): string {
  const { kernel, shape, dims, weighted, probe } = options;
  if (probe !== undefined) return ownChangeOfPair(options, probe, keyWeight, suffix);
  const nearer = (x: string) => `max(${x}${suffix} * ${1 - NEARER} - ${NEARER}, V(0.0))`;
  const isProduct = shape === "product" && dims > 1;
  const seen = isProduct ? Array.from({ length: dims }, (_, j) => `x${j}`) : ["x"];
  const times = weighted ? [keyWeight] : [];
  const heavier = [...seen.map((x) => `alpha(${nearer(x)})`), ...times].join(" * ");
  const change = `abs(${heavier} - a${suffix})`;
  const isFar = kernel.tail !== "compact";
  if (isFar || (!isProduct && kernels.get(kernel.name) === kernel)) return `let change${suffix} = ${change};`;
  const least = [`select(V(0.0), V(${LEAST_CHANGE}), ${nearer("x")} < V(1.0))`, ...times].join(" * ");
  return `let change${suffix} = max(${change}, ${least});`;
}

/**
 * The same of a caller's kernel: the most that the key's weight changes by if each argument x is off by probe · (1 + x), to either side, as α may rise, fall,
 * or have a step anywhere.
 */
function ownChangeOfPair(
  { kernel, shape, dims, weighted }: DistanceOptions,
  probe: number,
  keyWeight: string,
  suffix: string,
): string {
  const nearer = (x: string) => `max(${x} * ${1 - probe} - ${probe}, V(0.0))`;
  const further = (x: string) => `(${x} * ${1 + probe} + ${probe})`;
  const most = (x: string) =>
    `max(abs(alpha(${nearer(x)}) - alpha(${x})), abs(alpha(${further(x)}) - alpha(${x})))`;
  const times = (text: string) => (weighted ? `(${text}) * ${keyWeight}` : text);
  const isProduct = shape === "product" && dims > 1;
  const seen = Array.from({ length: isProduct ? dims : 1 }, (_, j) => `x${isProduct ? j : ""}${suffix}`);
  const change = isProduct
    ? `${seen.map((x) => `(alpha(${x}) + ${most(x)})`).join(" * ")} - ${seen.map((x) => `alpha(${x})`).join(" * ")}`
    : most(seen[0]);
  if (kernel.tail !== "compact") return `let change${suffix} = ${times(change)};`;
  const least = `select(V(0.0), V(${LEAST_CHANGE}), ${nearer(`x${suffix}`)} < V(1.0))`;
  return `let change${suffix} = ${times(`max(${change}, ${least})`)};`;
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
  const squares = Array.from({ length: dims }, (_, j) => `${d(j)} * ${d(j)}`);
  const isExact = kernel.tail === "compact" || isOwn(kernel);
  const sum = isExact ? inHalves(squares) : squares.join(" + ");
  const lines: string[] = [];
  let x: string;
  if (squared) x = fixed ? `(${sum}) * (${step} * ${step})` : `(${sum})`;
  else {
    // WGSL derives sqrt(x) from 1 / inverseSqrt(x), and promises nothing at 0.
    let distance = dims === 1 ? `abs(${d(0)})` : `sqrt(max(${sum}, V(1e-30)))`;
    if (isExact && dims > 1) {
      // WGSL's root may be off by 4.5 units in the last place, which is too much at the edge: a step of Newton's leaves one.
      const [s, per, root] = ["s", "per", "root"].map((name) => `${name}${suffix}`);
      lines.push(`let ${s} = max(${sum}, V(1e-30));`, `let ${per} = inverseSqrt(${s});`);
      lines.push(`let ${root} = ${s} * ${per};`);
      distance = `(${root} + 0.5 * ${per} * (${s} - ${root} * ${root}))`;
    }
    x = fixed ? `${distance} * ${step}` : distance;
  }
  return [...lines, `let x${suffix} = ${x}${perUnit};`];
}

/** The sum of some terms, each of which is in only ⌈log₂ n⌉ additions: fewer roundings. */
function inHalves(terms: readonly string[]): string {
  if (terms.length < 3) return terms.join(" + ");
  const half = Math.ceil(terms.length / 2);
  return [terms.slice(0, half), terms.slice(half)].map((each) => `(${inHalves(each)})`).join(" + ");
}
