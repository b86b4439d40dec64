/**
 * Categorical coordinates in a product with Gaussians (Li and Racine 2007, ch. 4). Their kernels are exact Gaussians of
 * distances between well-chosen points, so nothing else has to know of them: c categories are the corners of a simplex, all
 * equally far apart, and ordered ones climb a thermometer, whose squared distances are the differences in rank.
 *
 *   aitchison-aitken (1976)   1 − λ where equal, else λ / (c − 1);           0 ≤ λ ≤ (c − 1) / c
 *   li-racine (2003)          1 where equal, else λ;                          0 ≤ λ ≤ 1
 *   wang-van-ryzin (1981)     1 − λ where equal, else (1 − λ) λ^|i − j| / 2;   0 ≤ λ ≤ 1
 *
 * The number c and the ranks are those of the declared levels, or else of the categories that the keys have.
 */

import { NadarayaError, show } from "../common/errors.ts";
import { checkOptions, isRecord } from "../common/options.ts";
import { didYouMean } from "../common/suggestions.ts";
import { MAX_COORDINATES, type Matrix, type Places } from "../data/matrix.ts";
import { isGaussian } from "./builtin.ts";
import type { Kernel } from "./kernel.ts";

/** Whether a coordinate is a number, or an unordered or ordered category. */
export type CoordinateKind = "continuous" | "aitchison-aitken" | "li-racine" | "wang-van-ryzin";

/** A coordinate of categories, with all that there are. */
export interface CategoryCoordinate {
  readonly kind: Exclude<CoordinateKind, "continuous">;
  /** All categories, also those that no key has; ordered ones in their order. */
  readonly levels: readonly number[];
}

const kinds: readonly string[] = ["continuous", "aitchison-aitken", "li-racine", "wang-van-ryzin"];

const isKnown = (given: unknown) => isRecord(given) || kinds.includes(given as string);

/** Bandwidths that stand for 0 and ∞: e^−700 and less is nothing, and 1 − e^−1e-24 is nothing either. */
const NARROWEST = 1 / Math.sqrt(700);
const WIDEST = 1e12;
/** The weight of a bandwidth, as far as a search goes. */
const LEAST_LAMBDA = 1e-4;

/** The bandwidth of the Gaussian that falls to `ratio` at a squared distance of `squared`. */
const widthFor = (ratio: number, squared: number) =>
  Math.min(Math.max(Math.sqrt(squared / 2 / Math.max(-Math.log(ratio), 0)), NARROWEST), WIDEST);

interface Coordinate {
  readonly kind: CoordinateKind;
  /** The categories in their order, ascending if they were not declared; none for a continuous coordinate. */
  readonly levels: readonly number[];
  readonly isDeclared: boolean;
}

export class Categories {
  /** Coordinates that the engine sees. */
  readonly dims: number;
  private readonly all: readonly Coordinate[];

  /** @throws NadarayaError "invalid-input" */
  constructor(keys: Matrix, given: readonly (CoordinateKind | CategoryCoordinate)[]) {
    if (given.length !== keys.dims || !given.every(isKnown)) {
      throw new NadarayaError(
        "invalid-input",
        `coordinates is ${given.map(show).join(", ")}, expected one of ${kinds.join(", ")} for each of the ${keys.dims} coordinates${didYouMean(
          given.find((each) => !isKnown(each)),
          kinds,
        )}`,
      );
    }
    this.all = given.map((each, j) => {
      if (typeof each !== "string") return { ...declared(each, j), isDeclared: true };
      return { kind: each, levels: each === "continuous" ? [] : levelsOf(keys, j, each), isDeclared: false };
    });
    this.dims = this.all.reduce((sum, coordinate) => sum + sizeOf(coordinate), 0);
  }

  /** Coordinates that the user sees. */
  get count(): number {
    return this.all.length;
  }

  /** The first of the engine's coordinates that stand for coordinate j. */
  place(j: number): number {
    return this.all.slice(0, j).reduce((sum, coordinate) => sum + sizeOf(coordinate), 0);
  }

  /** The indices of the continuous coordinates. */
  get continuous(): readonly number[] {
    return [...this.all.keys()].filter((j) => this.all[j].kind === "continuous");
  }

