/** What the commands on tables compute. */
import type { Command } from "commander";
import { NadarayaError } from "../common/errors.ts";
import { KernelClassifier, KernelDensity, KernelRegression, type RegressionInput } from "../index.ts";
import { type Column, numbersOf, type Table, tableOf } from "../io/table.ts";
import { type GroupOptions, groupColumn, inGroups } from "./groups.ts";
import { givenOf } from "./options/check-usage.ts";
import { isOverShards } from "./options/options.ts";
import { checkPicture, writePicture } from "./picture.ts";
import { pick, placesOf, type ResultColumn, resultTable } from "./places.ts";
import {
  type CommonOptions,
  fitting,
  type PlaceOptions,
  type Run,
  reportFit,
  reportQueries,
  runCommand,
  runTo,
} from "./run-command.ts";
import { overShards, type ShardOptions } from "./shards.ts";

/** What a command takes for a regression alone. */
interface RegressionOptions {
  readonly degree: "0" | "1" | "2";
  readonly gap?: number;
  readonly confidence?: number;
}

export interface RegressOptions extends PlaceOptions, GroupOptions, RegressionOptions {
  readonly y: readonly string[];
  readonly empty?: "nan" | "nearest" | "mean" | "error";
  readonly standardError?: boolean;
  readonly replicates?: number;
  readonly seed?: number;
  readonly gradient?: boolean;
  readonly quantiles?: readonly number[];
}

const degreeOf = ({ degree }: RegressionOptions) => Number(degree) as RegressionInput["degree"];

/** A command whose rows may be shards, or fall into groups. */
const ofRows =
  <Options extends PlaceOptions & GroupOptions>(answer: (run: Run, options: Options) => Promise<Table>) =>
  (files: readonly string[], options: Options & ShardOptions, command: Command): Promise<void> =>
    isOverShards(givenOf(command))
      ? overShards(files, options)
      : runCommand(files, options, groupColumn(options), (run) =>
          inGroups(run, options, (part) => answer(part, options)),
        );

export const regress = ofRows(regression);

export async function regression(run: Run, options: RegressOptions): Promise<Table> {
  const { table, columns, input } = run;
  const { x, y } = columns;
  const degree = degreeOf(options);
  const { gap, replicates, seed } = options;
  const model = await KernelRegression.fit(
    { ...input, values: numbersOf(table, y), degree, gap },
    fitting(run),
  );
  reportFit(model, run);
  const queries = await placesOf(run, options);
  const { method, tolerance, standardError, confidence, gradient, quantiles, empty } = options;
  const { onProgress } = run;
  const predictOptions = { method, tolerance, standardError, confidence, gradient, empty, onProgress };
  const prediction = await model.predict(queries, predictOptions);
  reportQueries(prediction.report, run, empty);
  const isDate = (name: string) => table.dates?.includes(name);
  const results: ResultColumn[] = y.map((name, c) => [
    name,
    pick(prediction.mean, y.length, c),
    isDate(name),
  ]);
  const add = (suffix: string, numbers: Float64Array | undefined, dated: boolean) => {
    if (!numbers) return;
    for (const [c, name] of y.entries())
      results.push([`${name} ${suffix}`, pick(numbers, y.length, c), dated && isDate(name)]);
  };
  add("standard error", prediction.standardError, false);
  add("lower", prediction.lower, true);
  add("upper", prediction.upper, true);
  if (replicates !== undefined) {
    const bands = await model.bootstrap(queries, {
      replicates,
      seed,
      confidence,
      method,
      tolerance,
      onProgress,
    });
    add("simultaneous lower", bands.simultaneousLower, true);
    add("simultaneous upper", bands.simultaneousUpper, true);
  }
  for (const [c, name] of y.entries())
    for (const [j, along] of x.entries()) {
      if (!prediction.gradient) continue;
      const slopes = pick(prediction.gradient, y.length * x.length, c * x.length + j);
      results.push([`d ${name} / d ${along}`, slopes]);
    }
  if (quantiles) {
    const numbers = await model.quantiles(queries, quantiles, { onProgress });
    for (const [c, name] of y.entries())
      for (const [p, probability] of quantiles.entries()) {
        const column = pick(numbers, y.length * quantiles.length, c * quantiles.length + p);
        results.push([`${name} quantile ${probability}`, column, isDate(name)]);
      }
  }
  return resultTable(run, queries, results);
}

