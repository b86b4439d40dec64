/** What cross-validation asks of local polynomials of degree 1 and 2: fits at the keys, each without itself, and elsewhere. */
import type { Smoother } from "../bandwidth/select.ts";
import { LocalFit } from "./local-fit.ts";

/** Above this leverage a value is all that foretells itself. */
const ALONE = 1 - 1e-6;

export const smootherOf = (degree: 1 | 2): Smoother => ({
  async leaveOneOut(weighing, values, options) {
    const fit = new LocalFit(weighing, values, degree);
    const { mean, leverage } = await fit.atKeys(options);
    fit.dispose();
    // Least squares without one row: the residual grows by 1 / (1 − H).
    const meanWithout = mean.map((f, i) => {
      const h = leverage[Math.floor(i / values.dims)];
      return h < ALONE ? (f - h * values.data[i]) / (1 - h) : NaN;
    });
    return { mean, meanWithout, leverage };
  },
  async at(weighing, values, queries, options) {
    const fit = new LocalFit(weighing, values, degree);
    const { mean } = await fit.predict(queries, options);
    fit.dispose();
    return mean;
  },
});
