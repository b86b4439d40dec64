/** What the explorer computes: curves, densities, classes or a map, by whatever method is fastest. */
import {
  type Engine,
  KernelClassifier,
  KernelDensity,
  type KernelName,
  KernelRegression,
  type RunReport,
} from "../../src/index.ts";
import { kernels } from "../../src/kernels/builtin.ts";
import { logWeightsOfSums } from "../../src/partials/finish.ts";
import type { PartialSums } from "../../src/partials/partial-sums.ts";
import { type Data, drawRows, keysOf, MANY, rangeOf, type Series, takeRows, usualRange } from "./data.ts";
import { type ExploreState, viewOf } from "./state.ts";

/** Queries of a curve: as many as a wide screen has columns. */
const PLACES = 600;
/** Residuals that are drawn. */
const MOST_RESIDUALS = 5000;

/** One curve, and what is known of it at each place. */
export interface CurveFit {
  /** The group's value, or "". */
  readonly name: string;
  readonly places: Float64Array;
  readonly curve: Float64Array;
  /** The 95 % band; NaN where rows are too few for one. */
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
  /** How fast the curve changes, in units of y per unit of x. */
  readonly slope?: Float64Array;
  /** The conditional quartiles. */
  readonly quartiles?: readonly [Float64Array, Float64Array];
  /** How many rows count at each place: the sum of their weights, of which a row at the place has 1. */
  readonly support?: Float64Array;
  readonly report: RunReport;
  /** Cells of x in which rows were summed; absent where every row was one by itself. */
  readonly cells?: number;
}

export interface Residuals {
  readonly x: Float64Array;
  readonly residual: Float64Array;
  /** What they are, and of which rows. */
  readonly what: string;
}

export interface Curves {
  readonly kind: "curves";
  readonly curves: readonly CurveFit[];
  readonly kept: readonly CurveFit[];
  readonly residuals?: Residuals;
  readonly widths: readonly number[];
  readonly report: RunReport;
  readonly milliseconds: number;
}

export interface ClassFit {
  readonly kind: "classes";
  readonly places: Float64Array;
  readonly classes: readonly string[];
  /** places × classes. */
  readonly probability: Float64Array;
  readonly widths: readonly number[];
  readonly report: RunReport;
  readonly milliseconds: number;
}

export interface MapFit {
  readonly kind: "map";
  readonly columns: number;
  readonly rows: number;
  /** What is shown of either coordinate. */
  readonly view: readonly [readonly [number, number], readonly [number, number]];
  /** Rows from the bottom up. */
  readonly grid: Float64Array;
  readonly widths: readonly number[];
  readonly report: RunReport;
  readonly milliseconds: number;
  /** The mean of y; absent where y is text. */
  readonly mean?: Float64Array;
  /** With the mean: how many rows count at each place. */
  readonly support?: Float64Array;
  /** Where y is text: its classes, and grid × classes. */
  readonly classes?: readonly string[];
  readonly probability?: Float64Array;
}

export type Fit = Curves | ClassFit | MapFit;

export interface FitSettings {
  readonly signal: AbortSignal;
  /** One for each coordinate. */
  readonly widths: readonly number[];
  /** While the slider is dragged, what is slow waits. */
  readonly isDragging: boolean;
}

/** What a picture of this state needs. */
export function fitPicture(
  engine: Engine,
  data: Data,
  state: ExploreState,
  settings: FitSettings,
): Promise<Fit> {
  if (data.second) return fitMap(engine, data, state, settings);
  if (data.labels) return fitClasses(engine, data, state, settings);
  return fitCurves(engine, data, state, settings);
}

async function fitCurves(
  engine: Engine,
  data: Data,
  state: ExploreState,
  { signal, widths, isDragging }: FitSettings,
): Promise<Curves> {
  const start = performance.now();
  const places = placesOver(viewOf(state, data.range));
  const extras = !isDragging || data.x.length <= MANY;
  const wanted: Wanted = {
    band: state.band && extras,
    slope: state.below === "slope" && extras,
    quartiles: state.quartiles && !isDragging,
    support: !isDragging,
    exact: !isDragging,
  };
  const [width] = widths;
  const how = { kernel: state.kernel, degree: state.degree, width };
  const curves: CurveFit[] = [];
  for (const each of data.series) curves.push(await fitSeries(engine, each, places, how, wanted, signal));
  const kept: CurveFit[] = [];
  if (data.y)
    for (const each of state.kept)
      kept.push(
        await fitSeries(engine, { ...data.series[0], ...wholeOf(data) }, places, each, plain, signal),
      );
  const residuals =
    extras && data.y && (state.below === "residuals" || state.below === "loo")
      ? await residualsOf(engine, data, state, width, signal)
      : undefined;
  const { report } = curves[0];
  return {
    ...{ kind: "curves", curves, kept, residuals, widths, report },
    milliseconds: performance.now() - start,
  };
}

/** All rows as one series. */
const wholeOf = ({ x, y, series }: Data): Series => (series.length === 1 ? series[0] : { name: "", x, y });

