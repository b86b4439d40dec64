/** The command `nadaraya`: its words, and what they do. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { kernelNames } from "../index.ts";
import { writeAtOnce, writeStandardOutput } from "../io/files.ts";
import { formats } from "../io/read.ts";
import { version } from "../version.ts";
import { bandwidth, classify, density, plot, regress, weights } from "./commands.ts";
import { completionScript, SHELLS, type Shell } from "./completion.ts";
import { bench, info } from "./information.ts";
import { merge, partial } from "./partials.ts";
import { worker } from "./worker.ts";

const list = (text: string) => text.split(",").map((name) => name.trim());

/** An option that may be given several times. */
const collect = (text: string, before: readonly string[] = []) => [...before, text];

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

function whole(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number from 1 on.");
  return value;
}

/** A number, several, or a rule's name. */
function bandwidthOption(text: string): number | number[] | string {
  const parts = list(text);
  const numbers = parts.map(Number);
  if (numbers.some(Number.isNaN)) {
    if (parts.length === 1) return text;
    throw new InvalidArgumentError("Expected a number, one for each column, or a rule's name.");
  }
  return numbers.length === 1 ? numbers[0] : numbers;
}

const UNITS = ["s", "ms", "us", "ns"] as const;

/** column=unit, several times. */
function epochs(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.lastIndexOf("=");
  const unit = text.slice(at + 1);
  if (at < 1 || !UNITS.some((each) => each === unit))
    throw new InvalidArgumentError(`Expected column=unit, with one of the units ${UNITS.join(", ")}.`);
  return { ...before, [text.slice(0, at)]: unit };
}

/** The options that say how files are read. */
function reading(command: Command): Command {
  return command
    .optionsGroup("How files are read:")
    .addOption(
      new Option("--format <format>", "of text without a file extension, for example in a pipe").choices(
        formats,
      ),
    )
    .option("--encoding <name>", "utf-8, windows-1252, utf-16le, …; detected without it")
    .option("--delimiter <character>", "detected among comma, tab, semicolon and bar without it")
    .option("--no-header", "the first line is data; columns are called 1, 2, …")
    .option("--comment <start>", "what comment lines begin with")
    .option(
      "--na <words>",
      "cells that are empty, comma-separated; in place of NA, N/A, NaN, null, None, -, ., ?",
      list,
    )
    .addOption(new Option("--decimal <sign>", "detected for each column without it").choices([".", ","]))
    .addOption(
      new Option(
        "--dates <order>",
        "of dates that are not ISO's; detected for each column without it",
      ).choices(["dmy", "mdy", "ymd"]),
    )
    .option("--time-zone <name>", "of times without a zone, for example Europe/Berlin; UTC without it")
    .option(
      "--epoch <column=unit>",
      "a column that counts s, ms, us or ns since 1970; may be repeated",
      epochs,
    )
    .option("--sheet <name>", "of a workbook; the first one without it")
    .addOption(
      new Option("--bad <policy>", "cells that are no numbers in a column of numbers")
        .choices(["error", "missing"])
        .default("error"),
    )
    .optionsGroup("Options:");
}

const FILES =
  "CSV, TSV, JSON, JSON lines, Parquet, Arrow or Excel, also .gz and .zst; - or nothing: the standard input";

/** The options that say which columns are read and how they are weighted; a bandwidth of `rules` besides numbers. */
function weighting(command: Command, rules: boolean): Command {
  command
    .argument("[files...]", FILES, ["-"])
    .requiredOption("--x <columns>", "the keys' columns, comma-separated; may be repeated", collect)
    .addOption(
      new Option("--kernel <name>")
        .choices(kernelNames.filter((name) => name !== "von-mises-fisher"))
        .default("gaussian"),
    );
  if (rules)
    command.option(
      "--bandwidth <bandwidth>",
      "a number, one for each column, or a rule: scott, silverman, loo, …",
      bandwidthOption,
      "scott",
    );
  else
    command.requiredOption(
      "--bandwidth <bandwidth>",
      "a number, or one for each column: the same for all shards",
      bandwidthOption,
    );
  return command
    .addOption(new Option("--shape <shape>").choices(["radial", "product"]).default("radial"))
    .option("--sample-weights <column>", "a column of positive weights")
    .addOption(
      new Option(
        "--weight-type <type>",
        "what they mean for errors and rules: each row counts more or less, stands for so many, or has a value of this precision (1 / variance)",
      )
        .choices(["importance", "frequency", "precision"])
        .default("importance"),
    )
    .addOption(
      new Option("--missing <policy>", "rows with an empty cell").choices(["error", "drop"]).default("error"),
    )
    .addOption(
      new Option("--backend <where>", "auto falls back to the CPU and says so")
        .choices(["auto", "webgpu", "cpu"])
        .default("auto"),
    );
}

