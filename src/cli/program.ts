/** The command `nadaraya`: its words, and what they do. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { kernelNames } from "../index.ts";
import { writeAtOnce, writeStandardOutput } from "../io/files.ts";
import { formats } from "../io/read.ts";
import { version } from "../version.ts";
import { bandwidth, classify, density, plot, regress, weights } from "./commands.ts";
import { completionScript, SHELLS, type Shell } from "./completion.ts";
import { bench, info } from "./information.ts";
import { JOB_ACTIONS, jobs } from "./jobs.ts";
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
      new Option("--format <format>", "format of text whose name has no ending, as in a pipe").choices(
        formats,
      ),
    )
    .option(
      "--encoding <name>",
      "encoding of text, such as utf-8, windows-1252 or utf-16le; detected by default",
    )
    .option(
      "--delimiter <character>",
      "character between cells; by default detected among comma, tab, semicolon and bar",
    )
    .option("--no-header", "read the first line as data; the columns are called 1, 2, …")
    .option("--comment <start>", "text with which comment lines begin")
    .option(
      "--na <words>",
      "cells that count as empty, comma-separated, in place of NA, N/A, NaN, null, None, -, ., ?",
      list,
    )
    .addOption(
      new Option(
        "--decimal <sign>",
        "decimal sign of numbers in text; by default detected for each column",
      ).choices([".", ","]),
    )
    .addOption(
      new Option(
        "--dates <order>",
        "order of day, month and year in dates such as 3/4/2024; by default detected for each column",
      ).choices(["dmy", "mdy", "ymd"]),
    )
    .option("--time-zone <name>", "time zone of times that name none, such as Europe/Berlin; UTC by default")
    .option(
      "--epoch <column=unit>",
      "column of times that are counted since 1970 in s, ms, us or ns; may be repeated",
      epochs,
    )
    .option("--sheet <name>", "sheet of a workbook; by default the first one with a table")
    .addOption(
      new Option(
        "--bad <policy>",
        "what to do with cells of a column of numbers that are no numbers: stop, or leave them empty",
      )
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
    .requiredOption("--x <columns>", "columns of the keys, comma-separated; may be repeated", collect)
    .addOption(
      new Option("--kernel <name>", "how the weight of a row decreases with its distance")
        .choices(kernelNames.filter((name) => name !== "von-mises-fisher"))
        .default("gaussian"),
    );
  if (rules)
    command.option(
      "--bandwidth <bandwidth>",
      "bandwidth: a number, one for each column of keys, or a rule: scott, silverman, loo, …",
      bandwidthOption,
      "scott",
    );
  else
    command.requiredOption(
      "--bandwidth <bandwidth>",
      "bandwidth: a number, or one for each column of keys, the same for all shards",
      bandwidthOption,
    );
  return command
    .addOption(
      new Option(
        "--shape <shape>",
        "whether the kernel is of the distance, or a product over the columns of keys",
      )
        .choices(["radial", "product"])
        .default("radial"),
    )
    .option("--sample-weights <column>", "column of positive weights of the rows")
    .addOption(
      new Option(
        "--weight-type <type>",
        "meaning of the weights for errors and rules: a row counts more or less, stands for as many rows, or has a value of this precision (1 / variance)",
      )
        .choices(["importance", "frequency", "precision"])
        .default("importance"),
    )
    .addOption(
      new Option(
        "--missing <policy>",
        "what to do with rows that have an empty cell: stop, or leave them out",
      )
        .choices(["error", "drop"])
        .default("error"),
    )
    .addOption(
      new Option(
        "--backend <where>",
        "where to compute; auto takes the GPU if there is one, else the CPU with a note",
      )
        .choices(["auto", "webgpu", "cpu"])
        .default("auto"),
    );
}

/** The options of what a command says while it runs. */
const reporting = (command: Command): Command =>
  command
    .option("--quiet", "print no progress and no notes")
    .option(
      "--json",
      "print one line of JSON on the standard error instead of progress and notes: method, bandwidth, times",
    );

