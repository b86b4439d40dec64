/** Writes what the package has besides the compiled sources: packages that are part of it, and one file for pages without a bundler. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Small packages without dependencies, by the specifiers of their imports: applications need not install them. */
const INCLUDED = { "wgsl-preprocessor/wgsl-preprocessor.js": "wgsl-preprocessor", fzstd: "fzstd" };

/** Copies the packages into `vendor/` of the compiled library, with their licences, and redirects its imports to them. */
export async function includePackages(dist) {
  const vendor = join(dist, "vendor");
  mkdirSync(vendor, { recursive: true });
  for (const [specifier, name] of Object.entries(INCLUDED)) {
    const folder = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    await build({
      ...{
        stdin: { contents: `export * from "${specifier}";`, resolveDir: root },
        bundle: true,
        format: "esm",
      },
      ...{ outfile: join(vendor, `${name}.js`), platform: "neutral", mainFields: ["module", "main"] },
      banner: { js: `/*! ${name} ${version}, ${license}: ${name}.LICENSE */` },
      logLevel: "error",
    });
    writeFileSync(join(vendor, `${name}.LICENSE`), readFileSync(join(folder, "LICENSE")));
  }
  const modules = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".js") && !name.startsWith("vendor"),
  );
  for (const name of modules) {
    const path = join(dist, name);
    const code = readFileSync(path, "utf8");
    let redirected = code;
    for (const [specifier, target] of Object.entries(INCLUDED)) {
      const to = relative(dirname(path), join(vendor, `${target}.js`)).replaceAll("\\", "/");
      redirected = redirected
        .replaceAll(`from "${specifier}"`, `from "${to}"`)
        .replaceAll(`import("${specifier}")`, `import("${to}")`);
    }
    if (redirected !== code) writeFileSync(path, redirected);
  }
}

/** Bundles the compiled library and its worker into `nadaraya.min.js`. */
export async function bundleForWeb(dist) {
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const startWorker = {
    name: "start workers from this file",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.\/start-worker\.js$/ }, () => ({
        path: join(dist, "src/web/start-worker.js"),
      })),
  };
  await build({
    ...{ entryPoints: [join(dist, "src/web/index.js")], outfile: join(dist, "nadaraya.min.js") },
    ...{
      bundle: true,
      format: "esm",
      minify: true,
      sourcemap: true,
      sourcesContent: false,
      target: "es2022",
    },
    ...{ banner: { js: `/*! nadaraya ${version}, ${license} */` }, legalComments: "inline" },
    ...{ plugins: [startWorker], logLevel: "error" },
  });
}

/**
 * Bundles the command for the package `nadaraya-cli`, into files side by side: `main.js`, and what it starts as workers and processes. The packages
 * that it imports stay outside. So they are found beside the command, wherever an installation puts the library.
 */
export async function bundleCommand(dist, outdir) {
  const entries = ["cli/main", "engine/worker", "distributed/process-main"];
  await build({
    ...{ entryPoints: entries.map((name) => join(dist, `src/${name}.js`)), entryNames: "[name]", outdir },
    ...{
      bundle: true,
      splitting: true,
      packages: "external",
      format: "esm",
      platform: "node",
      target: "node20",
    },
    ...{ minifySyntax: true, minifyWhitespace: true, logLevel: "error" },
  });
}
