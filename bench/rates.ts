/** How fast the error falls with the number of keys, in one to three coordinates: measured, next to the theory's rate. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import type { Points, RegressionInput } from "../src/index.ts";

export interface RateRow {
  readonly dims: number;
  readonly n: number;
  /** h = 0.25 n^(−1/(d+4)). */
  readonly bandwidth: number;
  /** Root of the mean squared error inside the cube, over several samples. */
  readonly error: number;
  /** Of that error, by how much the samples differ. */
  readonly standardError: number;
}

export interface Rate {
  readonly dims: number;
  /** Of log error against log n, by least squares. */
  readonly slope: number;
  /** −2 / (d + 4) (Mack and Silverman 1982; Stone 1980). */
  readonly theory: number;
}

const QUERIES = 300;

export const truth = (x: readonly number[]): number =>
  x.reduce((sum, each) => sum + Math.sin(5 * each), 0) / Math.sqrt(x.length);

export async function measureRates(
  regress: (input: RegressionInput, queries: Points) => Promise<Float64Array>,
  sizes: readonly number[],
  samples: number,
): Promise<RateRow[]> {
  const rows: RateRow[] = [];
  for (const dims of [1, 2, 3])
    for (const n of sizes) {
      const source = randomLcg(0.1 + dims / 10);
      const uniform = randomUniform.source(source)(0, 1);
      const normal = randomNormal.source(source)(0, 0.5);
      const point = (from: number, to: number) =>
        Array.from({ length: dims }, () => from + (to - from) * uniform());
      const bandwidth = 0.25 * n ** (-1 / (dims + 4));
      const squares: number[] = [];
      for (let sample = 0; sample < samples; sample++) {
        const keys = Array.from({ length: n }, () => point(0, 1));
        const values = Float64Array.from(keys, (key) => truth(key) + normal());
        const queries = Array.from({ length: QUERIES }, () => point(0.3, 0.7));
        const mean = await regress({ keys, values, bandwidth }, queries);
        squares.push(queries.reduce((total, q, i) => total + (mean[i] - truth(q)) ** 2, 0) / QUERIES);
      }
      const square = squares.reduce((sum, each) => sum + each / samples, 0);
      const spread = squares.reduce((sum, each) => sum + (each - square) ** 2, 0) / (samples * (samples - 1));
      const error = Math.sqrt(square);
      rows.push({ dims, n, bandwidth, error, standardError: Math.sqrt(spread) / (2 * error) });
    }
  return rows;
}

export function ratesOf(rows: readonly RateRow[]): Rate[] {
  return [1, 2, 3].map((dims) => {
    const own = rows.filter((row) => row.dims === dims);
    const [x, y] = [own.map(({ n }) => Math.log(n)), own.map(({ error }) => Math.log(error))];
    const mean = (list: number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
    const [mx, my] = [mean(x), mean(y)];
    const slope =
      x.reduce((sum, each, i) => sum + (each - mx) * (y[i] - my), 0) /
      x.reduce((sum, each) => sum + (each - mx) ** 2, 0);
    return { dims, slope, theory: -2 / (dims + 4) };
  });
}
