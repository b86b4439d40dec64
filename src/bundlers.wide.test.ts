/** The package in other people's bundlers and run times: no warning, the right answer, and word of workers that are not there. */
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import { beforeAll, expect, test } from "vitest";
import webpack from "webpack";
import { App, packageOf, root } from "./testing/app.ts";

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
  for (const name of Object.keys(packageOf(".").dependencies)) app.link(name);
  app.write("entry.js", ENTRY);
});

const linesOf = (command: string, ...args: string[]) =>
  app
    .run(command, ...args)
    .trim()
    .split("\n")
    .map((line) => line.trim());

test("webpack brings the worker along, without a warning", async () => {
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    webpack(
      {
        ...{ mode: "production", entry: "./entry.js", context: app.folder, target: "web" },
        experiments: { outputModule: true },
        output: { path: inApp("webpack"), module: true, publicPath: "" },
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
  });
  expect(stats!.toJson({ all: false, warnings: true, errors: true })).toMatchObject({
    warnings: [],
    errors: [],
  });
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
