/** Fits from grids that a database makes: sums of cells in place of rows, so that any SQL engine can hold the data. */

import { NadarayaError, show } from "../common/errors.ts";
import { assertInternal, INTERNAL } from "../common/internal.ts";
import { checkInput, checkOptions, isBetween, listOf, optionNames } from "../common/options.ts";
import { copyAsFloat64, isTypedArray, type TypedArray } from "../common/typed-arrays.ts";
import { columnMeans, type Points, readBandwidth, readPoints } from "../data/matrix.ts";
import type { Engine } from "../engine/engine.ts";
import { PREDICT_OPTIONS, type PredictOptions } from "../estimators/model/fit.ts";
import { squared } from "../estimators/uncertainty/squared-kernel.ts";
import type { KernelName } from "../kernels/builtin.ts";
import type { Shape } from "../kernels/kernel.ts";
import { type ShardInput, sumsOfShard } from "./compute.ts";
import { densitiesOfSums, type MergedMeans, meansOfSums } from "./finish.ts";
import type { PartialSums } from "./partial-sums.ts";
import type { WeightedRows } from "./weighted-sums.ts";

/** Sums of the rows of each cell. By linear binning (Jones and Lotwick 1984), each row is shared among the corners of the cell in which it lies. */
export interface GridCells {
  /** Where the cells are: one to three coordinates each. */
  readonly x: Points;
  /** Σ w of each cell, w the share of a row; at least 0. */
  readonly weight: TypedArray | readonly number[];
  /** Σ w y; without it, the grid is for densities. */
  readonly sum?: TypedArray | readonly number[];
  /** Σ w y², for errors. */
  readonly squares?: TypedArray | readonly number[];
}

/** How cells are weighted. */
export interface GridSettings {
  readonly kernel?: KernelName;
  readonly shape?: Shape;
  /** In numbers, at least twice as wide as the cells. */
  readonly bandwidth: number | readonly number[];
  readonly engine?: Engine;
  /** Takes what is not wrong but should be known; `console.warn` unless given. */
  readonly onWarning?: (message: string) => void;
}

const NAMES = optionNames<GridCells>()({ x: true, weight: true, sum: true, squares: true });
const SETTINGS = optionNames<GridSettings>()({
  kernel: true,
  shape: true,
  bandwidth: true,
  engine: true,
  onWarning: true,
});

/** The largest number of a cell. */
const MOST = Number.MAX_VALUE;

/** A regression, or a density, of the rows of a grid. */
export class GridFit {
  private readonly sumsAt: (queries: Points, options: PredictOptions) => Promise<PartialSums>;

  /** For `fromGrid`. */
  constructor(token: symbol, sumsAt: (queries: Points, options: PredictOptions) => Promise<PartialSums>) {
    assertInternal(token, "GridFit", "fromGrid(cells, { bandwidth })");
    this.sumsAt = sumsAt;
  }

  /** The sums at all queries, which merge with those of other grids and shards. */
  async partial(queries: Points, options: PredictOptions = {}): Promise<PartialSums> {
    checkOptions(options, PREDICT_OPTIONS, "partial");
    return this.sumsAt(queries, options);
  }

  /** The means, with standard errors and a band where the cells have squares: see `meansOfSums`. */
  async predict(
    queries: Points,
    options: PredictOptions & { readonly confidence?: number } = {},
  ): Promise<MergedMeans> {
    checkOptions(options, [...PREDICT_OPTIONS, "confidence"], "predict");
    const { confidence, ...others } = options;
    return meansOfSums(await this.sumsAt(queries, others), { confidence });
  }

  /** The density and its logarithm. */
  async evaluate(queries: Points, options: PredictOptions = {}): Promise<ReturnType<typeof densitiesOfSums>> {
    checkOptions(options, PREDICT_OPTIONS, "evaluate");
    return densitiesOfSums(await this.sumsAt(queries, options));
  }
}

/**
 * A fit to the sums of cells. It differs from one to the rows by what binning takes from the kernel: less than (δ/h)²/8 of α(0) in each
 * coordinate for the Gaussian, for cells δ apart.
 * @throws NadarayaError "invalid-input" for cells of different numbers, negative weights, sums of cells without weight; "invalid-bandwidth"
 */
