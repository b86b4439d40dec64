/** The package as others get it: packed, unpacked next to its dependencies, imported, type-checked and bundled. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";
import { beforeAll, expect, test } from "vitest";
import { App, packageOf, root } from "./testing/app.ts";
import { packed } from "./testing/packed.ts";
import { CEILINGS } from "./testing/size-ceilings.ts";
import { TYPED } from "./testing/typed-app.ts";

const app = new App();
const { version, dependencies, peerDependencies, peerDependenciesMeta, devDependencies } = packageOf(".");
const command = packageOf("packages/nadaraya-cli");

beforeAll(() => {
  const files = app.install(".", "nadaraya");
  expect(files).toContain("dist/src/index.js");
  expect(files.filter((path) => /\.test\.|golden|bench|demo|testing/.test(path))).toEqual([]);
});

test("depends on nothing, and refuses no version of a package that an application has", () => {
  expect(dependencies).toBeUndefined();
  expect(new Set(Object.values(peerDependencies))).toEqual(new Set(["*"])); // npm refuses other versions, used or not
  for (const name of Object.keys(peerDependencies))
    expect(peerDependenciesMeta[name], name).toEqual({ optional: true });
  for (const name of ["commander", "cli-progress", "jsdom"])
    expect(peerDependencies).not.toHaveProperty([name]);
});

test("has the licences of the packages that it includes", () => {
  const vendor = join(app.folder, "node_modules/nadaraya/dist/vendor");
  for (const name of ["wgsl-preprocessor", "fzstd"]) {
    expect(readFileSync(join(vendor, `${name}.LICENSE`), "utf8")).toMatch(/Copyright/);
    expect(readFileSync(join(vendor, `${name}.js`), "utf8")).toContain(`${name}.LICENSE`);
  }
});

test("the command brings what it and the readers need, in the versions that are tested here", () => {
  expect(command.version).toBe(version);
  expect(packageOf(".").scripts).toMatchObject({
    ...{ prepack: "npm run build:library", "build:library": "node tools/build.mjs library" },
  });
  expect(command.scripts.prepack).toBe("node ../../tools/build.mjs command");
  const brought = { ...command.dependencies, ...command.optionalDependencies };
  for (const name of Object.keys(peerDependencies)) expect(Object.keys(brought)).toContain(name);
  for (const [name, range] of Object.entries(brought)) expect(range, name).toBe(devDependencies[name]);
});

test("sources and declarations have maps to sources that are in the package", () => {
  const folder = join(app.folder, "node_modules/nadaraya");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) =>
    name.replaceAll("\\", "/"),
  );
  const compiled = files.filter((name) => /^dist\/(src|shaders)\/.*\.(js|d\.ts)$/.test(name));
  expect(compiled.length).toBeGreaterThan(300);
  for (const name of [...compiled, "dist/nadaraya.min.js"]) {
    const { sources } = JSON.parse(readFileSync(join(folder, `${name}.map`), "utf8"));
    for (const source of sources) {
      const path = join(dirname(name), source).replaceAll("\\", "/");
      if (!/^(dist\/vendor|src\/web|node_modules)\//.test(path)) expect(files, name).toContain(path);
    }
  }
});

test("the declarations' maps lead to the lines that they declare", () => {
  const path = join(app.folder, "node_modules/nadaraya/dist/src/engine/engine.d.ts");
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, "utf8")));
  const lines = readFileSync(path, "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("class Engine"));
  const { originalLine } = map.findEntry(line, lines[line].indexOf("Engine")) as { originalLine: number };
  expect(readFileSync(join(root, "src/engine/engine.ts"), "utf8").split("\n")[originalLine]).toContain(
    "class Engine",
  );
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

test("the command starts where only its own package and what that brings are installed", () => {
  const alone = new App();
  expect(alone.install("packages/nadaraya-cli", "nadaraya-cli")).toContain("LICENSE");
  expect(readFileSync(join(root, "packages/nadaraya-cli/LICENSE"))).toEqual(
    readFileSync(join(root, "LICENSE")),
  );
  for (const name of Object.keys(command.dependencies)) alone.link(name);
  const main = join("node_modules/nadaraya-cli", command.bin.nadaraya);
  expect(alone.run("node", main, "info")).toContain("the CPU, in float64"); // there is no package webgpu here
  expect(alone.run("node", main, "--version").trim()).toBe(version);
  alone.write("table.csv", "x,y\n1,2\n2,3\n3,5\n");
  expect(alone.run("node", main, "regress", "table.csv", "--x", "x", "--y", "y", "--bandwidth", "1")).toMatch(
    /^x,y\n1,/,
  );
});

test("Node imports and runs it, and its readers", () => {
  for (const name of Object.keys(command.dependencies)) app.link(name);
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
});

test.each([
  ["its modules", "nadaraya"],
  ["its one file", "./node_modules/nadaraya/dist/nadaraya.min.js"],
])("in Node, workers of %s share long work on the CPU, and it ends when the work is done", (_, specifier) => {
  const code = `
    import { Engine, KernelRegression } from "${specifier}";
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

test("its types resolve without the packages of formats, and say what is wrong", () => {
  const typed = new App();
  typed.install(".", "nadaraya");
  const config = {
    compilerOptions: {
      ...{ module: "nodenext", target: "es2022", lib: ["es2022", "dom"], types: [] },
      ...{ strict: true, noEmit: true, skipLibCheck: false },
    },
    files: ["main.ts"],
  };
  typed.write("tsconfig.json", JSON.stringify(config));
  typed.write("main.ts", TYPED);
  typed.run(join(root, "node_modules/.bin/tsc"), "-p", "tsconfig.json");
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
    "nadaraya.min.js, gzipped": gzipSync(
      readFileSync(join(app.folder, "node_modules/nadaraya/dist/nadaraya.min.js")),
    ).length,
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
