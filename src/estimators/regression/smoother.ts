import { localMean, type Smoother } from "../../bandwidth/smoother.ts";
import type { SelectionRequest } from "../../weighting/kernel-spec.ts";
import { LocalFit } from "../local-polynomial/local-fit.ts";
import { checkGap, withGap } from "./gap.ts";
import type { Degree } from "./snapshot.ts";

/** The smoother by which a rule chooses a bandwidth. */
export function smootherFor(rule: string, given: SelectionRequest, degree: Degree, gap?: number): Smoother {
  const smoother = degree === 0 ? localMean : smootherOf(degree);
  if (gap === undefined) return smoother;
  checkGap(gap, rule, given);
  return withGap(smoother, degree, gap);
}

export const smootherOf = (degree: 1 | 2): Smoother => ({
  async leaveOneOut(spec, values, options) {
    const fit = new LocalFit(spec, values, degree);
    try {
      return await fit.leaveOneOut(options);
    } finally {
      fit.dispose();
    }
  },
  async at(spec, values, queries, options) {
    const fit = new LocalFit(spec, values, degree);
    try {
      return (await fit.predict(queries, options)).mean;
    } finally {
      fit.dispose();
    }
  },
});