  /** For each of the engine's coordinates whether it is continuous: λ is λ, however wide the window of a query is. */
  get stretched(): readonly boolean[] {
    return this.all.flatMap((coordinate) =>
      new Array<boolean>(sizeOf(coordinate)).fill(coordinate.kind === "continuous"),
    );
  }

  /** The coordinates as they were given. */
  get coordinates(): readonly (CoordinateKind | CategoryCoordinate)[] {
    return this.all.map(({ kind, levels, isDeclared }) =>
      isDeclared && kind !== "continuous" ? { kind, levels: [...levels] } : kind,
    );
  }

  /**
   * The points that stand for rows.
   * @param areQueries then a category that no key has is as far from all of them, if the levels are not declared and have no order
   * @param places the indices that messages give the rows
   * @throws NadarayaError "invalid-input" for a category that there is not
   */
  embed({ data, dims, count }: Matrix, name: string, areQueries = false, places?: Places): Matrix {
    const result = new Float64Array(count * this.dims);
    for (let i = 0; i < count; i++) {
      let at = i * this.dims;
      for (const [j, coordinate] of this.all.entries()) {
        const x = data[i * dims + j];
        const { kind, levels, isDeclared } = coordinate;
        const c = levels.length;
        const rank = levels.indexOf(x);
        if (kind === "continuous") result[at] = x;
        else if (rank >= 0) {
          result[at + rank] = 1;
          if (kind === "wang-van-ryzin") result.fill(1, at + c, at + c + rank);
        } else if (areQueries && !isDeclared && kind !== "wang-van-ryzin") {
          // As far from each corner of the simplex as they are apart: c t² − 2t = 1.
          result.fill((1 + Math.sqrt(1 + c)) / c, at, at + c);
        } else {
          const whose = isDeclared ? "levels" : "categories";
          throw new NadarayaError(
            "invalid-input",
            `${name}[${places ? places[i] : i}][${j}] is ${x}, expected one of the ${whose} ${levels.join(", ")} of ${isDeclared ? `coordinates[${j}]` : `the keys; declare others: coordinates[${j}]: { kind: "${kind}", levels: […] }`}`,
          );
        }
        at += sizeOf(coordinate);
      }
    }
    return { data: result, count, dims: this.dims };
  }

  /**
   * Densities are over the categories that there are.
   * @param points that `embed` returned
   * @throws NadarayaError "invalid-input" for a category that no key has
   */
  assertKnown({ data }: Matrix): void {
    for (const [j, { kind, levels }] of this.all.entries()) {
      for (let at = this.place(j); at < data.length && kind !== "continuous"; at += this.dims)
        // A corner of the simplex has one 1.
        if (data.subarray(at, at + levels.length).reduce((sum, x) => sum + x, 0) !== 1)
          throw new NadarayaError(
            "invalid-input",
            `queries[${Math.floor(at / this.dims)}][${j}] is a category that no key has, whose density depends on how many there are; declare them: coordinates[${j}]: { kind: "${kind}", levels: […] }`,
          );
    }
  }

  /** The engine's bandwidths: for a category those at which the points' Gaussians are the kernel's weights. */
  engineBandwidth(bandwidth: readonly number[]): number[] {
    return this.all.flatMap(({ kind, levels }, j) => {
      const lambda = bandwidth[j];
      const c = levels.length;
      const simplex = (ratio: number) => new Array<number>(c).fill(widthFor(ratio, 2));
      if (kind === "continuous") return [lambda];
      if (kind === "aitchison-aitken") return simplex(lambda / ((c - 1) * (1 - lambda)));
      if (kind === "li-racine") return simplex(lambda);
      return [...simplex(0.5), ...new Array<number>(c - 1).fill(widthFor(lambda, 1))];
    });
  }

  /** The log of the kernels' weight of equal categories, which is 1 for the engine: Σ log(1 − λ), without Li and Racine's. */
  logEqual(bandwidth: readonly number[]): number {
    return this.all.reduce(
      (sum, { kind }, j) =>
        kind === "aitchison-aitken" || kind === "wang-van-ryzin" ? sum + Math.log1p(-bandwidth[j]) : sum,
      0,
    );
  }

