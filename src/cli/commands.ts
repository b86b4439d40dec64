/** What the commands on tables do. */
import {
  Engine,
  type FitOptions,
  KernelClassifier,
  KernelDensity,
  type KernelInput,
  KernelRegression,
  NadarayaError,
  type PredictOptions,
  type Progress,
  type RegressionInput,
} from "../index.ts";
import { readTable, writeTable } from "../io/files.ts";
import { type Column, numbersOf, type Table, type Wanted } from "../io/table.ts";
import { Reporter } from "./reporter.ts";

export interface CommonOptions {
  readonly x: readonly string[];
  readonly kernel: KernelInput["kernel"];
  readonly bandwidth: KernelInput["bandwidth"];
  readonly shape: KernelInput["shape"];
  readonly sampleWeights?: string;
  readonly weightType: KernelInput["weightType"];
  readonly adaptive?: boolean;
  readonly neighbours?: number;
  readonly missing: "error" | "drop";
  readonly output?: string;
  readonly backend: "auto" | "webgpu" | "cpu";
  readonly quiet?: boolean;
}

export interface PlaceOptions extends CommonOptions {
  readonly at?: string;
  readonly grid: number;
  readonly method: PredictOptions["method"];
  readonly tolerance: number;
}

export interface RegressOptions extends PlaceOptions {
  readonly y: readonly string[];
  readonly degree: "0" | "1" | "2";
  readonly standardError?: boolean;
  readonly confidence?: number;
  readonly gradient?: boolean;
  readonly quantiles?: readonly number[];
}

/** Grids of several columns have n^d places; more than this are hardly meant. */
const MOST_PLACES = 5e7;

/** What every command begins with, and ends with. */
async function using(
  file: string,
  options: CommonOptions,
  more: Wanted,
  work: (table: Table, input: KernelInput, run: Run) => Promise<Table>,
): Promise<void> {
  const reporter = new Reporter(options.quiet ?? false);
  const wanted: Record<string, "number" | "text"> = { ...more };
  for (const name of options.x) wanted[name] = "number";
  if (options.sampleWeights !== undefined) wanted[options.sampleWeights] = "number";
  const table = await readTable(file, { wanted, onProgress: (share) => reporter.progress("reading", share) });
  if (table.rows === 0) throw new NadarayaError("invalid-input", `${file} has no rows`);
  if (options.missing === "error") checkComplete(file, table);
  const engine = await Engine.create({ backend: options.backend });
  if (engine.info.reason) reporter.note(`no GPU here, computing on the CPU: ${engine.info.reason}`);
  const { kernel, shape, missing, adaptive, neighbours, sampleWeights, weightType } = options;
  const input: KernelInput = {
    ...{ kernel, shape, missing, adaptive, neighbours, weightType, bandwidth: options.bandwidth },
    keys: numbersOf(table, options.x),
    sampleWeights: sampleWeights === undefined ? undefined : (table.columns[sampleWeights] as Float64Array),
  };
  const run = {
    engine,
    reporter,
    onProgress: ({ done, total }: Progress) => reporter.progress("computing", done / total),
    onWarning: (message: string) => reporter.note(message),
  };
  const result = await work(table, input, run);
  reporter.done();
  await writeTable(result, options.output);
  engine.dispose();
}

/** @throws NadarayaError "invalid-input" that names the first empty cell. */
function checkComplete(file: string, { names, columns, rows }: Table): void {
  for (let i = 0; i < rows; i++)
    for (const name of names) {
      const cell = columns[name][i];
      if (cell === undefined || Number.isNaN(cell))
        throw new NadarayaError(
          "invalid-input",
          `${file}, row ${i + 1}, column "${name}" is empty; --missing drop leaves such rows out`,
        );
    }
}

interface Run {
  readonly engine: Engine;
  readonly reporter: Reporter;
  readonly onProgress: (progress: Progress) => void;
  readonly onWarning: (message: string) => void;
}

/** What of a run a fit takes. */
const fitting = ({ engine, onProgress, onWarning }: Run): FitOptions => ({ engine, onProgress, onWarning });

