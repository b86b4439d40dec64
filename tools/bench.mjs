/** `npm run bench`: measures this machine, in Node (Dawn) and in headless Chromium, and prints Markdown. */
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readArguments } from "./arguments.mjs";
import { bundle, out } from "./bundle.mjs";
import { adapterEnvironment, findOrInstallChromium } from "./chromium.mjs";
import { run, say, setUp } from "./setup.mjs";

const { values: options, positionals: files } = readArguments({
  command: "npm run bench",
  about: "Measures this machine, in Node (Dawn) and in headless Chromium, and prints Markdown.",
  options: {
    node: { type: "boolean", help: "measure in Node only" },
    browser: { type: "boolean", help: "measure in the browser only" },
    full: { type: "boolean", help: "measure every kernel with 1 to 64 coordinates" },
    grid: { type: "boolean", help: 'measure how well the method "auto" chooses, in Node only' },
    rates: {
      type: "boolean",
      help: "write the rates of convergence that the page shows to bench/results/rates.json",
    },
    coverage: {
      type: "boolean",
      help: "write how often bands hold the truth to bench/results/coverage.json: some minutes, on the CPU",
    },
    peers: { type: "boolean", help: "measure other JavaScript libraries beside this one, on the CPU" },
    limits: { type: "boolean", help: "measure each method on the CPU beside what one core can do at best" },
    shards: {
      type: "boolean",
      help: "measure a regression over shards: one process, several, and workers of a queue",
    },
    scale: { type: "boolean", help: "estimate what larger jobs over shards cost, beside runs" },
    against: {
      type: "string",
      value: "COMMIT",
      help: "measure an older commit beside this one, in turn, on the CPU; all tasks or those named",
    },
    compare: {
      type: "boolean",
      help: "compare two files of results, BEFORE.json AFTER.json; without files, list the ratios in bench/results that became smaller since the last commit",
    },
    table: { type: "boolean", help: "write the tables in bench/results from the saved results" },
    save: { type: "boolean", help: "save the results in bench/results" },
  },
  positionals: { name: "WORD ...", help: "files of --compare, or tasks of --against" },
});
setUp();
const root = new URL("..", import.meta.url);
const { build, preview } = await import("vite");

const print = await bundle("bench/print.ts");
if (options.compare) {
  if (files.length > 0) run("node", [print, "compare", ...files]);
  else compareWithCommitted();
  process.exit(0);
}
if (options.table) {
  await writeTable();
  process.exit(0);
}

if (options.against) {
  const { against } = await import("./against.mjs");
  await against(options.against, options.save, files);
  process.exit(0);
}

/** Measurements of the library as it is built, each in a file of its own with a function of its name. */
for (const name of ["peers", "shards", "scale", "limits"])
  if (options[name]) {
    const { [name]: measure } = await import(`./${name}.mjs`);
    run("npm", ["run", "build:library"]);
    await measure(options.save);
    process.exit(0);
  }

if (options.rates) {
  const rates = execFileSync("node", [await bundle("bench/rates-data.ts")], { encoding: "utf8" });
  writeFileSync(new URL("bench/results/rates.json", root), rates);
  process.exit(0);
}

if (options.coverage) {
  const stdio = ["ignore", "pipe", "inherit"];
  const coverage = execFileSync("node", [await bundle("bench/coverage-data.ts")], {
    encoding: "utf8",
    stdio,
  });
  writeFileSync(new URL("bench/results/coverage.json", root), coverage);
  process.exit(0);
}

const chromium = await findOrInstallChromium(say);
const all = [];
if (!options.browser)
  for (const each of await inNode()) all.push([options.grid ? "node-grid" : "node", each]);
if (!options.node && !options.grid) all.push(["browser", await inBrowser()]);
for (const [where, results] of all) {
  const name = `${results.adapter
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")}-${where}.json`;
  const path = new URL(options.save ? `bench/results/${name}` : `bench/out/${name}`, root).pathname;
  writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);
  say(path);
  run("node", [print, "markdown", path]);
}
process.exit(0);