  /** The log of what the categories' kernels, 1 where equal, sum to over all categories; of Wang and van Ryzin's, to less than that. */
  logSum(bandwidth: readonly number[]): number {
    return this.all.reduce(
      (sum, { kind, levels }, j) =>
        kind === "li-racine" ? sum + Math.log1p((levels.length - 1) * bandwidth[j]) : sum,
      -this.logEqual(bandwidth),
    );
  }

  /** Where a search for λ looks; undefined for a continuous coordinate. */
  limits(j: number): readonly [number, number] | undefined {
    const most = this.most(j);
    return most === undefined ? undefined : [most * LEAST_LAMBDA, most];
  }

  /** A rule of thumb for λ, as it should fall with n: n^(−2/(4+p)) of the largest, for p continuous coordinates. */
  thumb(j: number, n: number): number | undefined {
    const most = this.most(j);
    return most === undefined ? undefined : most * n ** (-2 / (4 + this.continuous.length));
  }

  /** @throws NadarayaError "invalid-bandwidth" */
  check(bandwidth: readonly number[]): void {
    for (const [j, lambda] of bandwidth.entries()) {
      const most = this.most(j);
      if (most !== undefined && !(lambda <= most)) {
        throw new NadarayaError(
          "invalid-bandwidth",
          `bandwidth[${j}] is ${lambda}, expected at most ${most} for "${this.all[j].kind}"`,
        );
      }
    }
  }

  private most(j: number): number | undefined {
    const { kind, levels } = this.all[j];
    if (kind === "continuous") return undefined;
    if (kind === "aitchison-aitken") return (levels.length - 1) / levels.length;
    return kind === "li-racine" ? 1 : 1 - 1e-9;
  }
}

const sizeOf = ({ kind, levels }: Coordinate) =>
  kind === "continuous" ? 1 : kind === "wang-van-ryzin" ? 2 * levels.length - 1 : levels.length;

/** @throws NadarayaError "invalid-input" for levels that are no list of different numbers */
function declared(given: CategoryCoordinate, j: number): CategoryCoordinate {
  const where = `coordinates[${j}]`;
  checkOptions(given, ["kind", "levels"], where);
  const { kind, levels } = given;
  if (!kinds.includes(kind) || (kind as CoordinateKind) === "continuous")
    throw new NadarayaError(
      "invalid-input",
      `${where}.kind is ${show(kind)}, expected one of ${kinds.slice(1).join(", ")}`,
    );
  const isList = Array.isArray(levels) && levels.length > 1 && new Set(levels).size === levels.length;
  if (!isList || !levels.every(Number.isFinite))
    throw new NadarayaError(
      "invalid-input",
      `${where}.levels is ${Array.isArray(levels) ? levels.map(show).join(", ") : show(levels)}, expected an array of two or more different numbers`,
    );
  return { kind, levels };
}

/** The distinct numbers of a column, ascending; ordered ones are a step apart whatever their difference. */
function levelsOf({ data, dims }: Matrix, j: number, kind: CoordinateKind): number[] {
  const levels = new Set<number>();
  for (let at = j; at < data.length; at += dims) levels.add(data[at]);
  if (levels.size < 2 && kind !== "li-racine")
    throw new NadarayaError(
      "invalid-input",
      `coordinate ${j} of the keys has one category only, expected at least two; declare others: coordinates[${j}]: { kind: "${kind}", levels: […] }`,
    );
  return [...levels].sort((a, b) => a - b);
}

/** The categories among coordinates; undefined where there are none. @throws NadarayaError "invalid-input", "unsupported" */
export function readCategories(
  coordinates: readonly (CoordinateKind | CategoryCoordinate)[],
  kernel: Kernel,
  keys: Matrix,
  neighbours: number | undefined,
): Categories | undefined {
  const categories = new Categories(keys, coordinates);
  if (categories.continuous.length === keys.dims) return undefined;
  if (!isGaussian(kernel) || categories.dims > MAX_COORDINATES) {
    const what = isGaussian(kernel)
      ? `${categories.dims} continuous coordinates and categories, more than ${MAX_COORDINATES},`
      : `the kernel "${kernel.name}"`;
    throw new NadarayaError("unsupported", `categories are available with the Gaussian, not with ${what}`);
  }
  if (neighbours !== undefined && categories.continuous.length === 0)
    throw new NadarayaError(
      "unsupported",
      "neighbours are those in the continuous coordinates; they are not available if all coordinates are categories",
    );
  return categories;
}
