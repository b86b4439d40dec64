/** The options of the commands against those of the library, which the compiler proves to be all that there are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../testing/packed.ts";
import { OPTIONS } from "./options.ts";

/** For each interface of options the commands that take them, or why no command does; and the options that are left out, with the reason. */
type Coverage = readonly [
  owner: string,
  commands: readonly string[],
  leftOut?: Readonly<Record<string, string>>,
];

const CALLBACKS = {
  signal: "Ctrl-C ends a command",
  onProgress: "a command shows a progress bar",
};
const FITS = ["regress", "plot", "density", "classify", "bandwidth", "weights"];
const LISTENERS = { ...CALLBACKS, onWarning: "a command prints warnings as notes" };
const ENGINE = { engine: "a command makes its engine by --backend and its kin" };
const KEYS = { keys: "the columns of --x" };
const VALUES = { values: "the columns of --y" };
const READING = {
  ...CALLBACKS,
  wanted: "the columns that --x, --y and other options name",
  name: "the name of the file",
};

const COVERAGE: readonly Coverage[] = [
  ["KernelInput", FITS, KEYS],
  ["FitOptions", FITS, { ...ENGINE, ...LISTENERS }],
  ["RunOptions", FITS, CALLBACKS],
  ["PredictOptions", ["regress", "plot", "density", "classify", "partial"]],
  ["RegressionInput", ["regress", "plot", "bandwidth"], VALUES],
  ["RegressionPredictOptions", ["regress"], { output: "a command has no use for a buffer on the GPU" }],
  ["BootstrapOptions", ["regress"]],
  ["DensityOptions", ["density"]],
  ["ClassifierInput<unknown>", ["classify"], { labels: "the column of --label" }],
  ["ClassifierPredictOptions", ["classify"]],
  [
    "EngineOptions",
    [...FITS, "partial", "info", "bench"],
    {
      device: "a device belongs to the program that made it",
      calibration: "a command recalls what it measured",
      warm: "a command computes one problem, whose shaders are compiled when they are needed",
      onDeviceLost: "a command prints warnings as notes",
    },
  ],
  ["ReadOptions", [...FITS, "partial", "info"], READING],
  ["CsvOptions", [...FITS, "partial", "info"]],
  ["JsonOptions", [...FITS, "partial", "info"]],
  ["ParquetOptions", [...FITS, "partial", "info"], { rowGroups: "--shards reads row groups one by one" }],
  ["ExcelOptions", [...FITS, "partial", "info"]],
  ["TableOptions", [...FITS, "partial", "info"], { rowGroups: "--shards reads row groups one by one" }],
  [
    "KernelInput",
    ["partial"],
    {
      ...KEYS,
      coordinates: "categories of shards need declared levels, for which --coordinates has no words",
      adaptive: "a pilot density would need the rows of all shards",
      neighbours: "the nearest rows may be those of other shards",
    },
  ],
  [
    "PartialOptions",
    ["partial"],
    { name: "the name of the file", dates: "the columns in which dates are found" },
  ],
  [
    "Job",
    ["regress", "density"],
    {
      y: "a density has no values",
      errors: "--standard-error and --confidence of regress",
      files: "the arguments of the command",
      read: "the options of reading, one by one",
    },
  ],
  ["JobOptions", ["regress", "density"], CALLBACKS],
  ["GridCells", [], { "*": "cells come from a database, by gridQuery and a program" }],
  ["GridSettings", [], { "*": "cells come from a database, by gridQuery and a program" }],
  ["SmoothOptions<unknown>", [], { "*": "marks of Observable Plot belong to a page; plot draws its own" }],
  ["LearnInput", [], { "*": "learning has steps that a program watches; --bandwidth takes rules" }],
  ["LearnOptions", [], { "*": "learning has steps that a program watches; --bandwidth takes rules" }],
  ["AttentionInput", [], { "*": "attention is of vectors of a model, not of columns of a table" }],
  ["AttentionOptions", [], { "*": "attention is of vectors of a model, not of columns of a table" }],
];

/** The lists of `optionNames` by their interfaces, without what they inherit from other lists. */
function libraryOptions(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const folder = join(root, "src");
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts") || path.endsWith(".test.ts") || path === join("common", "options.ts")) continue;
    const text = readFileSync(join(folder, path), "utf8");
    const lists = [...text.matchAll(/optionNames<([\w<>]+)>\(\)\(\s*\{([^}]*)\}/g)];
    expect(lists.length, path).toBe(text.split("optionNames<").length - 1);
    for (const [, owner, names] of lists)
      found.set(
        owner,
        [...names.matchAll(/(\w+): true/g)].map(([, name]) => name),
      );
  }
  return found;
}

/** What the options of a command set, by the library's names. */
const setBy = (command: string): Set<string> =>
  new Set(OPTIONS.filter(({ commands }) => commands.includes(command as never)).flatMap(({ sets }) => sets));

test("every option of the library is one of the commands', or left out for a reason", () => {
  const library = libraryOptions();
  expect([...library.keys()].sort()).toEqual([...new Set(COVERAGE.map(([owner]) => owner))].sort());
  const lacking: string[] = [];
  for (const [owner, commands, leftOut = {}] of COVERAGE) {
    const names = library.get(owner)!;
    for (const command of commands)
      for (const name of names)
        if (!setBy(command).has(name) && !Object.hasOwn(leftOut, name))
          lacking.push(`${command}: ${owner}.${name}`);
    for (const [name, reason] of Object.entries(leftOut)) {
      expect(reason, `${owner}.${name}`).toMatch(/^\S+ \S+ \S+/);
      if (name !== "*" || commands.length > 0) expect(names, owner).toContain(name);
      if (commands.length > 0)
        expect(
          commands.every((command) => setBy(command).has(name)),
          `${owner}.${name} is an option`,
        ).toBe(false);
    }
  }
  expect(lacking).toEqual([]);
});