async function inNode() {
  say("in Node, through Dawn");
  const script = await bundle("bench/node.ts");
  const env = { ...process.env, ...(await adapterEnvironment()) };
  const child = spawn(
    "node",
    [script, ...["full", "grid"].filter((name) => options[name]).map((name) => `--${name}`)],
    {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`the benchmark in Node ended with ${code}`);
  return JSON.parse(text);
}

async function inBrowser() {
  say(`in ${chromium}`);
  await build({ logLevel: "error" });
  const server = await preview({ preview: { port: 4398 } });
  const { chromium: launcher } = await import("playwright");
  const args = [
    "--enable-unsafe-webgpu",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
  ];
  if ((await adapterEnvironment()).VK_ICD_FILENAMES) args.push("--use-webgpu-adapter=swiftshader");
  const browser = await launcher.launch({ executablePath: chromium, args });
  const page = await browser.newPage();
  await page.goto(`${server.resolvedUrls.local[0]}bench.html`);
  if (options.full) await page.check("#full");
  await page.exposeFunction("say", (line) => console.error(line));
  await page.evaluate(() => {
    const step = document.querySelector("#step");
    new MutationObserver(() => window.say(step.textContent)).observe(step, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  await page.click("#run");
  // Not `waitForFunction`, which evaluates text in the page: the page's policy forbids that.
  const isDone = () =>
    Boolean(document.documentElement.dataset.results) || !document.querySelector("#no-webgpu").hidden;
  while (!(await page.evaluate(isDone))) await new Promise((resolve) => setTimeout(resolve, 500));
  const text = await page.evaluate(() => document.documentElement.dataset.results);
  if (!text) throw new Error(await page.textContent("#no-webgpu"));
  await browser.close();
  await server.close();
  return JSON.parse(text);
}

/** Compares the ratios of saved results with those that are committed. Exits with 0 whatever it finds. */
function compareWithCommitted() {
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" });
  const changes = git("status", "--porcelain", "--untracked-files=all", "bench/results").split("\n");
  const results = changes.filter((line) => /-(node|browser)\.json$|\/peers\.json$/.test(line));
  if (results.length === 0)
    console.log("no saved results differ from the committed ones: npm run bench -- --node --save");
  const before = new URL("before.json", out).pathname;
  for (const line of results) {
    const path = line.slice(3);
    if (line.startsWith("??")) {
      console.log(`${path}: no results of this adapter are committed`);
      continue;
    }
    writeFileSync(before, git("show", `HEAD:${path}`));
    run("node", [print, "slower", before, new URL(path, root).pathname]);
  }
}

/** Writes the saved results as tables beside them. */
async function writeTable() {
  const { execFileSync } = await import("node:child_process");
  const folder = new URL("bench/results/", root);
  const files = readdirSync(folder)
    .filter((name) => /-(node|browser|grid)\.json$/.test(name))
    .sort((a, b) => Number(a.endsWith("-grid.json")) - Number(b.endsWith("-grid.json")) || (a < b ? -1 : 1));
  const tables = execFileSync(
    "node",
    [print, "markdown", ...files.map((name) => new URL(name, folder).pathname)],
    { encoding: "utf8" },
  );
  const [{ markdown }, { peersTable }, { limitsTable }] = await Promise.all(
    ["against", "peers", "limits"].map((name) => import(`./${name}.mjs`)),
  );
  const saved = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
  // The front page of the docs shows these.
  writeFileSync(new URL("peers.md", folder), `${peersTable(saved("peers")).trim()}\n`);
  const head =
    "# What we measured\n\nWritten by `npm run bench -- --table` from the JSON files here, each of one run.\n\n";
  writeFileSync(
    new URL("README.md", folder),
    `${head}${tables.trim()}\n\n${markdown(saved("against")).trim()}\n\n${limitsTable(saved("cpu-limits")).trim()}\n`,
  );
}
