/** The package as others get it: packed, unpacked next to its dependencies, imported, type-checked and bundled. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { beforeAll, expect, test } from "vitest";
import { App, packageOf, root } from "./testing/app.ts";
import { packed } from "./testing/packed.ts";
import { CEILINGS } from "./testing/size-ceilings.ts";

const app = new App();
const { dependencies, version, peerDependencies } = packageOf(".");
const command = packageOf("packages/nadaraya-cli");

beforeAll(() => {
  const files = app.install(".", "nadaraya");
  expect(files).toContain("dist/src/index.js");
  expect(files.filter((path) => /\.test\.|golden|bench|demo|testing/.test(path))).toEqual([]);
  for (const name of Object.keys(dependencies)) app.link(name);
});

test("the core depends on nothing heavy", () => {
  expect(Object.keys(dependencies)).toEqual(["@webgpu/types", "wgsl-preprocessor"]);
  // The command brings what the readers need, in the versions that are tested here.
  const { nadaraya, ...readers } = command.dependencies;
  expect(nadaraya).toBe(version);
  expect(command.version).toBe(version);
  for (const name of Object.keys(readers)) expect(Object.keys(peerDependencies)).toContain(name);
  for (const name of Object.keys(peerDependencies)) {
    const brought = { ...readers, ...command.optionalDependencies }[name];
    expect(brought, name).toBe(packageOf(".").devDependencies[name]);
  }
});

test("a reader whose package is not installed says which one it needs", () => {
  const code = `
    import { readArrow, readCsv } from "nadaraya/io";
    for (const reading of [readCsv("a,b\\n1,2\\n"), readArrow(new Uint8Array(8))])
      await reading.catch(({ name, code, message }) => console.log(name, code, message));`;
  app.write("without.js", code);
  expect(app.run("node", "without.js").trim().split("\n")).toEqual([
    "NadarayaError unsupported this needs the package papaparse, which is not installed: npm install papaparse",
    "NadarayaError unsupported this needs the package apache-arrow, which is not installed: npm install apache-arrow",
  ]);
});

test("Node imports and runs it, its readers and its command with what nadaraya-cli brings", () => {
  expect(app.install("packages/nadaraya-cli", "nadaraya-cli")).toContain("LICENSE");
  expect(readFileSync(join(root, "packages/nadaraya-cli/LICENSE"))).toEqual(
    readFileSync(join(root, "LICENSE")),
  );
  for (const name of Object.keys(command.dependencies)) if (name !== "nadaraya") app.link(name);
  const code = `
    import { KernelRegression } from "nadaraya";
    import { numbersOf, readArrow, readCsv, writeArrow } from "nadaraya/io";
    const model = await KernelRegression.fit({ keys: [0, 1, 2], values: [1, 2, 3], bandwidth: 1 });
    const { mean } = await model.predict([1]);
    console.log(mean[0]);
    const table = await readCsv("a,b\\n1,2\\n3,4\\n", { name: "a string" });
    const { data, dims } = numbersOf(await readArrow(await writeArrow(table), { name: "its bytes" }), ["b", "a"]);
    console.log([...data].join(), dims);`;
  app.write("main.js", code);
  const [mean, table] = app.run("node", "main.js").trim().split("\n");
  expect(Number(mean)).toBeCloseTo(2, 12);
  expect(table).toBe("2,1,4,3 2");
  const main = join("node_modules/nadaraya-cli", command.bin.nadaraya);
  expect(app.run("node", main, "info")).toContain("the CPU, in float64"); // there is no package webgpu here
  expect(app.run("node", main, "--version").trim()).toBe(version);
});

test("in Node, its workers share long work on the CPU, and it ends when the work is done", () => {
  const code = `
    import { Engine, KernelRegression } from "nadaraya";
    const threads = process.getBuiltinModule("node:worker_threads");
    let started = 0;
    threads.Worker = class extends threads.Worker {
      constructor(...given) { super(...given); started++; this.on("error", (error) => console.log(error.message)); }
    };
    const keys = Float64Array.from({ length: 6000 }, (_, i) => Math.sin(i * i));
    const means = [];
    for (const workers of [0, 3]) {
      const engine = await Engine.create({ backend: "cpu", workers });
      const model = await KernelRegression.fit({ keys, values: keys, bandwidth: 0.1 }, { engine });
      means.push((await model.predict(keys, { method: "dense" })).mean);
      console.log(engine.info.workers, started);
    }
    console.log(means[0].every((mean, i) => mean === means[1][i]) && means[0].length);`;
  app.write("workers.js", code);
  expect(app.run("node", "workers.js").trim().split("\n")).toEqual(["0 0", "3 3", "6000"]);
});

test("its types resolve, and say what is wrong", () => {
  const config = {
    compilerOptions: {
      ...{ module: "nodenext", target: "es2022", lib: ["es2023", "esnext", "dom"], types: [] },
      ...{ strict: true, noEmit: true, skipLibCheck: true },
    },
    files: ["main.ts"],
  };
  app.write("tsconfig.json", JSON.stringify(config));
  app.write(
    "main.ts",
    `import { KernelClassifier, type Prediction, KernelRegression } from "nadaraya";
const model = await KernelRegression.fit({ keys: new Float32Array(3), values: [1, 2, 3], bandwidth: "loo" });
const { mean }: Prediction = await model.predict([[1], [2]]);
const sum: number = mean[0];
const classifier = await KernelClassifier.fit({ keys: [1, 2], labels: ["a", "b"] });
const label: string | undefined = (await classifier.predict([1])).labels[0];
// @ts-expect-error there is no such rule
await KernelRegression.fit({ keys: [1], values: [1], bandwidth: "best" });
console.log(sum, label);
`,
  );
  app.run(join(root, "node_modules/.bin/tsc"), "-p", "tsconfig.json");
});

/** The size of what a bundler makes of some names, minified and gzipped. */
async function bundleSize(names: string): Promise<number> {
  app.write("entry.js", `export { ${names} } from "nadaraya";`);
  const result = (await build({
    ...{ configFile: false, root: app.folder, logLevel: "error" },
    build: { write: false, minify: true, lib: { entry: "entry.js", formats: ["es"], fileName: "entry" } },
    // Modules that are loaded later are not part of the core.
    plugins: [
      { name: "later", enforce: "pre", resolveDynamicImport: (id) => ({ id: String(id), external: true }) },
    ],
  })) as Rollup.RollupOutput[];
  return gzipSync(result[0].output[0].code).length;
}

