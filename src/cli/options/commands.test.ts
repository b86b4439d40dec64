/** The commands read every option that they have, and answer by them as the library does. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { describe, expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, KernelRegression } from "../../index.ts";
import { bandwidth, classify, density, plot, regress, weights } from "../commands.ts";
import { partial } from "../partials.ts";
import { program } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-options-"));
const file = (name: string) => join(folder, name);
const size = 40;
const x = Array.from({ length: size }, (_, i) => i / 8 + 0.05 * Math.sin(9 * i));
const y = x.map((each, i) => Math.sin(each) + 0.1 * Math.cos(5 * i));
const kind = x.map((_, i) => i % 3);
const rows = x.map((each, i) => [each, y[i], kind[i], kind[i] > 1 ? "b" : "a"].join());
writeFileSync(file("rows.csv"), `x,y,k,label\n${rows.join("\n")}\n`);
writeFileSync(file("places.csv"), "x,k\n0.5,0\n2.5,1\n30,2\n");

type Action = (files: readonly string[], options: never, command: never) => Promise<void>;
const ACTIONS: Readonly<Record<string, Action>> = {
  ...{ regress, plot, density, classify, bandwidth, weights, partial },
};

/** Runs a command in this process, and returns the table that it wrote; `onRead` is called with each option that it reads. */
async function run(name: string, args: readonly string[], onRead: (name: string) => void = () => {}) {
  const output = file(name === "plot" ? "out.svg" : name === "partial" ? "out.partial" : "out.csv");
  const command = program().commands.find((each) => each.name() === name)!;
  command.exitOverride().configureOutput({ writeErr: () => {} });
  const answered = new Promise<void>((resolve, reject) => {
    command.action((files: string[]) => {
      const options = new Proxy(command.opts(), {
        get: (target, key) => {
          onRead(String(key));
          return target[key as string];
        },
      });
      return ACTIONS[name](files, options as never, command as never).then(resolve, reject);
    });
  });
  const threads = args.includes("--shards") ? [] : ["--workers", "0"];
  const all = [file("rows.csv"), ...args, "--quiet", "--backend", "cpu", ...threads];
  const parsed = command.parseAsync([...all, "--output", output], { from: "user" });
  await Promise.all([parsed, answered]);
  return output.endsWith(".csv") ? csvParse(readFileSync(output, "utf8")) : csvParse("");
}

const OF_Y = ["--x", "x", "--y", "y", "--bandwidth", "0.5"];
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  regress: OF_Y,
  density: ["--x", "x"],
  classify: ["--x", "x", "--label", "label"],
  bandwidth: OF_Y,
  weights: ["--x", "x"],
  partial: [...OF_Y, "--at", file("places.csv")],
};

// A plot is drawn by the functions of regress and density.
test.each(
  Object.keys(ACTIONS).filter((name) => name !== "plot"),
)("%s reads each of its options", async (name) => {
  const read = new Set<string>();
  await run(name, NEEDED[name], (option) => read.add(option));
  const { options } = program().commands.find((each) => each.name() === name)!;
  // A command line with one of these is a job over shards.
  const names = options.filter(({ helpGroupHeading: group }) => !group?.startsWith("Over shards"));
  const unread = names.map((each) => each.attributeName()).filter((each) => !read.has(each));
  expect(unread).toEqual([]);
});

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const at = ["--at", file("places.csv")];
const column = (table: Awaited<ReturnType<typeof run>>, name: string) =>
  table.map((row) => (row[name] === "" ? Number.NaN : Number(row[name])));
const near = (found: readonly number[], expected: ArrayLike<number>) => {
  expect(found.length).toBe(expected.length);
  for (const [i, each] of found.entries()) expect(each).toBeCloseTo(expected[i], 9);
};

test.each([
  ["--confidence 0.9"],
  ["--standard-error"],
  ["--standard-error --confidence 0.9"],
])("has the same columns over shards: %s", async (line) => {
  const words = [...OF_Y, ...line.split(" "), "--grid", "3"];
  const [plain, shards] = [await run("regress", words), await run("regress", [...words, "--shards", "2"])];
  expect(shards.columns).toEqual(plain.columns);
  // Errors are by the variance of the values around the mean, of which sums know no row left out.
  for (const name of ["x", "y"])
    for (const [i, each] of column(shards, name).entries())
      expect(each).toBeCloseTo(column(plain, name)[i], 4);
});

