/** What every command that computes begins with, and ends with: reads the table, makes an engine, writes the result, reports. */
import {
  Engine,
  type FitOptions,
  type KernelInput,
  NadarayaError,
  type PredictOptions,
  type Progress,
  type RunReport,
} from "../index.ts";
import { checkComplete, checkOutput, readTable, writeTable } from "../io/files.ts";
import { numbersOf, type Table, type Wanted } from "../io/table.ts";
import { nameOfPath } from "../io/url.ts";
import { checkReplacesNothing } from "./check-output.ts";
import { type EngineArguments, engineOptions } from "./engine-options.ts";
import { Columns, type ReadArguments, readOptions } from "./read-options.ts";
import { Reporter } from "./reporter.ts";
import { spoken } from "./shell-words.ts";

/** What to do about empty cells. */
export const DROP = "--missing drop leaves such rows out";

export interface CommonOptions extends ReadArguments, EngineArguments {
  readonly x: readonly string[];
  readonly y?: readonly string[];
  readonly kernel: KernelInput["kernel"];
  readonly bandwidth: KernelInput["bandwidth"];
  readonly shape: KernelInput["shape"];
  readonly sampleWeights?: string;
  readonly weightType: KernelInput["weightType"];
  readonly coordinates?: readonly string[];
  readonly adaptive?: boolean;
  readonly adaptiveExponent?: number;
  readonly neighbours?: number;
  readonly missing: "error" | "drop";
  readonly output?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export interface PlaceOptions extends CommonOptions {
  readonly at?: string;
  readonly grid: number;
  readonly method: PredictOptions["method"];
  readonly tolerance: number;
}

/** A command at work: its table and columns, the engine, and how it reports. */
export interface Run {
  readonly table: Table;
  readonly columns: Columns;
  readonly input: KernelInput;
  readonly engine: Engine;
  readonly reporter: Reporter;
  readonly onProgress: (progress: Progress) => void;
  readonly onWarning: (message: string) => void;
  /** The value of the column `--by` that its rows have. */
  readonly group?: string;
}

/** What of a run a fit takes. */
export const fitting = ({ engine, onProgress, onWarning }: Run): FitOptions => ({
  engine,
  onProgress,
  onWarning,
});

/** Where the result of a command goes. */
export interface Output<T> {
  /** Before the work. @throws NadarayaError "invalid-input" */
  check(path: string | undefined): Promise<void>;
  write(result: T, path: string | undefined): Promise<void>;
}

const tables: Output<Table> = { check: checkOutput, write: writeTable };

export const runCommand = (
  files: readonly string[],
  options: CommonOptions,
  more: Wanted,
  work: (run: Run) => Promise<Table>,
): Promise<void> => runTo(tables, files, options, more, work);

export async function runTo<T>(
  output: Output<T>,
  files: readonly string[],
  options: CommonOptions & { readonly at?: string },
  more: Wanted,
  work: (run: Run) => Promise<T>,
): Promise<void> {
  const reporter = Reporter.start(options);
  await output.check(options.output);
  await checkReplacesNothing(options.output, files, options);
  const { sampleWeights } = options;
  const columns = new Columns(
    options,
    sampleWeights === undefined ? more : { ...more, [sampleWeights]: "number" },
  );
  const file = files.map(nameOfPath).join(", ");
  const start = performance.now();
  const table = await readTable(files, {
    ...readOptions(options),
    wanted: columns.wanted,
    onProgress: (share) => reporter.progress("reading", share),
  });
  reporter.notes(table, options);
  reporter.report({ file, rows: table.rows, readMilliseconds: Math.round(performance.now() - start) });
  if (table.rows === 0) throw new NadarayaError("invalid-input", `${file} has no rows`);
  if (options.missing === "error") checkComplete(file, table, DROP);
  const engine = await Engine.create(engineOptions(options));
  if (engine.info.reason) reporter.note(`no GPU here, computing on the CPU: ${engine.info.reason}`);
  const { kernel, shape, missing, neighbours, weightType, bandwidth } = options;
  const input: KernelInput = {
    ...{ kernel, shape, missing, neighbours, weightType, bandwidth },
    adaptive: options.adaptiveExponent ?? options.adaptive,
    coordinates: options.coordinates as KernelInput["coordinates"], // the fit checks them
    keys: numbersOf(table, columns.x),
    sampleWeights: sampleWeights === undefined ? undefined : (table.columns[sampleWeights] as Float64Array),
  };
  const result = await spoken(() =>
    work({
      ...{ table, columns, input, engine, reporter },
      onProgress: ({ done, total }) => reporter.progress("computing", done / total),
      onWarning: (message) => reporter.note(message),
    }),
  );
  reporter.done();
  await output.write(result, options.output);
  reporter.report({
    backend: engine.info.backend,
    adapter: engine.info.adapter?.description,
    output: options.output ?? "-",
  });
  reporter.finish();
  engine.dispose();
}

/** Reports what was chosen and what was left out. */
export function reportFit(
  model: { readonly bandwidth: readonly number[]; readonly dropped: number; readonly size: number },
  { columns, reporter, input, group }: Run,
): void {
  const of = group === undefined ? "" : `${group}: `;
  const bandwidths = columns.x.map((name, j) => `${name} ${model.bandwidth[j].toPrecision(4)}`).join(", ");
  reporter.note(`${of}${model.size} rows, bandwidth: ${bandwidths}`);
  if (model.dropped > 0) reporter.note(`${of}${model.dropped} rows with an empty cell were dropped`);
  const bandwidth = Object.fromEntries(columns.x.map((name, j) => [name, model.bandwidth[j]]));
  reporter.report({ kernel: input.kernel, bandwidth, used: model.size, dropped: model.dropped }, group);
}

/** What stands in the cells of places that no row reaches. */
const EMPTY_CELLS: Readonly<Record<string, string>> = {
  nan: "their cells are empty",
  nearest: "they have the nearest row's values",
  mean: "they have the mean of all rows",
};

export function reportQueries(report: RunReport, { reporter, group }: Run, empty = "nan"): void {
  const { emptyQueries, method, milliseconds, reason } = report;
  const of = group === undefined ? "" : `${group}: `;
  if (emptyQueries > 0)
    reporter.note(`${of}${emptyQueries} places have no row in reach; ${EMPTY_CELLS[empty]}`);
  reporter.report({ method, reason, milliseconds, emptyQueries }, group);
}
