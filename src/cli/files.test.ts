/** The command with the files and the command lines that people have: what is read, what is written, and what is said about it. */
// cspell:ignore bandwith
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { JSDOM } from "jsdom";
import { beforeAll, describe, expect, test } from "vitest";
import { readTable } from "../io/files.ts";
import { buildCommand } from "../testing/command.ts";
import { type CorpusFile, corpus, expectedColumns } from "../testing/corpus.ts";
import { isWideRing } from "../testing/ring.ts";
import { readOptions } from "./read-options.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-files-"));
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

let command: ReturnType<typeof buildCommand>;
beforeAll(() => {
  command = buildCommand();
});
const nadaraya = (...args: Parameters<typeof command.run>) => command.run(...args);

const table = "x,y,kind\n1,2,a\n2,3,b\n3,5,a\n4,4,b\n5,7,a\n";
const plain = ["--bandwidth", "1", "--backend", "cpu", "--grid", "3"];

/** The options of a corpus file as words of the command line; undefined where they have none. */
function wordsFor({
  wanted,
  badAsMissing,
  header,
  na,
  epoch,
  dateOrder,
  timeZone,
  ...rest
}: NonNullable<CorpusFile["options"]>) {
  if (wanted) return undefined;
  const words = Object.entries(rest).flatMap(([name, value]) => [`--${name}`, String(value)]);
  if (header === false) words.push("--no-header");
  if (badAsMissing) words.push("--bad", "missing");
  if (na) words.push("--na", na.join());
  if (dateOrder) words.push("--dates", dateOrder);
  if (timeZone) words.push("--time-zone", timeZone);
  for (const [column, unit] of Object.entries(epoch ?? {})) words.push("--epoch", `${column}=${unit}`);
  return words;
}

describe("info reads every file of the corpus", () => {
  // Each is a process; the readers' tests read all of them in both rings.
  // An encoding that there is not is refused as a word of the option.
  const files = corpus.filter(
    ({ name, options = {} }, i) =>
      wordsFor(options) && name !== "unknown-encoding.csv" && (isWideRing || i % 60 === 0),
  );
  test.each(files.map((each): [string, CorpusFile] => [each.name, each]))("%s", (name, each) => {
    const found = nadaraya(["info", file(name, each.bytes), "--json", ...wordsFor(each.options ?? {})!]);
    if (each.error !== undefined) {
      expect(found).toMatchObject({ status: 3, stdout: "" });
      expect(found.stderr).toContain(each.error);
      return;
    }
    expect(found).toMatchObject({ status: 0, stderr: "" });
    const { columns } = JSON.parse(found.stdout) as {
      columns: { name: string; type: string; missing: number }[];
    };
    const expected = expectedColumns(each).map(({ name, type, values }) => {
      const missing = values.filter((value) => value === undefined || Number.isNaN(value)).length;
      return [name, type, missing];
    });
    expect(new Map(columns.map(({ name, type, missing }) => [name, [name, type, missing]]))).toEqual(
      new Map(expected.map((column) => [column[0], column])),
    );
  });
});

test("info says what columns there are, for people and as JSON", () => {
  const bad = file("bad.csv", "when,x,y\n2024-01-01,1,2\n2024-01-02,2,oops\n2024-01-04,,4\n2024-01-05,4,5\n");
  const { stdout, status } = nadaraya(["info", bad]);
  expect(status).toBe(0);
  expect(stdout).toContain("4 rows");
  expect(stdout).toMatch(/when +date +0 +2024-01-01 to 2024-01-05/);
  expect(stdout).toMatch(/x +number +1 +1 to 4/);
  expect(stdout).toContain('column "y", line 3: "oops" is no number (1 of 4 rows); --bad missing');
  const { columns } = JSON.parse(nadaraya(["info", bad, "--json"]).stdout);
  expect(columns[2]).toMatchObject({ name: "y", firstBad: { where: "line 3", value: "oops", count: 1 } });
});

describe.runIf(isWideRing)("the same numbers wherever it runs", () => {
  const dates = "t,y\n2024-03-31 01:30,1\n2024-03-31 02:30,2\n2024-10-27T02:30:00,5\n2024-11-03,4\n";
  test.each(["America/New_York", "Asia/Kolkata"])("in the time zone %s as in UTC", (zone) => {
    const path = file("zones.csv", dates);
    for (const args of [
      ["info", path, "--json"],
      ["regress", path, "--x", "t", "--y", "y", "--bandwidth", "1e9", "--grid", "4", "--backend", "cpu"],
      ["info", path, "--json", "--time-zone", "Europe/Berlin"],
    ]) {
      const here = nadaraya(args, undefined, { TZ: zone });
      expect(here.status).toBe(0);
      expect(here).toEqual(nadaraya(args, undefined, { TZ: "UTC" }));
    }
  });
});