/** The options of a command that fits a model to tables. */
function common(command: Command): Command {
  weighting(command, true)
    .option("--adaptive", "give each key its own bandwidth, wider where keys are sparse")
    .option("--neighbours <k>", "give each place the bandwidth that reaches this number of keys", whole)
    .option(
      "--output <file>",
      "file for the answers, whose ending is its format; by default CSV to the standard output",
    );
  return reading(reporting(command));
}

/** How places are computed. */
const computing = (command: Command): Command =>
  command
    .addOption(
      new Option("--method <method>", "how weights are summed; auto takes the fastest that is exact enough")
        .choices(["auto", "dense", "cull", "expand"])
        .default("auto"),
    )
    .option(
      "--tolerance <share>",
      "largest error of cull and expand, as a share of the range of the values",
      number,
      1e-6,
    );

/** The options that say where to answer. */
function places(command: Command): Command {
  command
    .option("--at <file>", "file of places with the same columns of keys: one answer for each of its rows")
    .option(
      "--grid <n>",
      "number of places from the least to the largest key of each column, if there is no --at",
      whole,
      200,
    );
  return computing(command);
}

/** The option of a command that fits each group of rows. */
const grouping = (command: Command): Command =>
  command.option(
    "--by <column>",
    "column of text: fit each of its values alone, and name it in the first column of the answers",
  );

const REDIS =
  "address of Redis: redis://host:port; by default the variable NADARAYA_REDIS or REDIS_URL, which no list of processes shows";

/** The options of a command that may run over shards. */
const sharding = (command: Command): Command =>
  command
    .optionsGroup("Over shards, for more rows than one process reads:")
    .option(
      "--shards <n>",
      "number of parts of the rows, approximately, or auto: row groups of Parquet, other files whole",
      (text) => (text === "auto" ? "auto" : whole(text)),
    )
    .option(
      "--distributed <where>",
      "who computes the shards: redis://host:port, or redis for the address in NADARAYA_REDIS or REDIS_URL, for the workers of a queue (nadaraya worker), or processes, or processes:4 of this machine",
    )
    .option("--job <id>", "name of the job: an interrupted job of the same name is resumed")
    .option("--queue <name>", "name of the queue", "nadaraya")
    .option("--store <folder>", "folder that all workers see, for large results")
    .option(
      "--timeout <seconds>",
      "seconds without an answer from Redis after which the job is given up; 300 by default",
      number,
    )
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
Exit codes: 0 done; 1 failed; 2 the command line is wrong; 3 the data is wrong, or the answer cannot be written; 130 interrupted, 143 by SIGTERM.

