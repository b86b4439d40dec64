/** Value columns in units near their ranges, in which products with weights of any float64 neither underflow nor overflow. */
import { extentsOf } from "../data/extents.ts";
import type { Problem } from "./problem.ts";

/**
 * Ranges within these are their own unit's. Sums of weights are kept from 1e-292 to 1e280, and times such a range they are between float64's least
 * normal number over 2^44 and its largest.
 */
const [LEAST, MOST] = [2 ** -60, 2 ** 60];

export interface ProblemInUnits {
  readonly problem: Problem;
  /** The powers of two by which the columns of its means have to be multiplied; undefined if all are 1. */
  readonly units: readonly number[] | undefined;
}

/** The same problem with values over powers of two, which changes no digit. */
export function inValueUnits(problem: Problem): ProblemInUnits {
  const { values, moments } = problem;
  const { data, dims } = values;
  const units = extentsOf(values).map(({ least, most }) => unitOf(most - least));
  if (units.every((unit) => unit === 1)) return { problem, units: undefined };
  const scaled = { ...values, data: data.map((value, i) => value / units[i % dims]) };
  return {
    problem: { ...problem, values: scaled },
    units: moments?.map(({ column }) => (column === undefined ? 1 : units[column])) ?? units,
  };
}

const unitOf = (range: number): number =>
  range === 0 || (range >= LEAST && range <= MOST) ? 1 : 2 ** Math.round(Math.log2(range));
