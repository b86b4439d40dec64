/** Prior probabilities of the classes. */
import { NadarayaError, show } from "../../common/errors.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";

export type Priors = "shares" | "equal" | readonly number[];

export function sharesOf(codes: Uint32Array, classes: number, weights?: Float64Array): Float64Array {
  const shares = new Float64Array(classes);
  let all = 0;
  for (const [i, code] of codes.entries()) {
    const weight = weights ? weights[i] : 1;
    shares[code] += weight;
    all += weight;
  }
  return shares.map((share) => share / all);
}

/**
 * The keys with weights whose means of one-hot columns are posteriors. Posteriors of the shares, multiplied by prior / share afterwards, would have
 * errors that are multiplied too.
 */
export function weighedBy(
  priors: Float64Array,
  shares: Float64Array,
  codes: Uint32Array,
  spec: KernelSpec,
): KernelSpec {
  const keyWeights = Float64Array.from(
    codes,
    (code, i) => ((spec.keyWeights ? spec.keyWeights[i] : 1) / shares[code]) * priors[code],
  );
  return { ...spec, keyWeights };
}

/** One prior a class; they sum to 1. */
export function priorsOf(requested: Priors, shares: Float64Array): Float64Array {
  if (requested === "shares") return shares;
  if (requested === "equal") return shares.map(() => 1 / shares.length);
  // The sum of large ones may be no number, and a power of two changes no digit.
  const unit = 2 ** Math.max(Math.floor(Math.log2(Math.max(...requested))), -1022);
  const all = requested.reduce((sum, p) => sum + p / unit, 0);
  return Float64Array.from(requested, (p) => p / unit / all);
}

export function readPriors(priors: unknown, classes: readonly unknown[]): Priors {
  if (priors === "shares" || priors === "equal") return priors;
  const isList = Array.isArray(priors) && priors.length === classes.length;
  if (isList && priors.every((p) => typeof p === "number" && p > 0 && p < Infinity)) return priors;
  throw new NadarayaError(
    "invalid-input",
    `priors is ${show(priors)}, expected "shares", "equal" or ${classes.length} positive numbers, one for each class`,
  );
}
