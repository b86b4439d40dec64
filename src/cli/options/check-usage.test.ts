/** Command lines that are wrong whatever the data is: they end with exit code 2, before a file is read. */
import { CommanderError } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { program } from "../program.ts";
import { UsageError } from "../usage.ts";

beforeEach(() => {
  for (const name of ["NADARAYA_REDIS", "REDIS_URL"]) vi.stubEnv(name, "");
});
afterEach(() => vi.unstubAllEnvs());

/** Parses a command line whose files are not there, and computes nothing. */
async function parse(line: string): Promise<void> {
  const all = program();
  for (const command of all.commands)
    command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .action(() => {});
  await all.parseAsync(line.split(" "), { from: "user" });
}

const LINES: Readonly<Record<string, string>> = {
  regress: "regress d.csv --x x --y y",
  plot: "plot d.csv --x x --output out.svg",
  density: "density d.csv --x x",
  classify: "classify d.csv --x x --label l",
  bandwidth: "bandwidth d.csv --x x",
  weights: "weights d.csv --x x",
  partial: "partial d.csv --x x --bandwidth 1 --at p.csv --output d.partial",
  merge: "merge a.partial b.partial",
  ...{ info: "info", jobs: "jobs", worker: "worker", bench: "bench" },
};

test.each([
  // Options that another one leaves without effect.
  ["regress --grid 9 --at p.csv", "--grid is for places over the data: --at names the places"],
  [
    "regress --method dense --tolerance 1e-3",
    "--tolerance is for the methods cull and expand: --method dense",
  ],
  [
    "density --method dense --absolute-tolerance 1",
    "--absolute-tolerance is for the methods cull and expand",
  ],
  ["partial --method dense --tolerance 1e-3", "--tolerance is for"],
  ["regress --seed 2", "--seed is for a bootstrap: it needs --replicates"],
  ["regress --gap 2", "--gap is for the rule that leaves rows out: it needs --bandwidth loo"],
  ["bandwidth --y y --gap 2 --bandwidth kfold", "it needs --bandwidth loo"],
  ["regress --degree 1 --quantiles 0.5", "--quantiles is available for --degree 0, not for --degree 1"],
  ["classify --weight-type frequency", "--weight-type is about weights of rows: it needs --sample-weights"],
  ["weights --backend cpu --memory-budget 9", "--memory-budget is about a GPU: --backend cpu"],
  ["bench --backend cpu --power-preference low-power", "--power-preference is about a GPU"],
  ["regress --header-row 2 --no-header", "--header-row is the row of the names: --no-header"],
  ["plot --confidence 0.9", "--confidence is for a regression: it needs --y"],
  ["plot --degree 1", "--degree is for a regression: it needs --y"],
  ["bandwidth --gap 2 --bandwidth likelihood", "--gap is for a regression: it needs --y"],
  ["partial --errors", "--errors is for a regression: it needs --y"],
  ["merge --output m.partial --confidence 0.9", "m.partial holds sums: --confidence is for the table"],
  ["info d.csv --workers 2", "--workers is about this machine, and info of a file computes nothing"],
  ["info --sheet a", "--sheet is for reading files: info was given none"],
  ["info --no-header", "--no-header is for reading files"],
  ["info d.csv --self-test", '--self-test is about this machine, but "d.csv" was given'],
  ["jobs list a", "list takes no names"],
  ["jobs cancel", "cancel needs the names of jobs"],
  ["jobs remove a --store s --json", "--json is for nadaraya jobs list, not for remove"],
  ["jobs --store s --queue q", "--queue is the name of a queue"],
  ["regress - --at -", "--at - is the standard input, from which the rows are read already"],
  // Over shards.
  ["regress --store s", "--store is for --distributed"],
  ["regress --job a", "--job is for jobs that go on after an interrupt"],
  ["regress --shards 2 --sample 9 --bandwidth 1", "--sample is for a rule that chooses the bandwidth"],
  ["density --distributed processes --queue q", "--queue is the name of a queue"],
  ["density --shards 2 --timeout 9", "--timeout is the patience with the Redis of a queue"],
  [
    "density --distributed cluster",
    '--distributed is "cluster", expected redis://host:port, redis, processes',
  ],
  ["density --distributed processes:0", '--distributed is "processes:0"'],
  ["density --distributed postgres://db", "not in PostgreSQL"],
  ["density --distributed redis", "there is no address of Redis"],
  ["density --distributed redis://h --job a/b", 'id is "a/b", expected letters'],
  ["density --distributed redis://h --queue a/b", 'the queue is called "a/b"'],
  ["regress --shards 2 --degree 1", "--degree 1 needs all rows in one place"],
  ["regress --shards 2 --empty mean", "--empty needs all rows in one place"],
  ["regress --shards 2 --bandwidth kfold", "or a rule over shards: scott, silverman, loo"],
  // Values that are none.
  ["regress --bandwidth best", 'bandwidth is "best", expected a number above 0, one for each column'],
  ["density --bandwidth loo", "a rule of densities: scott, silverman, sheather-jones"],
  ["classify --bandwidth aicc", "a rule of classifiers: scott, silverman, loo"],
  ["regress --output out.foo", 'out.foo ends in "foo", expected .csv'],
  ["regress --output out.xlsx", "such files are read, not written"],
  ["merge --output out.foo", 'ends in "foo"'],
  ["plot --output out.csv", "expected a file that ends in .svg or .html"],
  ["worker", "there is no address of Redis"],
  ["worker --redis http://h", "is no address of Redis"],
  ["worker --redis redis://h --queue a/b", "the queue is called"],
])("refuses: %s", async (line, message) => {
  const [command, ...words] = line.split(" ");
  const found = await parse([LINES[command], ...words].join(" ")).catch((error) => error);
  expect(found).toBeInstanceOf(UsageError);
  expect(found.message).toContain(message);
});

