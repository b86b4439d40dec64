import type { Smoother } from "../../bandwidth/smoother.ts";
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
