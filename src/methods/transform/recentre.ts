/**
 * Moments where a bandwidth is wider than the keys' extent. Differences in bandwidths are small there, and errors that are shares of the
 * weights would drown their powers. So along such a coordinate u = (k − centre) / (half the extent) is summed, as columns of
 * values, and powers of the difference are made of powers of u at the query: t = (u − u_q) · (half the extent) / h.
 */
import { extentsOf } from "../../data/extents.ts";
import type { Matrix } from "../../data/matrix.ts";
import type { Moment } from "../../problem/moments.ts";
import type { Problem } from "../../problem/problem.ts";

/** For each coordinate half of the keys' extent in bandwidths, at most 1: the size of differences that moments are known by. */
export function momentUnits({ keys, bandwidth }: Pick<Problem, "keys" | "bandwidth">): number[] {
  return middles(keys).map(({ half }, j) => Math.min(half / bandwidth[j], 1));
}

interface Middle {
  readonly centre: number;
  readonly half: number;
}

const middles = (matrix: Matrix): Middle[] =>
  extentsOf(matrix).map(({ least, most }) => ({
    centre: least + (most - least) / 2,
    half: (most - least) / 2,
  }));

/** A charge: a column, or 1, times powers of u along the wide coordinates. */
interface Charge {
  readonly column: number | undefined;
  readonly powers: readonly number[];
}

/** What a moment takes from the mean `from`: `factor` times powers of −u at the query. */
interface Term {
  readonly moment: number;
  readonly from: number;
  readonly factor: number;
  readonly powers: readonly number[];
}

export class Recentring {
  /** The problem whose means the moments are made of. */
  readonly problem: Problem;
  private readonly middles: readonly Middle[];
  private readonly terms: readonly Term[];
  private readonly moments: number;

  private constructor(
    problem: Problem,
    moments: readonly Moment[],
    wide: readonly boolean[],
    all: readonly Middle[],
  ) {
    this.middles = all;
    this.moments = moments.length;
    const { bandwidth, keys, values } = problem;
    const charges: Charge[] = [];
    const made: Moment[] = [];
    const names = new Map<string, number>();
    /** The index of what is named, which is made on first use. */
    const indexOf = (name: string, make: () => number) => {
      const known = names.get(name) ?? make();
      names.set(name, known);
      return known;
    };
    const chargeOf = (column: number | undefined, powers: readonly number[]) =>
      column === undefined && powers.every((power) => power === 0)
        ? undefined
        : indexOf(`charge ${column} ${powers}`, () => charges.push({ column, powers }) - 1);
    this.terms = moments.flatMap(({ column, powers }, moment) => {
      const narrow = powers.map((power, j) => (wide[j] ? 0 : power));
      const outer = powers.map((power, j) => (wide[j] ? power : 0));
      const scale = outer.reduce((product, power, j) => product * (all[j].half / bandwidth[j]) ** power, 1);
      return below(outer).map((inner): Term => {
        const from = indexOf(
          `moment ${column} ${inner} ${narrow}`,
          () => made.push({ column: chargeOf(column, inner), powers: narrow }) - 1,
        );
        const factor = inner.reduce((product, power, j) => product * choose(outer[j], power), scale);
        return { moment, from, factor, powers: outer.map((power, j) => power - inner[j]) };
      });
    });
    let data: Float64Array | undefined;
    const charged: Matrix = {
      ...{ count: keys.count, dims: charges.length },
      get data() {
        data ??= dataOf(keys, values, charges, all);
        return data;
      },
    };
    this.problem = { ...problem, values: charged, moments: made };
  }

  /** Undefined where there are no moments of differences, or no coordinate is wide. */
  static of(problem: Problem): Recentring | undefined {
    const { keys, bandwidth, moments } = problem;
    if (!moments?.some(({ powers }) => powers.some((power) => power > 0))) return undefined;
    const all = middles(keys);
    const wide = all.map(({ half }, j) => half > 0 && bandwidth[j] >= half);
    return wide.includes(true) ? new Recentring(problem, moments, wide, all) : undefined;
  }

  /** Means of the problem, m × its moments. */
  get columns(): number {
    return this.problem.moments!.length;
  }

  /** Writes the moments of all queries. */
  apply(queries: Matrix, means: Float64Array, moments: Float64Array): void {
    const { terms, middles: all, columns } = this;
    const { data, dims, count } = queries;
    moments.fill(0);
    for (let q = 0; q < count; q++)
      for (const { moment, from, factor, powers } of terms) {
        let term = factor * means[q * columns + from];
        for (let j = 0; j < dims; j++)
          if (powers[j] > 0) term *= ((all[j].centre - data[q * dims + j]) / all[j].half) ** powers[j];
        moments[q * this.moments + moment] += term;
      }
  }
}

/** All powers up to those, coordinate by coordinate. */
const below = (powers: readonly number[]): number[][] =>
  powers.reduce<number[][]>(
    (all, most) => all.flatMap((each) => Array.from({ length: most + 1 }, (_, power) => [...each, power])),
    [[]],
  );

const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);

function dataOf(
  keys: Matrix,
  values: Matrix,
  charges: readonly Charge[],
  all: readonly Middle[],
): Float64Array {
  const { dims, count } = keys;
  const data = new Float64Array(count * charges.length);
  for (const [c, { column, powers }] of charges.entries())
    for (let i = 0; i < count; i++) {
      let charge = column === undefined ? 1 : values.data[i * values.dims + column];
      for (let j = 0; j < dims; j++)
        for (let power = powers[j]; power > 0; power--)
          charge *= (keys.data[i * dims + j] - all[j].centre) / all[j].half;
      data[i * charges.length + c] = charge;
    }
  return data;
}
