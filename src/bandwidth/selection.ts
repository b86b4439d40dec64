/** The rules by name, and what a selection reports. */
import { NadarayaError, show } from "../common/errors.ts";
import { hintForNumber } from "../common/hints.ts";
import { didYouMean } from "../common/suggestions.ts";
import type { SelectionRequest } from "../weighting/kernel-spec.ts";
import type { RuleOfThumb } from "./rules.ts";
import type { Candidate, Limit } from "./search.ts";

/** Rules for regressions. */
export type RegressionRule = RuleOfThumb | "plug-in" | "loo" | "kfold" | "aicc";

/** Rules for densities. */
export type DensityRule = RuleOfThumb | "sheather-jones" | "likelihood" | "lscv";

/** Every rule that chooses a bandwidth. */
export type BandwidthRule = RegressionRule | DensityRule;

/** How a bandwidth was chosen: the candidates with their scores, and whether the search ended at its limits. */
export interface BandwidthSelection {
  readonly rule: BandwidthRule;
  /** One number per coordinate. */
  readonly bandwidth: readonly number[];
  /** Every bandwidth that was tried, with its score, the lower the better; none for rules of thumb. */
  readonly candidates: readonly Candidate[];
  /** For each coordinate, where cross-validation found no minimum between the narrowest and the widest that it tries. */
  readonly limits?: readonly Limit[];
  /** What should be known of the choice, in words. */
  readonly warning?: string;
}

/** Keys for which a bandwidth is chosen. */
export type Given = SelectionRequest;

export const unavailable = (rule: string, what: string) =>
  new NadarayaError(
    "unsupported",
    `bandwidth ${show(rule)} is not available with ${what}: give a number, "scott" or "silverman"`,
  );

/** The nearest keys decide how wide a query's window is; what a rule scores would be something else. */
export function refuseNeighbours(rule: string, { neighbours }: Given): void {
  if (neighbours !== undefined) throw unavailable(rule, "neighbours");
}

/** The error for a rule that there is not, or for text in place of a number. */
export function unknown(rule: string, estimates: string, expected: readonly string[]): NadarayaError {
  return new NadarayaError(
    "invalid-bandwidth",
    `bandwidth ${show(rule)} is no rule for ${estimates}; expected ${expected.join(", ")} or a number${hintForNumber(rule) || didYouMean(rule, expected)}`,
  );
}