/** The places that are asked about: a file's rows, or a grid over the keys. */
async function places(
  table: Table,
  { at, grid, x }: PlaceOptions,
): Promise<{ data: Float64Array; dims: number }> {
  if (at !== undefined) {
    const placesTable = await readTable(at, {
      wanted: Object.fromEntries(x.map((name) => [name, "number"])),
    });
    return numbersOf(placesTable, x);
  }
  const count = grid ** x.length;
  if (count > MOST_PLACES) {
    throw new NadarayaError(
      "invalid-input",
      `a grid of ${grid} for each of ${x.length} columns has ${count} places, expected at most ${MOST_PLACES}`,
    );
  }
  const ranges = x.map((name) => {
    let [least, most] = [Infinity, -Infinity];
    for (const value of table.columns[name] as Float64Array)
      if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
    return [least, most];
  });
  const data = new Float64Array(count * x.length);
  for (let i = 0; i < count; i++)
    for (let j = 0, left = i; j < x.length; j++, left = Math.floor(left / grid)) {
      const [least, most] = ranges[j];
      data[i * x.length + j] = grid === 1 ? least : least + ((left % grid) / (grid - 1)) * (most - least);
    }
  return { data, dims: x.length };
}

/** The places' columns, and those of the results next to them. */
function resultTable(
  x: readonly string[],
  { data, dims }: { data: Float64Array; dims: number },
  more: [string, Column][],
): Table {
  const rows = data.length / dims;
  const placeColumns = x.map((name, j): [string, Column] => [name, pick(data, dims, j)]);
  const columns = [...placeColumns, ...more];
  return { names: columns.map(([name]) => name), rows, columns: Object.fromEntries(columns) };
}

/** Column j of row-major numbers. */
const pick = (data: Float64Array, width: number, j: number) =>
  Float64Array.from({ length: data.length / width }, (_, i) => data[i * width + j]);

const as = <K extends "number" | "text">(names: readonly string[], kind: K): Wanted =>
  Object.fromEntries(names.map((name) => [name, kind]));

export function regress(file: string, options: RegressOptions): Promise<void> {
  const { y, x } = options;
  return using(file, options, as(y, "number"), async (table, input, run) => {
    const degree = Number(options.degree) as RegressionInput["degree"];
    const model = await KernelRegression.fit({ ...input, values: numbersOf(table, y), degree }, fitting(run));
    tellFit(model, options, run);
    const queries = await places(table, options);
    const { method, tolerance, standardError, confidence, gradient, quantiles } = options;
    const predictOptions = {
      method,
      tolerance,
      standardError,
      confidence,
      gradient,
      onProgress: run.onProgress,
    };
    const prediction = await model.predict(queries, predictOptions);
    tellQueries(prediction.report, run);
    const more: [string, Column][] = y.map((name, c) => [name, pick(prediction.mean, y.length, c)]);
    const beside = (suffix: string, numbers: Float64Array | undefined) => {
      if (numbers)
        for (const [c, name] of y.entries()) more.push([`${name} ${suffix}`, pick(numbers, y.length, c)]);
    };
    beside("standard error", prediction.standardError);
    beside("lower", prediction.lower);
    beside("upper", prediction.upper);
    for (const [c, name] of y.entries())
      for (const [j, along] of x.entries())
        if (prediction.gradient)
          more.push([
            `d ${name} / d ${along}`,
            pick(prediction.gradient, y.length * x.length, c * x.length + j),
          ]);
    if (quantiles) {
      const numbers = await model.quantiles(queries, quantiles, { onProgress: run.onProgress });
      for (const [c, name] of y.entries())
        for (const [p, probability] of quantiles.entries()) {
          const width = y.length * quantiles.length;
          more.push([`${name} quantile ${probability}`, pick(numbers, width, c * quantiles.length + p)]);
        }
    }
    return resultTable(x, queries, more);
  });
}