/** The options of what a command says while it runs. */
const reporting = (command: Command): Command =>
  command
    .option("--quiet", "no progress and no notes")
    .option(
      "--json",
      "one line of JSON on the standard error in place of progress and notes: method, bandwidth, timings",
    );

/** The options of a command that fits a model to tables. */
function common(command: Command): Command {
  weighting(command, true)
    .option("--adaptive", "a bandwidth for each key, wider where keys are sparse")
    .option("--neighbours <k>", "as wide as it takes to reach so many keys", whole)
    .option("--output <file>", "by its extension; - or nothing: CSV to the standard output");
  return reading(reporting(command));
}

/** How places are computed. */
const computing = (command: Command): Command =>
  command
    .addOption(new Option("--method <method>").choices(["auto", "dense", "cull", "expand"]).default("auto"))
    .option("--tolerance <share>", "what cull and expand may be off by, of the values' range", number, 1e-6);

/** The options that say where to answer. */
function places(command: Command): Command {
  command
    .option("--at <file>", "a file with the same x columns, in any order: one answer for each of its rows")
    .option(
      "--grid <n>",
      "without --at: so many places from the least x to the largest, for each column",
      whole,
      200,
    );
  return computing(command);
}

/** The options of a command that may run over shards. */
const sharding = (command: Command): Command =>
  command
    .optionsGroup("Over shards, for more rows than one process reads:")
    .option(
      "--shards <n>",
      "about how many parts of the rows, or auto: row groups of Parquet, other files whole",
      (text) => (text === "auto" ? "auto" : whole(text)),
    )
    .option(
      "--distributed <where>",
      "redis://host:port, for the workers of a queue (nadaraya worker); or processes, or processes:4, of this machine",
    )
    .option("--job <id>", "a name for the job: with the same one, a job on a queue goes on where it was")
    .option("--queue <name>", "of the queue", "nadaraya")
    .option("--store <folder>", "a folder that all workers see, for large results")
    .optionsGroup("Options:");