describe("what is read", () => {
  test("several files, and patterns of them, as one table", () => {
    const parts = join(folder, "parts");
    mkdirSync(parts);
    const lines = table.trim().split("\n");
    writeFileSync(join(parts, "1.csv"), `${lines.slice(0, 3).join("\n")}\n`);
    writeFileSync(join(parts, "2.csv"), `${[lines[0], ...lines.slice(3)].join("\n")}\n`);
    const whole = nadaraya(["density", file("whole.csv", table), "--x", "x", ...plain]).stdout;
    for (const files of [[join(parts, "1.csv"), join(parts, "2.csv")], [join(parts, "*.csv")]])
      expect(nadaraya(["density", ...files, "--x", "x", ...plain]).stdout).toBe(whole);
    const none = nadaraya(["density", join(parts, "*.tsv"), "--x", "x", ...plain]);
    expect(none).toMatchObject({ status: 3, stderr: expect.stringContaining("no file matches") });
    const other = nadaraya(["info", join(parts, "1.csv"), file("other.csv", "x,y\n1,2\n")]);
    expect(other.stderr).toContain('other.csv has the columns "x", "y", expected those of');
  });

  test("a pipe of any format", async () => {
    const path = join(folder, "rows.parquet");
    nadaraya(["density", file("rows.csv", table), "--x", "x", ...plain, "--output", path]);
    const piped = nadaraya(["info", "-", "--json"], readFileSync(path));
    expect(JSON.parse(piped.stdout).columns.map(({ name }: { name: string }) => name)).toEqual([
      "x",
      "density",
      "log density",
    ]);
    expect(nadaraya(["info", "-", "--format", "jsonl"], '{"a":1}\n{"a":2}\n').stdout).toMatch(
      /a +number +0 +1 to 2/,
    );
  });

  test("names with commas, several --x, and the same column twice", () => {
    const commas = file("commas.csv", '"a, b",c,d\n1,2,3\n2,3,4\n3,5,6\n');
    for (const x of [
      ["--x", "a, b", "--x", "c"],
      ["--x", '"a, b",c'],
      ["--x", '"a, b"', "--x", "c"],
    ]) {
      const { stdout, status } = nadaraya(["density", commas, ...x, ...plain]);
      expect(status).toBe(0);
      expect(csvParse(stdout).columns).toEqual(["a, b", "c", "density", "log density"]);
    }
    const twice = nadaraya(["regress", commas, "--x", "c", "--y", "c", ...plain]);
    expect(twice).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('column "c" is both in --x and in --y'),
    });
  });

  test("places in another order, with more columns, and with a gap", () => {
    const path = file("train.csv", "a,b,y\n1,1,2\n2,3,3\n3,2,5\n4,5,4\n");
    const at = file("places.csv", "note,b,a\nhi,2,1\nyou,,2\nthere,3,3\n");
    const args = [
      "regress",
      path,
      "--x",
      "a,b",
      "--y",
      "y",
      "--bandwidth",
      "1",
      "--backend",
      "cpu",
      "--at",
      at,
    ];
    expect(nadaraya(args)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('places.csv line 3, column "b" is empty'),
    });
    const { stdout, stderr } = nadaraya([...args, "--missing", "drop"]);
    expect(csvParse(stdout).map(({ a, b }) => [a, b])).toEqual([
      ["1", "2"],
      ["3", "3"],
    ]);
    expect(stderr).toContain("1 rows of");
  });

  test("the label NA can be kept", () => {
    const path = file("countries.csv", "x,country\n1,NA\n2,NA\n8,DE\n9,DE\n");
    const { stdout } = nadaraya(["classify", path, "--x", "x", "--label", "country", "--na", "", ...plain]);
    expect(csvParse(stdout).columns).toEqual(["x", "country", "P(DE)", "P(NA)"]);
  });

  test("dates come out as they went in", async () => {
    const path = file("days.csv", "day,y\n2024-01-01,1\n2024-01-03,2\n2024-01-05,4\n");
    const args = [
      "regress",
      path,
      "--x",
      "day",
      "--y",
      "y",
      "--bandwidth",
      "1e8",
      "--backend",
      "cpu",
      "--grid",
      "3",
    ];
    expect(csvParse(nadaraya(args).stdout).map(({ day }) => day)).toEqual([
      "2024-01-01",
      "2024-01-03",
      "2024-01-05",
    ]);
    for (const end of isWideRing ? ["parquet", "arrow", "json", "jsonl"] : ["parquet"]) {
      const output = join(folder, `days.${end}`);
      expect(nadaraya([...args, "--output", output]).status).toBe(0);
      const { dates, columns } = await readTable(output);
      expect(dates).toEqual(["day"]);
      expect(columns.day[1]).toBe(Date.UTC(2024, 0, 3));
    }
  });
});