export function density(file: string, options: PlaceOptions): Promise<void> {
  return using(file, options, {}, async (table, input, run) => {
    const model = await KernelDensity.fit(input, fitting(run));
    tellFit(model, options, run);
    const queries = await places(table, options);
    const { method, tolerance } = options;
    const densities = await model.evaluate(queries, { method, tolerance, onProgress: run.onProgress });
    return resultTable(options.x, queries, [
      ["density", densities.density],
      ["log density", densities.logDensity],
    ]);
  });
}

export function classify(
  file: string,
  options: PlaceOptions & { readonly label: string; readonly priors: "shares" | "equal" },
): Promise<void> {
  const { label, priors, method, tolerance } = options;
  return using(file, options, as([label], "text"), async (table, input, run) => {
    const labels = table.columns[label] as readonly string[];
    const model = await KernelClassifier.fit({ ...input, labels, priors }, fitting(run));
    tellFit(model, options, run);
    const queries = await places(table, options);
    const classification = await model.predict(queries, { method, tolerance, onProgress: run.onProgress });
    tellQueries(classification.report, run);
    return resultTable(options.x, queries, [
      [label, classification.labels],
      ...model.classes.map((name, c): [string, Column] => [
        `P(${name})`,
        pick(classification.probability, model.classes.length, c),
      ]),
    ]);
  });
}

export function bandwidth(
  file: string,
  options: CommonOptions & { readonly y?: readonly string[] },
): Promise<void> {
  const { x, y = [] } = options;
  return using(file, options, as(y, "number"), async (table, input, run) => {
    const model =
      y.length > 0
        ? await KernelRegression.fit({ ...input, values: numbersOf(table, y) }, fitting(run))
        : await KernelDensity.fit(input, fitting(run));
    tellFit(model, options, run);
    const tried = [...(model.selection?.candidates ?? [])].sort((a, b) => a.score - b.score);
    const rows = tried.length > 0 ? tried : [{ bandwidth: model.bandwidth, score: Number.NaN }];
    const widths = x.map((name, j): [string, Column] => [
      name,
      Float64Array.from(rows, (row) => row.bandwidth[j]),
    ]);
    const columns: [string, Column][] = [...widths, ["score", Float64Array.from(rows, ({ score }) => score)]];
    return { names: columns.map(([name]) => name), rows: rows.length, columns: Object.fromEntries(columns) };
  });
}

export function weights(file: string, options: PlaceOptions & { readonly top: number }): Promise<void> {
  return using(file, options, {}, async (table, input, run) => {
    const model = await KernelDensity.fit(input, fitting(run));
    tellFit(model, options, run);
    const queries = await places(table, options);
    const top = await model.topWeights(queries, options.top, { onProgress: run.onProgress });
    const k = Math.min(options.top, model.size);
    const count = queries.data.length / queries.dims;
    const place = Float64Array.from({ length: count * k }, (_, i) => Math.floor(i / k) + 1);
    const data = new Float64Array(count * k * queries.dims);
    for (let i = 0; i < count * k; i++) {
      const at = Math.floor(i / k) * queries.dims;
      data.set(queries.data.subarray(at, at + queries.dims), i * queries.dims);
    }
    return resultTable(options.x, { data, dims: queries.dims }, [
      ["place", place],
      ["row", Float64Array.from(top.keys, (key) => (key < 0 ? Number.NaN : key + 1))],
      ["weight", top.weights],
    ]);
  });
}

/** What was chosen and what was left out, for the person at the terminal. */
function tellFit(
  model: { readonly bandwidth: readonly number[]; readonly dropped: number; readonly size: number },
  { x }: CommonOptions,
  { reporter }: Run,
): void {
  const widths = x.map((name, j) => `${name} ${model.bandwidth[j].toPrecision(4)}`).join(", ");
  reporter.note(`${model.size} rows, bandwidth: ${widths}`);
  if (model.dropped > 0) reporter.note(`${model.dropped} rows with an empty cell were dropped`);
}

function tellQueries({ emptyQueries }: { readonly emptyQueries: number }, { reporter }: Run): void {
  if (emptyQueries > 0) reporter.note(`${emptyQueries} places have no row in reach; their cells are empty`);
}