export function program(): Command {
  const all = new Command("nadaraya")
    .version(version)
    .description("Kernel regression, densities and classes of tables, on the GPU where there is one.")
    .configureOutput({
      writeOut: (text) => {
        if (!writeAtOnce(text)) process.stdout.write(text);
      },
    })
    .showHelpAfterError("(nadaraya --help, or nadaraya <command> --help)")
    .addHelpText(
      "after",
      `
Exit codes: 0 done; 1 it failed; 2 the command line is wrong; 3 the data is.

Examples:
  $ nadaraya regress rides.csv --x time --y acceleration --bandwidth loo --confidence 0.95 > fit.csv
  $ nadaraya density quakes.parquet --x longitude,latitude --bandwidth 2,2 --grid 100 --output map.arrow
  $ cat birds.csv | nadaraya classify --x bill,flipper --label species --at new.csv
  $ nadaraya plot rides.csv --x time --y acceleration --bandwidth loo --confidence 0.95 --output fit.svg
  $ nadaraya info quakes.parquet`,
    );

  sharding(places(common(all.command("regress"))))
    .description("the mean of y around each place")
    .requiredOption("--y <columns>", "the values' columns, comma-separated; may be repeated", collect)
    .addOption(
      new Option("--degree <degree>", "of the local polynomial").choices(["0", "1", "2"]).default("0"),
    )
    .option("--standard-error", "a column of standard errors for each y")
    .option("--confidence <level>", "columns of a confidence band, for example 0.95", number)
    .option("--gradient", "a column of slopes for each y and x")
    .option(
      "--quantiles <probabilities>",
      "columns of conditional quantiles, comma-separated; for degree 0",
      (text) => list(text).map(number),
    )
    .action(regress);
  places(common(all.command("plot")))
    .description(
      "a picture of the curve through y, of the density of x, or of a map over two x columns: --output picture.svg or .html",
    )
    .option("--y <column>", "for a regression; without it, the density", collect)
    .addOption(
      new Option("--degree <degree>", "of the local polynomial").choices(["0", "1", "2"]).default("0"),
    )
    .option("--confidence <level>", "a confidence band, for example 0.95", number)
    .action(plot);
  sharding(places(common(all.command("density"))))
    .description("how dense the rows are around each place")
    .action(density);
  places(common(all.command("classify")))
    .description("how probable each label is around each place")
    .requiredOption("--label <column>", "the classes' column")
    .addOption(new Option("--priors <priors>").choices(["shares", "equal"]).default("shares"))
    .action(classify);
  common(all.command("bandwidth"))
    .description("every bandwidth that a rule tries, with its score, the best one first")
    .option("--y <columns>", "for regression; without it, for the density", collect)
    .action(bandwidth);
  places(common(all.command("weights")))
    .description("the heaviest rows for each place, and their shares")
    .option("--top <k>", "how many", whole, 5)
    .action(weights);
  reading(reporting(computing(weighting(all.command("partial"), false))))
    .description(
      "the sums of some of the rows (a shard) at places: a file that merges with those of other shards",
    )
    .option("--y <columns>", "the values' columns; without them, for a density", collect)
    .requiredOption("--at <file>", "the places, the same for all shards")
    .requiredOption("--output <file>", "where the sums are written")
    .option(
      "--id <text>",
      "which rows these are; by default a hash of their numbers. Two files with one id do not merge",
    )
    .option("--errors", "also what standard errors and bands are computed from")
    .action(partial);
  reporting(all.command("merge"))
    .description("the answer of all shards together, the same digits in whatever order they are given")
    .argument("<files...>", "what `nadaraya partial` wrote")
    .option(
      "--output <file>",
      "a table by its extension, or sums again with .partial; - or nothing: CSV to the standard output",
    )
    .option("--confidence <level>", "columns of a confidence band, for sums made with --errors", number)
    .action(merge);
  all
    .command("worker")
    .description("does the tasks of a queue, until it is interrupted: one on each machine with a GPU")
    .requiredOption("--redis <address>", "redis://host:port")
    .option("--concurrency <n>", "tasks at a time", whole, 1)
    .option("--queue <name>", "of the queue", "nadaraya")
    .option("--store <folder>", "a folder that all workers and jobs see, for large results")
    .option(
      "--allow <path or address>",
      "a file, a folder or the beginning of an address that tasks may read, and nothing else; may be repeated. It is needed unless Redis is on this machine",
      collect,
    )
    .option(
      "--lost-after <seconds>",
      "when a worker that says nothing is taken for lost, and its task given to another",
      number,
      20,
    )
    .option("--quiet", "no word of tasks that succeed")
    .action(worker);
  reading(
    all
      .command("info")
      .description(
        "the columns of files, with types, ranges and missing cells; without files, where this machine computes",
      )
      .argument("[files...]", "as for the other commands", [])
      .addOption(new Option("--backend <where>").choices(["auto", "webgpu", "cpu"]).default("auto"))
      .option("--self-test", "compares every kernel by every method on this machine with float64")
      .option("--json", "as one line of JSON"),
  ).action(info);
  all
    .command("completion")
    .description('a script that completes this command: eval "$(nadaraya completion bash)"')
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action((shell: Shell) => writeStandardOutput(completionScript(all, shell)));
  all
    .command("bench")
    .description("pairs of rows a second, on this machine")
    .addOption(new Option("--backend <where>").choices(["auto", "webgpu", "cpu"]).default("auto"))
    .action(bench);
  return all;
}
