/** The code that the explorer shows, run on the files that it is for: the command, TypeScript, Python and R give the curves of the picture. */
// cspell:ignore Rscript asarray jsonlite openpyxl readxl tolist
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { readCsv } from "../../../src/io/index.ts";
import { packed, root } from "../../../src/testing/packed.ts";
import type { Fit } from "../fit.ts";
import { cases, pictureOf } from "./cases.ts";
import { snippetsFor } from "./snippets.ts";

/** Python and R as Debian has them; a machine without them skips their tests. */
const runs = (command: string, args: readonly string[]) =>
  spawnSync(command, args, { encoding: "utf8" }).status === 0;
const PYTHON = ["/usr/bin/python3", "python3"].find((each) => runs(each, ["-c", "import pandas"]));
const R = runs("Rscript", ["--version"]) ? "Rscript" : undefined;
const hasJson = R !== undefined && runs(R, ["-e", "library(jsonlite)"]);

const { folder: nadaraya } = packed(".");
mkdirSync(join(root, "node_modules/.cache/nadaraya-code"), { recursive: true });

/** The numbers of a picture: for a curve, each group's; for classes and maps, those of each place in turn. */
function numbersOf(fit: Fit): Record<string, readonly number[]> {
  if (fit.kind === "map") return { "": [...(fit.mean ?? fit.probability!)] };
  if (fit.kind === "classes") return { "": [...fit.probability] };
  return Object.fromEntries(fit.curves.map(({ name, curve }) => [name, [...curve]]));
}

type Numbers = number | null | readonly Numbers[];
const flat = (numbers: Numbers): number[] =>
  Array.isArray(numbers) ? numbers.flatMap(flat) : [numbers === null ? Number.NaN : Number(numbers)];

function expectSame(found: Record<string, readonly number[]>, fit: Fit, tolerance = 2e-4): void {
  const expected = numbersOf(fit);
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, numbers] of Object.entries(expected)) {
    expect(found[name]).toHaveLength(numbers.length);
    const finite = numbers.filter(Number.isFinite);
    const scale = Math.max(...finite) - Math.min(...finite, 0);
    for (const [i, number] of numbers.entries())
      if (Number.isFinite(number)) expect(Math.abs(found[name][i] - number) / scale).toBeLessThan(tolerance);
      else expect(Number.isFinite(found[name][i])).toBe(false);
  }
}

describe.each(Object.entries(cases))("%s", (_, each) => {
  const { fileName, bytes } = each;
  const cwd = mkdtempSync(join(root, "node_modules/.cache/nadaraya-code/"));
  writeFileSync(join(cwd, fileName), bytes);
  const picture = pictureOf(each);
  const run = (command: string, args: readonly string[]) => {
    const env = { ...process.env, LC_ALL: "C.UTF-8", TZ: "America/New_York" };
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd,
      env,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    expect(status, stderr).toBe(0);
    return stdout;
  };
  /** Each group's numbers, from what a program prints as JSON. */
  const named = (text: string, isGrouped: boolean) => {
    const answer = JSON.parse(text) as Record<string, Numbers> | Numbers;
    return isGrouped
      ? Object.fromEntries(
          Object.entries(answer as Record<string, Numbers>).map(([name, list]) => [name, flat(list)]),
        )
      : { "": flat(answer as Numbers) };
  };

  test("the command", async () => {
    const { state, fitted, fit } = await picture;
    const { command } = snippetsFor(state, fitted);
    writeFileSync(
      join(cwd, "run.sh"),
      `nadaraya() { node ${JSON.stringify(join(packed("packages/nadaraya-cli").folder, "main.js"))} "$@" --backend cpu --quiet; }\n${command}\n`,
    );
    if (fit.kind === "map") return void run("sh", ["run.sh"]); // over its own grid
    const { names, columns, rows } = await readCsv(run("sh", ["run.sh"]), { wanted: undefined });
    const answers =
      fit.kind === "classes" ? names.filter((name) => name.startsWith("P(")) : [state.y || "density"];
    const group = Array.from({ length: rows }, (_, i) =>
      state.group === "" ? "" : String(columns[state.group][i]),
    );
    const found: Record<string, number[]> = {};
    for (let i = 0; i < rows; i++)
      found[group[i]] = [...(found[group[i]] ?? []), ...answers.map((name) => Number(columns[name][i]))];
    if (state.group === "") expectSame(found, fit);
    else expect(Object.keys(found).sort()).toEqual(Object.keys(numbersOf(fit)).sort()); // each over its own x
  });

  test("TypeScript", async () => {
    const { state, fitted, fit } = await picture;
    const { typescript } = snippetsFor(state, fitted);
    const what =
      fit.kind === "classes" || (fit.kind === "map" && !fit.mean)
        ? "probability"
        : state.y === ""
          ? "density"
          : "mean";
    const print =
      state.group === ""
        ? `console.log(JSON.stringify([...${what}]));`
        : `console.log(JSON.stringify(Object.fromEntries([...curves].map(([name, curve]) => [name, [...curve.${what}]]))));`;
    const { code } = transformSync(`${typescript}\n${print}`, {
      loader: "ts",
      format: "esm",
      target: "es2022",
    });
    mkdirSync(join(cwd, "node_modules"));
    symlinkSync(nadaraya, join(cwd, "node_modules/nadaraya"), "dir");
    writeFileSync(join(cwd, "run.mjs"), code);
    const text = run("node", ["run.mjs"]);
    expectSame(named(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1)!, state.group !== ""), fit);
  });

  // openpyxl and readxl need more of a workbook than the tests write.
  const isBook = fileName.endsWith(".xlsx");
  test.skipIf(PYTHON === undefined || isBook)("Python", async () => {
    const { state, fitted, fit } = await picture;
    const { python } = snippetsFor(state, fitted);
    const what = fit.kind === "classes" ? "probability" : state.y === "" ? "density" : "mean";
    const print =
      state.group === ""
        ? `print(json.dumps(np.asarray(${what}).tolist()))`
        : `print(json.dumps({name: list(curve) for name, curve in ${what}.items()}))`;
    writeFileSync(join(cwd, "run.py"), `${python}\n\nimport json\n${print}\n`);
    expectSame(named(run(PYTHON!, ["run.py"]).replaceAll("NaN", "null"), state.group !== ""), fit);
  });

  const isJson = /json$/.test(fileName);
  test.skipIf(R === undefined || isBook || (isJson && !hasJson))("R", async () => {
    const { state, fitted, fit } = await picture;
    const { r } = snippetsFor(state, fitted);
    const what = fit.kind === "classes" ? "probability" : state.y === "" ? "density" : "mean";
    const list = (numbers: string) =>
      `cat("[", paste(ifelse(is.finite(${numbers}), format(${numbers}, digits = 15), "null"), collapse = ","), "]")`;
    const print =
      state.group === ""
        ? list(fit.kind === "classes" ? `t(${what})` : what)
        : `cat("{"); first <- TRUE
for (name in names(${what})) { if (!first) cat(","); first <- FALSE; cat(shQuote(name, type = "cmd")); cat(":"); ${list(`${what}[[name]]`)} }
cat("}")`;
    writeFileSync(join(cwd, "run.R"), `${r}\n\n${print}\n`);
    expectSame(named(run(R!, ["run.R"]), state.group !== ""), fit);
  });
});
