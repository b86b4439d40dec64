/** Sample weights that are numbers of rows, or precisions. */
import { NadarayaError, show } from "../../common/errors.ts";
import { didYouMean } from "../../common/suggestions.ts";
import type { Rows } from "../../data/rows.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";

/** @throws NadarayaError "invalid-input", or "unsupported" for precisions without values */
export function readWeightType(
  weightType: unknown,
  { sampleWeights, places }: Rows,
  hasValues: boolean,
): Pick<KernelSpec, "copies" | "precisions"> {
  if (weightType === "precision") {
    if (hasValues) return { precisions: sampleWeights };
    throw new NadarayaError(
      "unsupported",
      'weightType "precision" says how exact values are; it is available for KernelRegression, not for densities and classifiers',
    );
  }
  if (weightType !== "frequency")
    throw new NadarayaError(
      "invalid-input",
      `weightType is ${show(weightType)}, expected "importance", "frequency" or "precision"${didYouMean(weightType, ["importance", "frequency", "precision"])}`,
    );
  const broken = sampleWeights?.findIndex((weight) => !Number.isInteger(weight)) ?? -1;
  if (!sampleWeights || broken < 0) return { copies: sampleWeights };
  throw new NadarayaError(
    "invalid-input",
    `sampleWeights[${places ? places[broken] : broken}] is ${sampleWeights[broken]}, expected a whole number, as weightType is "frequency"`,
  );
}