interface Wanted {
  readonly band: boolean;
  readonly slope: boolean;
  readonly quartiles: boolean;
  readonly support: boolean;
  /** Every row by itself where there is a fast way; else in cells. */
  readonly exact: boolean;
}

/** A curve and nothing else. */
const plain: Wanted = { band: false, slope: false, quartiles: false, support: false, exact: false };

interface How {
  readonly kernel: KernelName;
  readonly degree: 0 | 1 | 2;
  readonly width: number;
}

/** The rows of a series as keys: in cells where they are many, unless every row by itself is as fast. */
function keysFor({ x, y, cells }: Series, { degree, width }: How, exact: boolean) {
  const isFast = y === undefined || degree === 0;
  if (!cells?.serve(width) || (exact && isFast)) return { input: { keys: x, values: y } };
  const { keys, values, sampleWeights, count } = cells.forBandwidth(width);
  return { input: { keys, values, sampleWeights, weightType: "frequency" as const }, count };
}

async function fitSeries(
  engine: Engine,
  series: Series,
  places: Float64Array,
  how: How,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<CurveFit> {
  const { kernel, degree, width } = how;
  const options = { engine, signal };
  const { input, count } = keysFor(series, how, wanted.exact);
  const { values, ...keys } = input;
  const shared = { name: series.name, places, cells: count };
  const support = wanted.support ? await supportOf(engine, series, places, how, signal) : undefined;
  if (!values) {
    using model = await KernelDensity.fit({ ...keys, kernel, bandwidth: width }, options);
    const { density, report } = await model.evaluate(places, { signal });
    return { ...shared, curve: density, report, support };
  }
  using model = await KernelRegression.fit({ ...keys, values, kernel, bandwidth: width, degree }, options);
  const { mean, lower, upper, gradient, report } = await model.predict(places, {
    ...{ signal, gradient: wanted.slope },
    ...(wanted.band && { confidence: 0.95 }),
  });
  const quartiles = wanted.quartiles ? await quartilesOf(engine, series, places, how, signal) : undefined;
  return { ...shared, curve: mean, lower, upper, slope: gradient, quartiles, report, support };
}

async function supportOf(
  engine: Engine,
  series: Series,
  places: Float64Array,
  how: How,
  signal: AbortSignal,
): Promise<Float64Array> {
  const { input } = keysFor(series, { ...how, degree: 1 }, false);
  const { kernel, width: bandwidth } = how;
  const values = new Float64Array(input.keys.length);
  using model = await KernelRegression.fit({ ...input, values, kernel, bandwidth }, { engine, signal });
  return inRows(await model.partial(places, { signal, id: SHOWN }), kernel);
}

/** Without a name, rows are hashed, which takes as long as their sums. */
const SHOWN = "rows on the page";

/** Sums of weights, of which a row at the place itself has 1. */
function inRows(sums: PartialSums, kernel: KernelName): Float64Array {
  const { alpha } = kernels.get(kernel)!;
  return logWeightsOfSums(sums).map((log) => Math.exp(log) / alpha(0));
}

async function quartilesOf(
  engine: Engine,
  { x, y }: Series,
  places: Float64Array,
  { kernel, width: bandwidth }: How,
  signal: AbortSignal,
): Promise<[Float64Array, Float64Array]> {
  const rows = drawRows(x.length, MANY);
  const [keys, values] = [x, y!].map((column) => takeRows(column, rows));
  using model = await KernelRegression.fit({ keys, values, kernel, bandwidth }, { engine, signal });
  const both = await model.quantiles(places, [0.25, 0.75], { signal });
  return [places.map((_, i) => both[2 * i]), places.map((_, i) => both[2 * i + 1])];
}

async function residualsOf(
  engine: Engine,
  data: Data,
  { kernel, degree, below }: ExploreState,
  width: number,
  signal: AbortSignal,
): Promise<Residuals> {
  const { x, y } = data;
  const n = x.length;
  const all = n.toLocaleString("en");
  const input = { kernel, degree, bandwidth: width };
  if (n <= MANY) {
    using model = await KernelRegression.fit({ ...input, keys: x, values: y! }, { engine, signal });
    const { residuals, leaveOneOutResiduals } = await model.diagnostics({ signal });
    const residual = below === "loo" ? leaveOneOutResiduals : residuals;
    return {
      x,
      residual,
      what: `${below === "loo" ? "leave-one-out residuals" : "residuals"} of ${all} rows`,
    };
  }
  const rows = drawRows(n, MOST_RESIDUALS);
  const [places, observed] = [x, y!].map((column) => takeRows(column, rows));
  const { input: keys } = keysFor(wholeOf(data), { kernel, degree, width }, true);
  using model = await KernelRegression.fit({ ...keys, ...input, values: keys.values! }, { engine, signal });
  const { mean } = await model.predict(places, { signal });
  const residual = observed.map((v, i) => v - mean[i]);
  return {
    x: places,
    residual,
    what: `residuals of ${rows.length.toLocaleString("en")} rows drawn from ${all}`,
  };
}

/** How probable each class is over the range of x. */
async function fitClasses(
  engine: Engine,
  data: Data,
  { kernel, ...view }: ExploreState,
  { signal, widths }: FitSettings,
): Promise<ClassFit> {
  const start = performance.now();
  const places = placesOver(viewOf(view, data.range));
  const input = { keys: data.x, labels: data.labels!, kernel, bandwidth: widths };
  using model = await KernelClassifier.fit(input, { engine, signal });
  const { probability, report } = await model.predict(places, { signal });
  const { classes } = model;
  return {
    ...{ kind: "classes", places, classes, probability, widths, report },
    milliseconds: performance.now() - start,
  };
}

const placesOver = ([least, most]: readonly [number, number]) =>
  Float64Array.from({ length: PLACES }, (_, i) => least + (i / (PLACES - 1)) * (most - least));

/** The mean of y over x and the second coordinate, or how probable each of its classes is. */
async function fitMap(
  engine: Engine,
  data: Data,
  { kernel, degree, ...state }: ExploreState,
  { signal, widths, isDragging }: FitSettings,
): Promise<MapFit> {
  const start = performance.now();
  const [columns, rows] = [90, 60];
  const view = [viewOf(state, data.range), data.second!.range] as const;
  const grid = new Float64Array(2 * columns * rows);
  for (let i = 0; i < columns * rows; i++) {
    const share = [((i % columns) + 0.5) / columns, (Math.floor(i / columns) + 0.5) / rows];
    for (const j of [0, 1]) grid[2 * i + j] = view[j][0] + share[j] * (view[j][1] - view[j][0]);
  }
  // A plane around every place of the map is slow where rows are many: means are fast.
  const power = data.x.length > MANY || isDragging ? 0 : degree;
  const input = { keys: keysOf(data), kernel, bandwidth: widths };
  const queries = { data: grid, dims: 2 };
  const map = { kind: "map", columns, rows, view, grid, widths } as const;
  if (data.labels) {
    using model = await KernelClassifier.fit({ ...input, labels: data.labels }, { engine, signal });
    const { probability, report } = await model.predict(queries, { signal });
    return {
      ...{ ...map, classes: model.classes, probability, report },
      milliseconds: performance.now() - start,
    };
  }
  using model = await KernelRegression.fit({ ...input, values: data.y!, degree: power }, { engine, signal });
  const { mean, report } = await model.predict(queries, { signal });
  const flat =
    power > 0 ? await KernelRegression.fit({ ...input, values: data.y! }, { engine, signal }) : model;
  const sums = await flat.partial(queries, { signal, id: SHOWN }).finally(() => flat.dispose());
  const support = inRows(sums, kernel);
  return { ...map, mean, support, report, milliseconds: performance.now() - start };
}

/** Both coordinates' bandwidths from that of x: the second is the same share of its range, unless it was given. */
export function widthsOf(
  { range, second }: Data,
  { width, width2 }: Pick<ExploreState, "width" | "width2">,
): number[] {
  if (!second) return [width];
  const other = second.range;
  return [width, width2 > 0 ? width2 : (width * (other[1] - other[0])) / (range[1] - range[0] || 1)];
}

/** The rows of a rectangle of a map, and those of all that they are compared with. */
export interface SelectedRows {
  readonly data: Data;
  readonly all: Series;
}

/** The rows within a rectangle; undefined where they are too few for a curve. */
export function rowsWithin(
  { x, y, second, dates }: Data,
  rectangle: { readonly x: readonly [number, number]; readonly y: readonly [number, number] },
): SelectedRows | undefined {
  const rows: number[] = [];
  for (let i = 0; i < x.length; i++) {
    const inX = x[i] >= rectangle.x[0] && x[i] <= rectangle.x[1];
    if (inX && second!.x[i] >= rectangle.y[0] && second!.x[i] <= rectangle.y[1]) rows.push(i);
  }
  if (rows.length < 3) return undefined;
  const of = (name: string, wanted: ArrayLike<number>) => ({
    ...{ name, x: takeRows(x, wanted), y: takeRows(y!, wanted) },
  });
  const own = of("", rows);
  const data = {
    ...{ x: own.x, y: own.y, series: [own], dropped: 0, missing: [], dates },
    ...{ range: rectangle.x, yRange: rangeOf(own.y), yUsual: usualRange(own.y) },
  };
  return { data, all: of("all rows", drawRows(x.length, MANY)) };
}

/** The curve of a selection's rows, and that of all rows over the same stretch. */
export async function fitSelection(
  engine: Engine,
  { data, all }: SelectedRows,
  state: ExploreState,
  { signal, widths }: Pick<FitSettings, "signal" | "widths">,
): Promise<Curves> {
  const start = performance.now();
  const places = placesOver(data.range);
  const how = { kernel: state.kernel, degree: state.degree, width: widths[0] };
  const wanted = { ...plain, band: state.band, support: true };
  const curve = await fitSeries(engine, data.series[0], places, how, wanted, signal);
  const whole = await fitSeries(engine, all, places, how, plain, signal);
  return {
    ...{ kind: "curves", curves: [curve], kept: [whole], widths, report: curve.report },
    milliseconds: performance.now() - start,
  };
}