export function fromGrid(cells: GridCells, settings: GridSettings): GridFit {
  checkInput(cells, NAMES, "fromGrid");
  checkInput(settings, SETTINGS, "fromGrid", { "the first argument": NAMES });
  const { data, dims, count } = readPoints(cells.x, "x");
  const numbers = (name: "weight" | "sum" | "squares") => {
    const given = cells[name];
    const list = isTypedArray(given) ? [...copyAsFloat64(given, name)] : listOf<unknown>(given, name);
    if (list.length !== count)
      throw new NadarayaError(
        "invalid-input",
        `${name} has ${list.length} numbers, expected ${count}, one a cell`,
      );
    const bad = list.findIndex((x) => !isBetween(x, name === "sum" ? -MOST : 0, MOST));
    if (bad >= 0)
      throw new NadarayaError(
        "invalid-input",
        `${name}[${bad}] is ${show(list[bad])}, expected a finite number${name === "sum" ? "" : " of at least 0"}`,
      );
    return Float64Array.from(list as number[]);
  };
  const weight = numbers("weight");
  const sum = cells.sum === undefined ? undefined : numbers("sum");
  const squares = cells.squares === undefined ? undefined : numbers("squares");
  if (squares && !sum)
    throw new NadarayaError("invalid-input", "cells have squares and no sum, expected both");
  const full = Array.from(weight.keys()).filter((i) => weight[i] > 0);
  const empty = weight.findIndex((w, i) => w === 0 && ((sum?.[i] ?? 0) !== 0 || (squares?.[i] ?? 0) !== 0));
  if (empty >= 0)
    throw new NadarayaError(
      "invalid-input",
      `cell ${empty} has a sum, and weight 0; expected a weight above 0`,
    );
  if (full.length === 0) throw new NadarayaError("invalid-input", "no cell has a weight above 0");
  const keys = Float64Array.from(
    { length: full.length * dims },
    (_, at) => data[full[Math.floor(at / dims)] * dims + (at % dims)],
  );
  const { kernel, shape, bandwidth, engine, onWarning = console.warn } = settings;
  const weights = Float64Array.from(full, (i) => weight[i]);
  const means = sum && Float64Array.from(full, (i) => sum[i] / weight[i]);
  const widths = readBandwidth(bandwidth, dims);
  warnOfWideCells(keys, dims, widths, onWarning);
  const input: ShardInput = {
    ...{ keys: { data: keys, dims }, values: means, sampleWeights: weights },
    ...{ kernel, shape, bandwidth: widths },
  };
  return new GridFit(INTERNAL, (queries, options) =>
    sumsOfShard(input, queries, { ...options, engine, errors: squares !== undefined }, ({ spec }) => ({
      spec,
      // Each row counts alone in Σ α²: a cell's weight, and not its square.
      squaredSpec: squared({ ...spec, copies: weights }).spec,
      ...powersOfCells(weights, means, squares && Float64Array.from(full, (i) => squares[i])),
    })),
  );
}

/** The cells' means around their centre and, with squares, the means of the rows' squares around it. */
function powersOfCells(
  weights: Float64Array,
  means: Float64Array | undefined,
  squares: Float64Array | undefined,
): Pick<WeightedRows, "centres" | "powers" | "exponents"> {
  const count = weights.length;
  if (!means)
    return {
      centres: new Float64Array(0),
      powers: { data: new Float64Array(0), count, dims: 0 },
      exponents: [],
    };
  const centres = columnMeans({ data: means, count, dims: 1 }, weights);
  const [centre] = centres;
  const dims = squares ? 2 : 1;
  const data = new Float64Array(count * dims);
  for (const [i, mean] of means.entries()) {
    const first = mean - centre;
    data[i * dims] = first;
    // No less than the square of the mean: what the database rounded may say so.
    if (squares)
      data[i * dims + 1] = Math.max(squares[i] / weights[i] - centre * (2 * mean - centre), first * first);
  }
  return { centres, powers: { data, count, dims }, exponents: [0] };
}

/** Cells wider than this share of the bandwidth are worth a warning. */
const WIDEST_CELL = 0.5;

function warnOfWideCells(
  keys: Float64Array,
  dims: number,
  bandwidth: readonly number[],
  onWarning: (message: string) => void,
): void {
  for (let j = 0; j < dims; j++) {
    const h = bandwidth[j];
    const places = Float64Array.from({ length: keys.length / dims }, (_, i) => keys[i * dims + j]).sort();
    let spacing = Infinity;
    for (let i = 1; i < places.length; i++)
      if (places[i] > places[i - 1]) spacing = Math.min(spacing, places[i] - places[i - 1]);
    if (!(spacing > WIDEST_CELL * h) || spacing === Infinity) continue;
    const share = ((spacing / h) ** 2 / 8) * 100;
    onWarning(
      `cells are ${spacing.toPrecision(3)} apart in coordinate ${j}, and the bandwidth is ${h}: binning takes up to ${share.toPrecision(2)} % of a weight; make cells of half a bandwidth, or less`,
    );
  }
}