test.each([
  "regress --bandwidth -1",
  "regress --bandwidth 1,0",
  "regress --bandwidth Infinity",
  "regress --confidence 1",
  "regress --tolerance 0",
  "regress --quantiles 0.5,2",
  "regress --seed 4294967296",
  "regress --replicates 5",
  "regress --grid 1e9",
  "regress --shards 2 --sample 99999999",
  "regress --distributed redis://h --timeout 0",
  "regress --adaptive-exponent 2",
  "regress --memory-budget 0.5",
  "regress --coordinates round",
  "regress --delimiter ::",
  "regress --encoding latin-99",
  "regress --time-zone Mars/Crater",
  "density --absolute-tolerance -1",
  "partial --bandwidth scott",
  "plot --at p.csv",
  "worker --redis redis://h --lost-after 0",
])("refuses the value: %s", async (line) => {
  const [command, ...words] = line.split(" ");
  const found = await parse([LINES[command], ...words].join(" ")).catch((error) => error);
  expect(found).toBeInstanceOf(CommanderError);
});

test.each([
  ...Object.values(LINES).filter((line) => line !== "worker" && line !== "jobs"),
  "worker --redis redis://h --queue a",
  "jobs --store s --json",
  "jobs cancel a --redis redis://h",
  "regress d.csv --x x --y y --shards 2 --degree 0 --empty nan --at p.csv",
  "regress d.csv --x x --y y --degree 1 --bandwidth loo --gap 1 --output out.parquet",
  "density d.csv --x x --distributed processes:2 --store s --job a --sample 9",
  "bandwidth d.csv --x x --y y --bandwidth aicc --output -",
  "plot d.csv --x x --y y --output out.html --confidence 0.9",
  "merge a.partial --output m.partial",
  "info --backend cpu --workers 0",
  "info d.csv --sheet a",
])("takes: %s", async (line) => {
  await parse(line);
});
