/** The double loop in plain JavaScript, float64, one thread. Gaussian, one value column. */
import type { Workload } from "../workload.ts";

export async function javascript({
  keys,
  values,
  queries,
  dims,
  bandwidth,
}: Workload): Promise<Float64Array> {
  const n = values.length;
  const m = queries.length / dims;
  const exponent = -1 / (2 * bandwidth * bandwidth);
  const means = new Float64Array(m);
  for (let q = 0; q < m; q++) {
    let sum = 0;
    let weighted = 0;
    for (let i = 0; i < n; i++) {
      let squared = 0;
      for (let j = 0; j < dims; j++) {
        const d = queries[q * dims + j] - keys[i * dims + j];
        squared += d * d;
      }
      const weight = Math.exp(exponent * squared);
      sum += weight;
      weighted += weight * values[i];
    }
    means[q] = weighted / sum;
  }
  return means;
}
