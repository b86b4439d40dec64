/** What cross-validation asks of local polynomials of degree 1 and 2: fits at the keys, each without itself, and elsewhere. */
import type { Smoother } from "../../bandwidth/select.ts";
import { LocalFit } from "../local-polynomial/local-fit.ts";

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