describe("what is written", () => {
  const args = () => ["density", file("in.csv", table), "--x", "x", ...plain];

  test.each([
    ["a folder that is not there", () => join(folder, "nowhere/out.csv"), 3, "it is not there"],
    ["a folder", () => folder, 2, "expected"],
  ])("%s is refused before the work", (_, output, status, message) => {
    const found = nadaraya([...args(), "--output", output()]);
    expect(found).toMatchObject({ status, stdout: "" });
    expect(found.stderr).toContain(message);
    expect(found.stderr).not.toContain("bandwidth:"); // nothing was fitted
  });

  test("a full disk is an error", () => {
    if (!existsSync("/dev/full")) return;
    const full = spawnSync("sh", ["-c", `node ${command.main} ${args().join(" ")} > /dev/full`], {
      encoding: "utf8",
    });
    expect(full.stderr).toContain("the standard output cannot be written: the disk is full");
    expect(full.status).toBe(3);
  });

  test("names that collide lose no column", () => {
    const path = file("density.csv", "density,row,weight\n1,1,1\n2,2,4\n3,3,9\n");
    const dense = nadaraya(["density", path, "--x", "density", ...plain]);
    expect(csvParse(dense.stdout).columns).toEqual(["density", "density.1", "log density"]);
    expect(dense.stderr).toContain('the result "density" is called "density.1"');
    const top = nadaraya(["weights", path, "--x", "row", ...plain, "--top", "1"]);
    expect(csvParse(top.stdout).columns).toEqual(["row", "place", "row.1", "weight"]);
  });

  test("- is the standard output", () => {
    expect(nadaraya([...args(), "--output", "-"]).stdout).toBe(nadaraya(args()).stdout);
  });

  test("a reader that stops early is no error", () => {
    const piped = spawnSync(
      "sh",
      ["-c", `node ${command.main} ${args().slice(0, -1).join(" ")} 200000 | head -n 1`],
      { encoding: "utf8" },
    );
    expect(piped).toMatchObject({ stdout: "x,density,log density\n" });
    expect(piped.stderr).not.toMatch(/EPIPE|Error/);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("%s ends with %i and leaves no half file", async (signal, code) => {
    const many = file(
      "many.csv",
      `x,y\n${Array.from({ length: 40_000 }, (_, i) => `${Math.sin(i)},${i % 7}`).join("\n")}\n`,
    );
    const words = [
      "regress",
      many,
      "--x",
      "x",
      "--y",
      "y",
      "--bandwidth",
      "0.1",
      "--backend",
      "cpu",
      "--method",
      "dense",
    ];
    const running = spawn("node", [
      command.main,
      ...words,
      "--grid",
      "40000",
      "--output",
      join(folder, "half.csv"),
    ]);
    // Its first note says that it computes.
    await new Promise<void>((resolve) => running.stderr.once("data", () => resolve()));
    running.kill(signal);
    const status = await new Promise((resolve) => running.once("exit", resolve));
    expect(status).toBe(code);
    expect(readdirSync(folder).filter((name) => name.includes("half"))).toEqual([]);
  });
});

describe("pictures", () => {
  const path = () => file("points.csv", table);
  const words = () => ["plot", path(), "--backend", "cpu", "--bandwidth", "1"];

  const drawn: [string, string[], string[]][] = [
    ["a curve with its band", ["--x", "x", "--y", "y", "--confidence", "0.9"], ["circle", "path"]],
    ["a density", ["--x", "x"], ["path"]],
    ["a map", ["--x", "x,y", "--grid", "20"], ["path"]],
  ];
  test.each(isWideRing ? drawn : drawn.slice(0, 1))("%s is an SVG, and a page", (_, more, elements) => {
    for (const end of isWideRing ? ["svg", "html"] : ["svg"]) {
      const output = join(folder, `picture.${end}`);
      expect(nadaraya([...words(), ...more, "--output", output])).toMatchObject({ status: 0, stdout: "" });
      const { document } = new JSDOM(readFileSync(output, "utf8")).window;
      const svg = document.querySelector("svg")!;
      expect(svg.getAttribute("xmlns")).toBe("http://www.w3.org/2000/svg");
      for (const element of elements)
        expect(svg.querySelectorAll(element).length, element).toBeGreaterThan(0);
      expect(svg.outerHTML).not.toContain("NaN");
    }
  });

  test.each([
    [2, "another ending", "picture.png", "x", "expected a file that ends in .svg or .html"],
    [3, "a column of text", "p.svg", "x,y,kind", 'line 2, column "kind"'],
  ])("exit code %s: %s is refused", (status, _, output, x, message) => {
    expect(nadaraya([...words(), "--x", x, "--output", output])).toMatchObject({
      status,
      stderr: expect.stringContaining(message),
    });
  });
});

test.runIf(isWideRing)("the examples of --help run as they stand", () => {
  const examples = mkdtempSync(join(tmpdir(), "nadaraya-examples-"));
  const rides = Array.from({ length: 40 }, (_, i) => `${i},${Math.sin(i / 5)}`).join("\n");
  writeFileSync(join(examples, "rides.csv"), `time,acceleration\n${rides}\n`);
  const birds = Array.from({ length: 40 }, (_, i) => `${40 + (i % 9)},${180 + i},${i < 20 ? "a" : "b"}`).join(
    "\n",
  );
  writeFileSync(join(examples, "birds.csv"), `bill,flipper,species\n${birds}\n`);
  writeFileSync(join(examples, "new.csv"), "flipper,bill\n190,41\n210,44\n");
  const quakes = Array.from({ length: 50 }, (_, i) => `${i % 7},${i % 11}`).join("\n");
  writeFileSync(join(examples, "quakes.csv"), `longitude,latitude\n${quakes}\n`);
  const run = (line: string) =>
    spawnSync("sh", ["-c", `nadaraya() { node ${command.main} "$@"; }; ${line}`], {
      cwd: examples,
      encoding: "utf8",
    });
  expect(
    run("nadaraya density quakes.csv --x longitude,latitude --at quakes.csv --output quakes.parquet").status,
  ).toBe(0);
  const lines = [...nadaraya(["--help"]).stdout.matchAll(/^ *\$ (.*)$/gm)].map(([, line]) => line);
  expect(lines.length).toBeGreaterThan(4);
  for (const line of lines) expect(run(line), line).toMatchObject({ status: 0 });
});

test.runIf(isWideRing)("completes commands, options and choices in bash", () => {
  const words = (line: string) => {
    const parts = line.split(" ");
    const script = `eval "$(node ${command.main} completion bash)"; COMP_WORDS=(${parts.map((part) => `'${part}'`).join(" ")}); COMP_CWORD=${parts.length - 1}; _nadaraya; echo "\${COMPREPLY[*]}"`;
    return spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout.trim();
  };
  expect(words("nadaraya reg")).toBe("regress");
  expect(words("nadaraya density --band")).toBe("--bandwidth");
  expect(words("nadaraya regress --missing ")).toBe("error drop");
  expect(words("nadaraya regress --header-row ")).toBe("");
  expect(nadaraya(["completion", "fish"])).toMatchObject({ status: 2 });
});

describe("the command line", () => {
  test("--version, unknown options, and --json", () => {
    expect(nadaraya(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+|unknown\n$/);
    const path = file("line.csv", table);
    const unknown = nadaraya(["regress", path, "--x", "x", "--y", "y", "--bandwith", "1"]);
    expect(unknown).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Did you mean --bandwidth?"),
    });
    const { stderr, status } = nadaraya(["regress", path, "--x", "x", "--y", "y", ...plain, "--json"]);
    expect(status).toBe(0);
    expect(JSON.parse(stderr)).toMatchObject({
      rows: 5,
      used: 5,
      bandwidth: { x: 1 },
      method: expect.any(String),
      milliseconds: expect.any(Number),
      backend: "cpu",
    });
  });

  test("a wrong name among many columns is answered with the nearest", () => {
    const wide = file(
      "wide.csv",
      `${Array.from({ length: 2000 }, (_, i) => `speed${i}`).join()}\n${Array.from({ length: 2000 }, () => 1).join()}\n`,
    );
    const { stderr, status } = nadaraya(["density", wide, "--x", "sped77", ...plain]);
    expect(status).toBe(3);
    expect(stderr).toContain('has no column "sped77"; did you mean "speed77"?');
    expect(stderr.length).toBeLessThan(300);
  });

  test("the options of a table are those of the readers", () => {
    const given = { header: false, bad: "missing", dates: "dmy", na: [""] } as const;
    expect(readOptions(given)).toMatchObject({
      header: false,
      badAsMissing: "all",
      dateOrder: "dmy",
      na: [""],
    });
  });
});