describe("options answer as the library does", () => {
  const boxcar = [...OF_Y, "--kernel", "boxcar", ...at];
  const input = { keys: x, values: y, bandwidth: 0.5, kernel: "boxcar" } as const;

  test.each(["nearest", "mean"] as const)("--empty %s", async (empty) => {
    const model = await KernelRegression.fit(input, { engine });
    const { mean } = await model.predict([0.5, 2.5, 30], { empty });
    near(column(await run("regress", [...boxcar, "--empty", empty]), "y"), mean);
  });

  test("--empty error", async () => {
    await expect(run("regress", [...boxcar, "--empty", "error"])).rejects.toThrow(
      /^place 3 has no key within/,
    );
  });

  test("--empty nearest of classes", async () => {
    const keys = { keys: x, labels: kind.map((each) => (each > 1 ? "b" : "a")), bandwidth: 0.5 };
    const model = await KernelClassifier.fit({ ...keys, kernel: "boxcar" }, { engine });
    const { labels } = await model.predict([0.5, 2.5, 30], { empty: "nearest" });
    const asked = ["--x", "x", "--label", "label", "--bandwidth", "0.5", "--kernel", "boxcar", ...at];
    const found = await run("classify", [...asked, "--empty", "nearest"]);
    expect(found.map(({ label }) => label)).toEqual(labels);
    expect(labels[2]).toMatch(/[ab]/);
  });

  test("--coordinates, and a grid over their categories", async () => {
    const keys = x.map((each, i) => [each, kind[i]]);
    const given = {
      keys,
      values: y,
      coordinates: ["continuous", "li-racine"],
      bandwidth: [0.5, 0.2],
    } as const;
    const model = await KernelRegression.fit(given, { engine });
    const asked = [
      "--x",
      "x,k",
      "--y",
      "y",
      "--bandwidth",
      "0.5,0.2",
      "--coordinates",
      "continuous,li-racine",
    ];
    const found = await run("regress", [...asked, "--grid", "4"]);
    expect(found).toHaveLength(12);
    expect(new Set(column(found, "k"))).toEqual(new Set([0, 1, 2]));
    const places = found.map((row) => [Number(row.x), Number(row.k)]);
    near(column(found, "y"), (await model.predict(places)).mean);
  });

  test("--gap and --degree of a bandwidth by a rule", async () => {
    const asked = ["--x", "x", "--y", "y", "--bandwidth", "loo", "--gap", "2", "--degree", "1"];
    const found = await run("bandwidth", asked);
    const given = { keys: x, values: y, bandwidth: "loo", gap: 2, degree: 1 } as const;
    const model = await KernelRegression.fit(given, { engine, onWarning: () => {} });
    expect(Number(found[0].x)).toBeCloseTo(model.bandwidth[0], 9);
  });

  test("--adaptive-exponent", async () => {
    const model = await KernelDensity.fit({ keys: x, bandwidth: 0.5, adaptive: 0.8 }, { engine });
    const asked = ["--x", "x", "--bandwidth", "0.5", "--adaptive-exponent", "0.8", ...at];
    near(column(await run("density", asked), "density"), (await model.evaluate([0.5, 2.5, 30])).density);
  });

  test("--replicates and --seed", async () => {
    const { keys, values, bandwidth: width } = input;
    const model = await KernelRegression.fit({ keys, values, bandwidth: width }, { engine });
    const bands = await model.bootstrap([0.5, 2.5], { replicates: 60, seed: 3, confidence: 0.9 });
    writeFileSync(file("two.csv"), "x\n0.5\n2.5\n");
    const asked = [...OF_Y, "--at", file("two.csv"), "--replicates", "60", "--confidence", "0.9"];
    const found = await run("regress", [...asked, "--seed", "3"]);
    near(column(found, "y simultaneous lower"), bands.simultaneousLower);
    near(column(found, "y lower"), bands.lower);
  });

  test("options of regressions need values", async () => {
    for (const [name, given] of [
      ["plot", ["--confidence", "0.9"]],
      ["plot", ["--degree", "1"]],
      ["bandwidth", ["--gap", "2"]],
    ] as const)
      await expect(run(name, ["--x", "x", ...given])).rejects.toThrow(
        `${given[0]} is for a regression: it needs --y`,
      );
    await expect(run("regress", [...OF_Y, "--seed", "2"])).rejects.toThrow("it needs --replicates");
  });
});
