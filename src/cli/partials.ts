/** The commands `partial` and `merge`: sums of one shard into a file, and the answer from the files of all shards. */
import { readFile } from "node:fs/promises";
import { NadarayaError } from "../common/errors.ts";
import { checkFolder, checkOutput, matchingFiles, reasonOf, writeTable, writeWhole } from "../io/files.ts";
import { numbersOf, type Table } from "../io/table.ts";
import { nameOfPath } from "../io/url.ts";
import type { KernelName } from "../kernels/builtin.ts";
import { sumsOfShard } from "../partials/compute.ts";
import { decodePartial, encodePartial } from "../partials/file.ts";
import { densitiesOfSums, meansOfSums } from "../partials/finish.ts";
import { mergePartialSums, type PartialSums } from "../partials/partial-sums.ts";
import { checkReplacesNothing } from "./check-output.ts";
import { isSums } from "./options/check-usage.ts";
import { pick, placesOf, type ResultColumn, resultTable } from "./places.ts";
import { Reporter } from "./reporter.ts";
import { type Output, type PlaceOptions, runTo } from "./run-command.ts";

export interface PartialCommandOptions extends PlaceOptions {
  readonly at: string;
  readonly output: string;
  readonly id?: string;
  readonly errors?: boolean;
}

const partialFile: Output<Uint8Array> = {
  check: (path) => checkFolder(path!),
  write: (bytes, path) => writeWhole(path!, bytes),
};

export const partial = (files: readonly string[], options: PartialCommandOptions): Promise<void> =>
  runTo(partialFile, files, options, {}, async (run) => {
    const { table, columns, input, engine, reporter, onProgress } = run;
    const { x, y } = columns;
    const queries = await placesOf(run, options);
    const { method, tolerance, errors, id } = options;
    const { keys, sampleWeights, bandwidth, shape, weightType, missing } = input;
    const values = y.length > 0 ? numbersOf(table, y) : undefined;
    const sums = await sumsOfShard(
      {
        ...{ keys, values, sampleWeights, bandwidth, shape, weightType, missing },
        kernel: input.kernel as KernelName,
      },
      queries,
      {
        ...{ engine, x, y, errors, id, method, tolerance, onProgress },
        name: id ?? files.map(nameOfPath).join(", "),
        dates: table.dates?.filter((name) => x.includes(name) || y.includes(name)),
      },
    );
    const [{ rows, dropped }] = sums.shards;
    reporter.note(`${rows} rows, at ${sums.count} places`);
    if (dropped > 0) reporter.note(`${dropped} rows with an empty cell were dropped`);
    reporter.report({ used: rows, dropped, places: sums.count, id: sums.shards[0].id });
    return encodePartial(sums);
  });

export interface MergeOptions {
  readonly output?: string;
  readonly confidence?: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export async function merge(files: readonly string[], options: MergeOptions): Promise<void> {
  const reporter = Reporter.start(options);
  const { output, confidence } = options;
  const isPartial = isSums(output);
  await (isPartial ? checkFolder(output!) : checkOutput(output));
  const paths = await matchingFiles(files);
  await checkReplacesNothing(output, paths);
  // Sums are of one size, whatever number of shards they hold: two are in memory at a time.
  let merged = await readPartial(paths[0]);
  for (const [i, path] of paths.entries()) {
    if (i > 0) merged = mergePartialSums([merged, await readPartial(path)], [earlier(paths, i), path]);
    reporter.progress("merging", (i + 1) / paths.length);
  }
  const { shards, rows, count } = merged;
  reporter.note(
    `${shards.length} ${shards.length === 1 ? "shard" : "shards"}, ${rows} rows, ${count} places`,
  );
  reporter.report({ shards: shards.length, used: rows, places: count, output: output ?? "-" });
  if (isPartial) await writeWhole(output!, await encodePartial(merged));
  else await writeTable(tableOfSums(merged, { confidence }, reporter), output);
  reporter.finish();
}

/** How a message calls what was merged so far. */
const earlier = (paths: readonly string[], count: number) =>
  count === 1 ? paths[0] : `${paths[0]} … ${paths[count - 1]}`;

async function readPartial(path: string): Promise<PartialSums> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new NadarayaError(
      "invalid-input",
      `${nameOfPath(path)} cannot be read: ${reasonOf(error as NodeJS.ErrnoException)}`,
    );
  }
  return decodePartial(bytes).catch((error: Error) => {
    throw new NadarayaError("invalid-input", `${nameOfPath(path)}: ${error.message}`, { cause: error });
  });
}

/** The places with their means and bands, or densities; standard errors, if the sums have them, unless they are left out. */
export function tableOfSums(
  merged: PartialSums,
  { confidence, standardError = true }: { readonly confidence?: number; readonly standardError?: boolean },
  reporter: Reporter,
): Table {
  const { settings, queries } = merged;
  const { x, y, dates } = settings;
  const places = { data: queries, dims: x.length };
  const head = { columns: { x }, table: { dates }, reporter };
  if (y.length === 0) {
    if (confidence !== undefined)
      throw new NadarayaError(
        "invalid-input",
        "these are the sums of a density, which has no confidence band",
      );
    const { density, logDensity } = densitiesOfSums(merged);
    return resultTable(head, places, [
      ["density", density],
      ["log density", logDensity],
    ]);
  }
  const means = meansOfSums(merged, { confidence });
  const { emptyQueries } = means;
  if (emptyQueries > 0) reporter.note(`${emptyQueries} places have no row in reach; their cells are empty`);
  const results: ResultColumn[] = [];
  for (const [suffix, numbers, isDated] of [
    ["", means.mean, true],
    [" standard error", standardError ? means.standardError : undefined, false],
    [" lower", means.lower, true],
    [" upper", means.upper, true],
  ] as const)
    for (const [c, name] of y.entries())
      if (numbers)
        results.push([`${name}${suffix}`, pick(numbers, y.length, c), isDated && dates.includes(name)]);
  return resultTable(head, places, results);
}
