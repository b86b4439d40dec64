/** Prior probabilities of the classes. */
import { NadarayaError, show } from "../../common/errors.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";

export type Priors = "shares" | "equal" | readonly number[];

/**
 * The keys with weights whose means of one-hot columns are posteriors. Posteriors of the shares, multiplied by prior / share afterwards, would have
 * errors that are multiplied too.
 * @throws NadarayaError "unsupported" where a weight over the heaviest is no float64
 */
export function weighedBy(
  priors: Float64Array,
  shares: Float64Array,
  codes: Uint32Array,
  spec: KernelSpec,
): KernelSpec {
  const { keyWeights } = spec;
  // Units change no digit, and only quotients of weights matter.
  const unit = keyWeights ? powerOfTwoBelow(keyWeights.reduce((most, w) => Math.max(most, w))) : 1;
  const weights = Float64Array.from(
    codes,
    (code, i) => ((keyWeights ? keyWeights[i] / unit : 1) / shares[code]) * priors[code],
  );
  const lightest = weights.findIndex((w) => w < LEAST_WEIGHT);
  if (lightest >= 0)
    throw new NadarayaError(
      "unsupported",
      `the prior ${priors[codes[lightest]]} times the weight of row ${lightest} is too small beside the others: priors and sampleWeights are compared as numbers down to ${LEAST_WEIGHT}`,
    );
  return { ...spec, keyWeights: weights };
}

/** Below it numbers lose digits. */
const LEAST_WEIGHT = 2 ** -1022;

/** The power of two below a number, not below the least one with all its digits. */
const powerOfTwoBelow = (x: number): number => 2 ** Math.max(Math.floor(Math.log2(x)), -1022);

/** One prior a class; they sum to 1. */
export function priorsOf(requested: Priors, shares: Float64Array): Float64Array {
  if (requested === "shares") return shares;
  if (requested === "equal") return shares.map(() => 1 / shares.length);
  // The sum of large ones may be no number, and a power of two changes no digit.
  const unit = powerOfTwoBelow(Math.max(...requested));
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
