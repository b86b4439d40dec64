/** The package in other people's bundlers and run times: no warning, the right answer, and word of workers that are not there. */
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import { build as buildByVite } from "vite";
import { beforeAll, expect, test } from "vitest";
import webpack from "webpack";
import { writeArrow } from "./io/arrow.ts";
import type { Table } from "./io/table.ts";
import { writeParquet } from "./io/write-parquet.ts";
import { App, root } from "./testing/app.ts";

const app = new App();
const inApp = (name: string) => join(app.folder, name);

/** Prints what the engine says of its workers, none and two, and whether both gave the same means. */
const ENTRY = `
  import { Engine, KernelRegression } from "nadaraya";
  const keys = Float64Array.from({ length: 6000 }, (_, i) => Math.sin(i * i));
  const means = [];
  for (const workers of [0, 2]) {
    const engine = await Engine.create({ backend: "cpu", workers });
    const model = await KernelRegression.fit({ keys, values: keys, bandwidth: 0.1 }, { engine });
    means.push((await model.predict(keys, { method: "dense" })).mean);
    console.log(engine.info.workers, engine.info.workersReason ?? "");
  }
  console.log(means[0].every((mean, i) => mean === means[1][i]));`;

const ONE_THREAD =
  "0 one thread computes: no worker started; did the bundler bring the file src/engine/worker.js along?";

beforeAll(() => {
  app.install(".", "nadaraya");
  app.write("entry.js", ENTRY);
});

const linesOf = (command: string, ...args: string[]) =>
  app
    .run(command, ...args)
    .trim()
    .split("\n")
    .map((line) => line.trim());

/** Returns the warnings and errors. */
async function bundleByWebpack(folder: string, entry: string, path: string): Promise<string[]> {
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    webpack(
      {
        ...{ mode: "production", entry, context: folder, target: "web" },
        experiments: { outputModule: true },
        output: { path, module: true, publicPath: "" },
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
  });
  const { warnings, errors } = stats!.toJson({ all: false, warnings: true, errors: true });
  return [...warnings!, ...errors!].map(({ message }) => message);
}

test("webpack brings the worker along, without a warning", async () => {
  expect(await bundleByWebpack(app.folder, "./entry.js", inApp("webpack"))).toEqual([]);
  expect(linesOf("node", "webpack/main.mjs")).toEqual(["0", "2", "true"]);
});

test("Rollup, without a warning; the engine says that the worker is missing", async () => {
  const warnings: string[] = [];
  const bundle = await rollup({
    input: inApp("entry.js"),
    plugins: [nodeResolve({ browser: true })],
    onwarn: ({ message }) => warnings.push(message),
  });
  await bundle.write({ dir: inApp("rollup"), format: "es" });
  expect(warnings).toEqual([]);
  expect(linesOf("node", "rollup/entry.js")).toEqual(["0", ONE_THREAD, "true"]);
});

test("esbuild, without a warning; the engine says that the worker is missing", async () => {
  const options = {
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  } as const;
  const { warnings, errors } = await build({
    ...options,
    ...{ entryPoints: [inApp("entry.js")], outdir: inApp("esbuild"), absWorkingDir: app.folder },
  });
  expect([...warnings, ...errors]).toEqual([]);
  expect(linesOf("node", "esbuild/entry.js")).toEqual(["0", ONE_THREAD, "true"]);
});

test("Bun runs it on the CPU, with workers", () => {
  expect(linesOf(join(root, "node_modules/.bin/bun"), "entry.js")).toEqual(["0", "2", "true"]);
});

test("a server without navigator imports it, as Next.js does, and computes on the CPU", () => {
  app.write(
    "server.js",
    `delete globalThis.navigator;
    const { Engine, KernelRegression } = await import("nadaraya");
    const engine = await Engine.create();
    const model = await KernelRegression.fit({ keys: [0, 1, 2], values: [1, 2, 3], bandwidth: 1 }, { engine });
    console.log(engine.info.backend, (await model.predict([1])).mean[0].toFixed(6));`,
  );
  expect(linesOf("node", "server.js")).toEqual(["cpu 2.000000"]);
});

const TABLE: Table = {
  ...{ names: ["a", "b"], rows: 2, columns: { a: Float64Array.of(1, 3), b: Float64Array.of(2, 4) } },
};

/** A table in each format as code, and the packages that docs/guide/files.md lists for its reader. */
const formats = {
  readCsv: { source: async () => '"a,b\\n1,2\\n3,4\\n"', packages: ["papaparse"] },
  readJson: { source: async () => `'[{"a":1,"b":2},{"a":3,"b":4}]\\n'`, packages: [] },
  readParquet: {
    source: async () => `Uint8Array.of(${await writeParquet(TABLE)})`,
    packages: ["hyparquet", "hyparquet-compressors"],
  },
  readArrow: {
    source: async () => `Uint8Array.of(${await writeArrow(TABLE)})`,
    packages: ["apache-arrow", "flatbuffers"],
  },
} as const;
type Reader = keyof typeof formats;

/** Writes an app that has only the packages of one format, bundles it, and returns what the bundle prints. */
async function bundled(reader: Reader, bundle: (own: App) => Promise<string>): Promise<string> {
  const own = new App();
  own.install(".", "nadaraya");
  const { source, packages } = formats[reader];
  for (const name of packages) own.link(name);
  own.write(
    "entry.js",
    `import { numbersOf, ${reader} } from "nadaraya/io";
    const table = await ${reader}(${await source()});
    console.log([...numbersOf(table, ["b", "a"]).data].join());`,
  );
  return own.run("node", await bundle(own)).trim();
}

const byEsbuild = async ({ folder }: App) => {
  const { warnings, errors } = await build({
    ...{ entryPoints: [join(folder, "entry.js")], outfile: join(folder, "out.js"), absWorkingDir: folder },
    ...{ bundle: true, format: "esm", logLevel: "silent" },
  });
  expect([...warnings, ...errors]).toEqual([]);
  return "out.js";
};
const byWebpack = async ({ folder }: App) => {
  expect(await bundleByWebpack(folder, "./entry.js", join(folder, "out"))).toEqual([]);
  return "out/main.mjs";
};
/** Rollup warns of every package that it does not find. */
const byRollup = async ({ folder }: App) => {
  const bundle = await rollup({
    ...{ input: join(folder, "entry.js"), plugins: [nodeResolve({ browser: true })], onwarn: () => {} },
  });
  await bundle.write({ dir: join(folder, "out"), format: "es" });
  return "out/entry.js";
};
const byVite = async ({ folder }: App) => {
  await buildByVite({
    ...{ configFile: false, root: folder, logLevel: "error" },
    build: {
      lib: { entry: "entry.js", formats: ["es"], fileName: "entry" },
      outDir: "out",
      target: "es2022",
    },
  });
  return "out/entry.js";
};

// Rollup reads papaparse by a plugin for CommonJS only.
test.each([
  ["esbuild", byEsbuild, ["readCsv", "readJson", "readParquet", "readArrow"]],
  ["Vite", byVite, ["readCsv", "readJson", "readParquet", "readArrow"]],
  ["webpack", byWebpack, ["readCsv", "readParquet"]],
  ["Rollup", byRollup, ["readJson", "readParquet", "readArrow"]],
] as const)("%s bundles a reader with only the packages of its format", async (_, bundle, readers) => {
  for (const reader of readers) expect(await bundled(reader, bundle), reader).toBe("2,1,4,3");
});
