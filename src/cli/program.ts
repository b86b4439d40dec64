/** The command `nadaraya`: its words, and what they do. */
import { Argument, Command } from "commander";
import { writeAtOnce, writeStandardOutput } from "../io/files.ts";
import { version } from "../version.ts";
import { bandwidth, classify, density, plot, regress, weights } from "./commands.ts";
import { completionScript, SHELLS, type Shell } from "./completion.ts";
import { bench, info } from "./information.ts";
import { JOB_ACTIONS, jobs } from "./jobs.ts";
import { checkCommand } from "./options/check-usage.ts";
import { withOptions } from "./options/options.ts";
import { merge, partial } from "./partials.ts";
import { worker } from "./worker.ts";

const TABLES =
  "CSV, TSV, JSON, JSON lines, Parquet, Arrow or Excel, also .gz and .zst; - or nothing: the standard input";

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
Exit codes: 0 done; 1 failed; 2 the command line is wrong; 3 the data is wrong, or the answer cannot be written; 130 interrupted, 143 by SIGTERM, 129 by SIGHUP.

Examples:
  $ nadaraya regress rides.csv --x time --y acceleration --bandwidth loo --confidence 0.95 > fit.csv
  $ nadaraya density quakes.parquet --x longitude,latitude --bandwidth 2,2 --grid 100 --output map.arrow
  $ cat birds.csv | nadaraya classify --x bill,flipper --label species --at new.csv
  $ nadaraya plot rides.csv --x time --y acceleration --bandwidth loo --confidence 0.95 --output fit.svg
  $ nadaraya info quakes.parquet`,
    );

  all.hook("preAction", (_, command) => checkCommand(command));
  const add = (name: string, description: string): Command =>
    withOptions(all.command(name).description(description));
  /** A command that reads tables. */
  const addForTables = (name: string, description: string): Command =>
    add(name, description).argument("[files...]", TABLES, ["-"]);

  addForTables("regress", "compute the mean of y around each place").action(regress);
  addForTables(
    "plot",
    "draw the curve through y, the density of x, or a map over two x columns, into --output picture.svg or .html",
  ).action(plot);
  addForTables("density", "compute how dense the rows are around each place").action(density);
  addForTables("classify", "compute how probable each label is around each place").action(classify);
  addForTables(
    "bandwidth",
    "list every bandwidth that a rule tries, with its score, the best one first",
  ).action(bandwidth);
  addForTables("weights", "list the rows with the largest weights for each place, and their shares").action(
    weights,
  );
  addForTables(
    "partial",
    "write the sums of some of the rows (a shard) at places into a file that merges with those of other shards",
  ).action(partial);
  add("merge", "merge the sums of shards into an answer, with the same digits in any order of the files")
    .argument("<files...>", "files that `nadaraya partial` wrote")
    .action(merge);
  add("worker", "do the tasks of a queue until interrupted; start one on each machine with a GPU").action(
    worker,
  );
  add("jobs", "list the jobs of a queue or a folder, cancel them, or remove them with their results")
    .addArgument(new Argument("[action]", "what to do").choices(JOB_ACTIONS).default("list"))
    .argument("[names...]", "names of jobs, as given by --job or as listed", [])
    .action(jobs);
  add(
    "info",
    "list the columns of files with types, ranges and missing cells; without files, say where this machine computes",
  )
    .argument("[files...]", "files of tables, as for the other commands", [])
    .action(info);
  add("completion", 'print a script that completes this command: eval "$(nadaraya completion bash)"')
    .addArgument(new Argument("<shell>", "name of the shell").choices(SHELLS))
    .action((shell: Shell) => writeStandardOutput(completionScript(all, shell)));
  add("bench", "measure how many pairs of rows this machine weighs in a second").action(bench);
  return all;
}