Examples:
  $ nadaraya regress rides.csv --x time --y acceleration --bandwidth loo --confidence 0.95 > fit.csv
  $ nadaraya density quakes.parquet --x longitude,latitude --bandwidth 2,2 --grid 100 --output map.arrow
  $ cat birds.csv | nadaraya classify --x bill,flipper --label species --at new.csv
  $ nadaraya plot rides.csv --x time --y acceleration --bandwidth loo --confidence 0.95 --output fit.svg
  $ nadaraya info quakes.parquet`,
    );

  sharding(grouping(places(common(all.command("regress")))))
    .description("compute the mean of y around each place")
    .requiredOption("--y <columns>", "columns of the values, comma-separated; may be repeated", collect)
    .addOption(
      new Option("--degree <degree>", "degree of the local polynomial").choices(["0", "1", "2"]).default("0"),
    )
    .option("--standard-error", "add a column of standard errors for each y")
    .option("--confidence <level>", "add columns of a confidence band of this level, such as 0.95", number)
    .option("--gradient", "add a column of slopes for each y and x")
    .option(
      "--quantiles <probabilities>",
      "add columns of conditional quantiles for these probabilities, comma-separated; for degree 0",
      (text) => list(text).map(number),
    )
    .action(regress);
  places(common(all.command("plot")))
    .description(
      "draw the curve through y, the density of x, or a map over two x columns, into --output picture.svg or .html",
    )
    .option("--y <column>", "column of the values; without it the density is drawn", collect)
    .addOption(
      new Option("--degree <degree>", "degree of the local polynomial").choices(["0", "1", "2"]).default("0"),
    )
    .option("--confidence <level>", "draw a confidence band of this level, such as 0.95", number)
    .action(plot);
  sharding(grouping(places(common(all.command("density")))))
    .description("compute how dense the rows are around each place")
    .action(density);
  places(common(all.command("classify")))
    .description("compute how probable each label is around each place")
    .requiredOption("--label <column>", "column of the classes")
    .addOption(
      new Option(
        "--priors <priors>",
        "prior probabilities of the classes: their shares of the rows, or all equal",
      )
        .choices(["shares", "equal"])
        .default("shares"),
    )
    .action(classify);
  common(all.command("bandwidth"))
    .description("list every bandwidth that a rule tries, with its score, the best one first")
    .option(
      "--y <columns>",
      "columns of the values, for a regression; without it the bandwidth is for a density",
      collect,
    )
    .action(bandwidth);
  places(common(all.command("weights")))
    .description("list the rows with the largest weights for each place, and their shares")
    .option("--top <k>", "number of rows for each place", whole, 5)
    .action(weights);
  reading(reporting(computing(weighting(all.command("partial"), false))))
    .description(
      "write the sums of some of the rows (a shard) at places into a file that merges with those of other shards",
    )
    .option("--y <columns>", "columns of the values; without them the sums are for a density", collect)
    .requiredOption("--at <file>", "file of the places, the same for all shards")
    .requiredOption("--output <file>", "file for the sums")
    .option(
      "--id <text>",
      "name of these rows, by default a hash of their numbers; two files of one name do not merge",
    )
    .option("--errors", "add the sums from which standard errors and bands are computed")
    .action(partial);
  reporting(all.command("merge"))
    .description("merge the sums of shards into an answer, with the same digits in any order of the files")
    .argument("<files...>", "files that `nadaraya partial` wrote")
    .option(
      "--output <file>",
      "file for the answers, whose ending is its format, or for sums if it ends in .partial; by default CSV to the standard output",
    )
    .option(
      "--confidence <level>",
      "add columns of a confidence band of this level, for sums written with --errors",
      number,
    )
    .action(merge);
  all
    .command("worker")
    .description("do the tasks of a queue until interrupted; start one on each machine with a GPU")
    .option("--redis <address>", REDIS)
    .option("--concurrency <n>", "number of tasks at a time", whole, 1)
    .option("--queue <name>", "name of the queue", "nadaraya")
    .option("--store <folder>", "folder that all workers and jobs see, for large results")
    .option(
      "--allow <path or address>",
      "a file, a folder or the beginning of an address that tasks may read, and nothing else; may be repeated. It is needed unless Redis is on this machine",
      collect,
    )
    .option(
      "--lost-after <seconds>",
      "seconds after which a silent worker counts as lost, and its task goes to another",
      number,
      20,
    )
    .option("--quiet", "print nothing about tasks that succeed")
    .action(worker);
  all
    .command("jobs")
    .description("list the jobs of a queue, cancel them, or remove them with their results")
    .addArgument(new Argument("[action]", "what to do").choices(JOB_ACTIONS).default("list"))
    .argument("[names...]", "names of jobs, as given by --job or as listed", [])
    .option("--redis <address>", REDIS)
    .option("--queue <name>", "name of the queue", "nadaraya")
    .option("--store <folder>", "folder of large results, which are removed too")
    .option("--json", "one line of JSON for each job")
    .action(jobs);
  reading(
    all
      .command("info")
      .description(
        "list the columns of files with types, ranges and missing cells; without files, say where this machine computes",
      )
      .argument("[files...]", "files of tables, as for the other commands", [])
      .addOption(
        new Option("--backend <where>", "where to compute")
          .choices(["auto", "webgpu", "cpu"])
          .default("auto"),
      )
      .option("--self-test", "compare every kernel by every method on this machine with float64")
      .option("--json", "print one line of JSON"),
  ).action(info);
  all
    .command("completion")
    .description('print a script that completes this command: eval "$(nadaraya completion bash)"')
    .addArgument(new Argument("<shell>", "name of the shell").choices(SHELLS))
    .action((shell: Shell) => writeStandardOutput(completionScript(all, shell)));
  all
    .command("bench")
    .description("measure how many pairs of rows this machine weighs in a second")
    .addOption(
      new Option("--backend <where>", "where to compute").choices(["auto", "webgpu", "cpu"]).default("auto"),
    )
    .action(bench);
  return all;
}
