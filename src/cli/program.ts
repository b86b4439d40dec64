/** The command `nadaraya`: its words, and what they do. */
import { Command, InvalidArgumentError, Option } from "commander";
import { kernelNames } from "../index.ts";
import { bandwidth, classify, density, regress, weights } from "./commands.ts";
import { bench, info } from "./information.ts";

const list = (text: string) => text.split(",").map((name) => name.trim());

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
function width(text: string): number | number[] | string {
  const parts = list(text);
  const numbers = parts.map(Number);
  if (numbers.some(Number.isNaN)) {
    if (parts.length === 1) return text;
    throw new InvalidArgumentError("Expected a number, one for each column, or a rule's name.");
  }
  return numbers.length === 1 ? numbers[0] : numbers;
}

/** The options that say what is read and how it is weighed. */
function common(command: Command): Command {
  return command
    .argument(
      "[file]",
      "CSV, TSV, JSON, Parquet or Arrow, by its ending; - or nothing: CSV from the standard input",
      "-",
    )
    .requiredOption("--x <columns>", "the keys' columns, comma-separated", list)
    .addOption(
      new Option("--kernel <name>")
        .choices(kernelNames.filter((name) => name !== "von-mises-fisher"))
        .default("gaussian"),
    )
    .option(
      "--bandwidth <bandwidth>",
      "a number, one for each column, or a rule: scott, silverman, loo, …",
      width,
      "scott",
    )
    .addOption(new Option("--shape <shape>").choices(["radial", "product"]).default("radial"))
    .option("--sample-weights <column>", "a column of positive weights")
    .addOption(
      new Option(
        "--weight-type <type>",
        "what they mean for errors and rules: each row counts more or less, or stands for so many",
      )
        .choices(["importance", "frequency"])
        .default("importance"),
    )
    .option("--adaptive", "a bandwidth for each key, wider where keys are sparse")
    .option("--neighbours <k>", "as wide as it takes to reach so many keys", whole)
    .addOption(
      new Option("--missing <policy>", "rows with an empty cell").choices(["error", "drop"]).default("error"),
    )
    .option("--output <file>", "by its ending; CSV to the standard output without it")
    .addOption(
      new Option("--backend <where>", "auto falls back to the CPU and says so")
        .choices(["auto", "webgpu", "cpu"])
        .default("auto"),
    )
    .option("--quiet", "no progress and no notes");
}

/** Where to answer. */
function places(command: Command): Command {
  return command
    .option("--at <file>", "a file with the same x columns, whose rows are asked about")
    .option(
      "--grid <n>",
      "without --at: so many places from the least x to the largest, for each column",
      whole,
      200,
    )
    .addOption(new Option("--method <method>").choices(["auto", "dense", "cull", "expand"]).default("auto"))
    .option("--tolerance <share>", "what cull and expand may be off by, of the values' range", number, 1e-6);
}

export function program(): Command {
  const all = new Command("nadaraya")
    .description("Kernel regression, densities and classes of tables, on the GPU where there is one.")
    .showHelpAfterError("(nadaraya --help, or nadaraya <command> --help)")
    .addHelpText(
      "after",
      `
Exit codes: 0 done; 1 it failed; 2 the command line is wrong; 3 the data is.

Examples:
  $ nadaraya regress rides.csv --x time --y acceleration --bandwidth loo --confidence 0.95 > fit.csv
  $ nadaraya density quakes.parquet --x longitude,latitude --bandwidth 2,2 --grid 100 --output map.arrow
  $ cat birds.csv | nadaraya classify --x bill,flipper --label species --at new.csv`,
    );

  places(common(all.command("regress")))
    .description("the mean of y around each place")
    .requiredOption("--y <columns>", "the values' columns", list)
    .addOption(
      new Option("--degree <degree>", "of the local polynomial").choices(["0", "1", "2"]).default("0"),
    )
    .option("--standard-error", "a column of standard errors for each y")
    .option("--confidence <level>", "columns of a confidence band, for example 0.95", number)
    .option("--gradient", "a column of slopes for each y and x")
    .option("--quantiles <probabilities>", "columns of conditional quantiles, comma-separated", (text) =>
      list(text).map(number),
    )
    .action(regress);
  places(common(all.command("density")))
    .description("how dense the rows are around each place")
    .action(density);
  places(common(all.command("classify")))
    .description("how probable each label is around each place")
    .requiredOption("--label <column>", "the classes' column")
    .addOption(new Option("--priors <priors>").choices(["shares", "equal"]).default("shares"))
    .action(classify);
  common(all.command("bandwidth"))
    .description("every bandwidth that a rule tries, with its score, the best one first")
    .option("--y <columns>", "for regression; without it, for the density", list)
    .action(bandwidth);
  places(common(all.command("weights")))
    .description("the heaviest rows for each place, and their shares")
    .option("--top <k>", "how many", whole, 5)
    .action(weights);
  all
    .command("info")
    .description("where this machine computes")
    .addOption(new Option("--backend <where>").choices(["auto", "webgpu", "cpu"]).default("auto"))
    .action(info);
  all
    .command("bench")
    .description("pairs of rows a second, on this machine")
    .addOption(new Option("--backend <where>").choices(["auto", "webgpu", "cpu"]).default("auto"))
    .action(bench);
  return all;
}