/** The curve with its band over the rows, a density, or a map over two columns, as a picture. */
export async function plot(files: readonly string[], options: RegressOptions): Promise<void> {
  const isDensity = options.y === undefined;
  return runTo({ check: checkPicture, write: writePicture }, files, options, {}, async (run) => {
    const { table, columns } = run;
    if (columns.x.length > 2 || columns.y.length > 1)
      throw new NadarayaError(
        "invalid-input",
        "a picture has one or two x columns, and one y column or none",
      );
    const isMap = columns.x.length === 2;
    // A grid of 200 × 200 places says more than a screen shows.
    const drawn = { ...options, grid: isMap ? Math.min(options.grid, 120) : options.grid };
    const answers = isDensity ? await densities(run, drawn) : await regression(run, drawn);
    return { data: table, answers, x: columns.x, y: isDensity ? "density" : columns.y[0] };
  });
}

interface DensityOptions extends PlaceOptions {
  readonly absoluteTolerance?: number;
}

export const density = ofRows<DensityOptions & GroupOptions>(densities);

async function densities(run: Run, options: DensityOptions): Promise<Table> {
  const model = await KernelDensity.fit(run.input, fitting(run));
  reportFit(model, run);
  const queries = await placesOf(run, options);
  const { method, tolerance, absoluteTolerance } = options;
  const { onProgress } = run;
  const densities = await model.evaluate(queries, { method, tolerance, absoluteTolerance, onProgress });
  reportQueries(densities.report, run);
  return resultTable(run, queries, [
    ["density", densities.density],
    ["log density", densities.logDensity],
  ]);
}

export function classify(
  files: readonly string[],
  options: PlaceOptions &
    Pick<RegressOptions, "empty"> & { readonly label: string; readonly priors: "shares" | "equal" },
): Promise<void> {
  const { label, priors, method, tolerance, empty } = options;
  return runCommand(files, options, { [label]: "text" }, async (run) => {
    const labels = run.table.columns[label] as readonly string[];
    const model = await KernelClassifier.fit({ ...run.input, labels, priors }, fitting(run));
    reportFit(model, run);
    const queries = await placesOf(run, options);
    const predicted = await model.predict(queries, { method, tolerance, empty, onProgress: run.onProgress });
    reportQueries(predicted.report, run, empty);
    return resultTable(run, queries, [
      [label, predicted.labels],
      ...model.classes.map(
        (name, c): ResultColumn => [`P(${name})`, pick(predicted.probability, model.classes.length, c)],
      ),
    ]);
  });
}

export async function bandwidth(
  files: readonly string[],
  options: CommonOptions & RegressionOptions,
): Promise<void> {
  await runCommand(files, options, {}, async (run) => {
    const { table, columns, input } = run;
    const { x, y } = columns;
    const model =
      y.length > 0
        ? await KernelRegression.fit(
            { ...input, values: numbersOf(table, y), degree: degreeOf(options), gap: options.gap },
            fitting(run),
          )
        : await KernelDensity.fit(input, fitting(run));
    reportFit(model, run);
    const tried = [...(model.selection?.candidates ?? [])].sort((a, b) => a.score - b.score);
    const rows = tried.length > 0 ? tried : [{ bandwidth: model.bandwidth, score: Number.NaN }];
    const bandwidths = x.map((name, j): [string, Column] => [
      name,
      Float64Array.from(rows, (row) => row.bandwidth[j]),
    ]);
    const score = x.includes("score") ? "score.1" : "score";
    return tableOf([...bandwidths, [score, Float64Array.from(rows, (row) => row.score)]]);
  });
}

export const weights = (
  files: readonly string[],
  options: PlaceOptions & { readonly top: number },
): Promise<void> =>
  runCommand(files, options, {}, async (run) => {
    const model = await KernelDensity.fit(run.input, fitting(run));
    reportFit(model, run);
    const queries = await placesOf(run, options);
    const top = await model.topWeights(queries, options.top, { onProgress: run.onProgress });
    const k = Math.min(options.top, model.size);
    const count = queries.data.length / queries.dims;
    const place = Float64Array.from({ length: count * k }, (_, i) => Math.floor(i / k) + 1);
    const data = new Float64Array(count * k * queries.dims);
    for (let i = 0; i < count * k; i++) {
      const at = Math.floor(i / k) * queries.dims;
      data.set(queries.data.subarray(at, at + queries.dims), i * queries.dims);
    }
    return resultTable(run, { data, dims: queries.dims }, [
      ["place", place],
      ["row", Float64Array.from(top.keys, (key) => (key < 0 ? Number.NaN : key + 1))],
      ["weight", top.weights],
    ]);
  });
