/** The command as a stranger has it: built, run as a program, fed with files and pipes. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { beforeAll, describe, expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, KernelRegression } from "../index.ts";
import { readTable, writeTable } from "../io/files.ts";
import { buildCommand, root } from "../testing/command.ts";
import { isWideRing } from "../testing/ring.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-"));
const rides = join(root, "demo/data/motorcycle.csv");
const birds = join(root, "demo/data/penguins.csv");

let nadaraya: ReturnType<typeof buildCommand>["run"];
beforeAll(() => {
  nadaraya = buildCommand().run;
});

const numbers = (rows: readonly Record<string, string | undefined>[], name: string) =>
  Float64Array.from(rows, (row) => Number(row[name]));

const cpu = await Engine.create({ backend: "cpu" });
const x = "time (ms)";
const y = "acceleration (g)";
const data = csvParse(readFileSync(rides, "utf8"));

describe("regress", () => {
  test("a file to the standard output: the library's numbers", async () => {
    const { status, stdout, stderr } = nadaraya([
      ...["regress", rides, "--x", x, "--y", y, "--bandwidth", "loo", "--degree", "1"],
      ...["--confidence", "0.9", "--standard-error", "--gradient", "--grid", "50"],
    ]);
    expect(stderr).toMatch(/133 rows, bandwidth: time \(ms\) [\d.]+/);
    expect(status).toBe(0);
    const rows = csvParse(stdout);
    expect(rows.columns).toEqual([
      ...[x, y, `${y} standard error`, `${y} lower`, `${y} upper`, `d ${y} / d ${x}`],
    ]);
    const input = { keys: numbers(data, x), values: numbers(data, y), degree: 1 as const };
    const model = await KernelRegression.fit({ ...input, bandwidth: "loo" }, { engine: cpu });
    const asked = { confidence: 0.9, standardError: true, gradient: true };
    const { mean, lower, gradient } = await model.predict(numbers(rows, x), asked);
    expect(rows).toHaveLength(50);
    for (const [i, row] of rows.entries()) {
      expect(Number(row[y])).toBeCloseTo(mean[i], 1);
      expect(Number(row[`${y} lower`])).toBeCloseTo(lower![i], 1);
      expect(Number(row[`d ${y} / d ${x}`])).toBeCloseTo(gradient![i], 1);
    }
  });

  test("quantiles of degree 0, which other degrees refuse", async () => {
    const asked = [
      "regress",
      rides,
      "--x",
      x,
      "--y",
      y,
      "--bandwidth",
      "2",
      "--quantiles",
      "0.25,0.75",
      "--grid",
      "9",
    ];
    const rows = csvParse(nadaraya([...asked, "--quiet"]).stdout);
    expect(rows.columns).toEqual([x, y, `${y} quantile 0.25`, `${y} quantile 0.75`]);
    const model = await KernelRegression.fit(
      { keys: numbers(data, x), values: numbers(data, y), bandwidth: 2 },
      { engine: cpu },
    );
    const quantiles = await model.quantiles(numbers(rows, x), [0.25, 0.75]);
    for (const [i, row] of rows.entries())
      expect(Number(row[`${y} quantile 0.75`])).toBeCloseTo(quantiles[2 * i + 1], 9);
    const { status, stderr } = nadaraya([...asked, "--degree", "1"]);
    expect(status).not.toBe(0);
    expect(stderr).toContain("--quantiles is available for --degree 0, not for --degree 1");
  });

  test("every format in and out, and a pipe", async () => {
    const plain = ["--x", x, "--y", y, "--bandwidth", "2", "--backend", "cpu", "--quiet"];
    const first = nadaraya(["regress", rides, ...plain]);
    expect(first.stderr).toBe("");
    const piped = nadaraya(["regress", ...plain], readFileSync(rides, "utf8"));
    expect(piped.stdout).toBe(first.stdout);
    const table = await readTable(rides);
    for (const end of isWideRing ? ["tsv", "json", "parquet", "arrow"] : ["json"]) {
      const [from, to] = [join(folder, `in.${end}`), join(folder, `out.${end}`)];
      await writeTable(table, from);
      const run = nadaraya(["regress", from, ...plain, "--output", to]);
      expect(run).toMatchObject({ status: 0, stdout: "", stderr: "" });
      const fit = await readTable(to);
      const rows = csvParse(first.stdout);
      expect(fit.names).toEqual([x, y]);
      for (const name of fit.names)
        expect(
          Math.max(...numbers(rows, name).map((v, i) => Math.abs(v - (fit.columns[name][i] as number)))),
        ).toBeLessThan(1e-12);
    }
    const at = join(folder, "at.csv");
    writeFileSync(at, `other,${x}\nhello,10\nworld,2.5e1\n`);
    const asked = csvParse(nadaraya(["regress", rides, ...plain, "--at", at]).stdout);
    expect([...numbers(asked, x)]).toEqual([10, 25]);
  });
});

test("density, classify, bandwidth, weights, info", async () => {
  const columns = "bill length (mm),bill depth (mm)";
  const table = csvParse(readFileSync(birds, "utf8"));
  const keys = table.map((row) => columns.split(",").map((name) => Number(row[name])));
  const dense = csvParse(
    nadaraya(["density", birds, "--x", columns, "--bandwidth", "1,0.5", "--grid", "12"]).stdout,
  );
  expect(dense).toHaveLength(144);
  const density = await KernelDensity.fit({ keys, bandwidth: [1, 0.5] }, { engine: cpu });
  const asked = dense.map((row) => columns.split(",").map((name) => Number(row[name])));
  const { logDensity } = await density.evaluate(asked);
  for (const [i, row] of dense.entries())
    expect(Math.abs(Number(row["log density"]) - logDensity[i])).toBeLessThan(
      1e-3 * Math.max(1, -logDensity[i] / 10),
    );

  const classes = csvParse(
    nadaraya([
      "classify",
      birds,
      "--x",
      columns,
      "--label",
      "species",
      "--bandwidth",
      "1",
      "--at",
      birds,
      "--priors",
      "equal",
    ]).stdout,
  );
  const labels = table.map(({ species }) => species!);
  const classifier = await KernelClassifier.fit(
    { keys, labels, bandwidth: 1, priors: "equal" },
    { engine: cpu },
  );
  const { labels: found } = await classifier.predict(keys);
  expect(classes.map(({ species }) => species)).toEqual(found);
  expect(classes.columns.slice(-3)).toEqual(["P(Adelie)", "P(Chinstrap)", "P(Gentoo)"]);

  const widths = csvParse(nadaraya(["bandwidth", rides, "--x", x, "--y", y, "--bandwidth", "loo"]).stdout);
  const scores = numbers(widths, "score");
  expect(scores).toEqual(scores.slice().sort());
  expect(Number(widths[0][x])).toBeLessThan(2);

  const top = csvParse(
    nadaraya(["weights", rides, "--x", x, "--bandwidth", "1", "--top", "2", "--grid", "3"]).stdout,
  );
  expect(top.map(({ place }) => place)).toEqual(["1", "1", "2", "2", "3", "3"]);
  expect(Number(top[0].row)).toBe(1);

  expect(nadaraya(["info", "--backend", "cpu"]).stdout).toContain("the CPU, in float64");
  if (!isWideRing) return;
  const { stdout, status } = nadaraya(["info", "--self-test", "--backend", "cpu"]);
  expect(stdout).toContain("### nadaraya self-test: passed");
  expect(status).toBe(0);
  expect(nadaraya(["info", "--self-test", "some.csv"])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("was given: leave out the files"),
  });
  expect(nadaraya(["info"]).stdout).toMatch(/the GPU, by WebGPU\nadapter +\S/);
});

describe("what is wrong is said, with an exit code", () => {
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const own = ["--x", "a", "--y", "b", "--bandwidth", "1"];
  // The readers' tests have each of these in both rings.
  const wrong = [
    [
      "a word among numbers",
      "word.csv",
      "a,b\n1,2\n3,four\n",
      3,
      'word.csv line 3, column "b": "four" is no number',
    ],
    [
      "an empty cell",
      "gap.csv",
      "a,b\n1,2\n,3\n",
      3,
      'line 3, column "a" is empty (one of 1 such cells); --missing drop',
    ],
    ["a column that is not there", "other.csv", "a,c\n1,2\n", 3, 'has no column "b"; it has "a", "c"'],
    ["a short line", "short.csv", "a,b\n1,2\n3\n", 3, "line 3 has 1 cells, expected 2"],
    ["nothing", "empty.csv", "", 3, "empty.csv is empty"],
    ["names alone", "names.csv", "a,b\n", 3, "names.csv has no rows"],
    ["a quote that never ends", "quote.csv", 'a,b\n1,"2\n3,4\n', 3, "Quoted field unterminated"],
    ["two columns of one name", "twice.csv", "a,b,a\n1,2,3\n", 3, 'has two columns named "a"'],
    [
      "bytes that are no Parquet",
      "noise.parquet",
      "not parquet at all",
      3,
      "is no Parquet file that can be read",
    ],
    [
      "bytes that are no Arrow",
      "noise.arrow",
      "not arrow at all",
      3,
      "noise.arrow is no Arrow file that can be read",
    ],
    ["no JSON", "noise.json", "[1, 2", 3, "noise.json is no JSON"],
    ["JSON that is no table", "list.json", "[1, 2]", 3, "expected an array of objects"],
    ["an unknown file extension", "data.xyz", "a,b\n1,2\n", 3, 'ends in "xyz", expected .csv, .tsv'],
  ] as const;
  test.each(isWideRing ? wrong : wrong.slice(0, 2))("%s", (_, name, content, status, message) => {
    const found = nadaraya(["regress", file(name, content), ...own]);
    expect(found.stderr).toContain(message);
    expect(found).toMatchObject({ status, stdout: "" });
  });

  test("words that are wrong", () => {
    const gap = file("gap2.csv", "a,b\n1,2\n,3\n2,4\n3,1\n");
    for (const [args, message] of [
      [["regress", gap, "--x", "a"], "required option '--y <columns>'"],
      [["regress", gap, ...own, "--kernel", "parabola"], "Allowed choices are gaussian"],
      [["regress", gap, ...own, "--bandwidth", "best"], "expected a number above 0"],
      [["regress", gap, ...own, "--grid", "0"], "Expected a whole number from 1 to"],
      [["regres", gap], "Did you mean regress?"],
    ] as const) {
      const found = nadaraya(args);
      expect(found.stderr).toContain(message);
      expect(found.status).toBe(2);
    }
    expect(nadaraya(["regress", "nowhere.csv", ...own]).stderr).toContain(
      "nowhere.csv cannot be read: it is not there",
    );
    const dropped = nadaraya(["regress", gap, ...own, "--missing", "drop", "--grid", "2"]);
    expect(dropped).toMatchObject({ status: 0 });
    expect(dropped.stderr).toContain("1 rows with an empty cell were dropped");
    expect(nadaraya(["--help"])).toMatchObject({ status: 0 });
    expect(nadaraya(["regress", "--help"]).stdout).toContain("--standard-error");
  });
});

test.runIf(isWideRing)("three million flights in a Parquet file", async () => {
  const flights = join(root, "node_modules/vega-datasets/data/flights-3m.parquet");
  const { status, stdout, stderr } = nadaraya([
    ...["regress", flights, "--x", "distance", "--y", "delay", "--missing", "drop", "--confidence", "0.95"],
  ]);
  expect(stderr).toMatch(/\d{7} rows/);
  expect(status).toBe(0);
  const rows = csvParse(stdout);
  expect(rows).toHaveLength(200);
  const table = await readTable(flights, { wanted: { distance: "number", delay: "number" } });
  const input = { keys: table.columns.distance as Float64Array, values: table.columns.delay as Float64Array };
  const model = await KernelRegression.fit({ ...input, missing: "drop" }, { engine: cpu });
  const { mean } = await model.predict(numbers(rows, "distance"));
  for (const [i, row] of rows.entries()) expect(Math.abs(Number(row.delay) - mean[i])).toBeLessThan(1e-3);
});