/** The sizes of a package as npm publishes it, in bytes. */
function packedSizes(folder: string) {
  const { folder: unpacked, files } = packed(folder);
  const archive = readdirSync(dirname(unpacked)).find((name) => name.endsWith(".tgz"))!;
  return {
    packed: statSync(join(dirname(unpacked), archive)).size,
    unpacked: files.reduce((sum, path) => sum + statSync(join(unpacked, path)).size, 0),
  };
}

test("package and bundles stay below their ceilings, and a bundle has only what is used", async () => {
  const core = packedSizes(".");
  const smallest = await bundleSize("Engine, KernelDensity");
  const all = await bundleSize("Engine, KernelRegression, KernelClassifier, KernelDensity");
  const sizes: Record<keyof typeof CEILINGS, number> = {
    "nadaraya, packed": core.packed,
    "nadaraya, unpacked": core.unpacked,
    "nadaraya-cli, packed": packedSizes("packages/nadaraya-cli").packed,
    "densities on the CPU and the GPU, minified and gzipped": smallest,
    "all estimators, minified and gzipped": all,
  };
  for (const [name, ceiling] of Object.entries(CEILINGS)) {
    const size = sizes[name as keyof typeof CEILINGS] / 1024;
    console.log(`${name}: ${size.toFixed(1)} KiB of ${ceiling} at most`);
    expect.soft(size, name).toBeLessThan(ceiling);
  }
  expect(smallest).toBeLessThan(all - 2000);
  expect(await bundleSize("attention, learnBandwidth, Engine, KernelRegression")).toBeGreaterThan(all - 5000);
});
