/** Value columns in units near their ranges, in which products with weights of any float64 neither underflow nor overflow. */
import { extentsOf } from "../data/extents.ts";
import type { Problem } from "./problem.ts";

/**
 * Ranges of no more binary places than this, below or above 1, need no unit. Sums of weights are kept from 1e-292 to 1e280, and times such a range they are between float64's least
 * normal number over 2^44 and its largest.
 */
const LARGEST_EXPONENT = 60;

/** The same problem with values over powers of two, its `meanUnits`, which changes no digit. */
export function inValueUnits(problem: Problem): Problem {
  const { values, moments } = problem;
  const { data, dims } = values;
  const units = extentsOf(values).map(({ least, most }) => unitOf(most - least));
  if (units.every((unit) => unit === 1)) return problem;
  return {
    ...problem,
    values: { ...values, data: data.map((value, i) => value / units[i % dims]) },
    meanUnits: moments?.map(({ column = -1 }) => units[column] ?? 1) ?? units,
  };
}

function unitOf(range: number): number {
  const exponent = Math.round(Math.log2(range || 1));
  return Math.abs(exponent) > LARGEST_EXPONENT ? 2 ** exponent : 1;
}

/** Multiplies rows of means by their units, in place. */
export function inCallersUnits({ meanUnits }: Problem, mean: Float64Array): void {
  if (meanUnits) for (let i = 0; i < mean.length; i++) mean[i] *= meanUnits[i % meanUnits.length];
}
