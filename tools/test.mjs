/**
 * `npm test` runs the fast ring: every check that a change must pass. `npm run test:wide` runs the wide ring: fresh seeds, other
 * platforms, long runs. `npm test -- unit docs` runs the steps with these names, of either ring. Each step installs only what it needs.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.mjs";
import { adapterEnvironment, findOrInstallChromium } from "./chromium.mjs";
import { failuresIn } from "./failures.mjs";
import { findOrInstallRedis } from "./redis.mjs";
import { filesByProject } from "./rings.mjs";
import { SKIPPED, say, setUp } from "./setup.mjs";
import { failed, outcomeOf, runLanes, selectSteps, skipped } from "./steps.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = mkdtempSync(join(tmpdir(), "nadaraya-reports-"));
/** The file in which a step's tests report failures as JSON. */
const reportOf = (step) => join(reports, `${step}.json`);

const vitest = (step, ...args) => [
  "npx",
  ["vitest", "run", ...args, "--reporter=default", "--reporter=json", `--outputFile.json=${reportOf(step)}`],
];
const projects = (...names) => names.map((name) => `--project=${name}`);
/** Two runs may go side by side, each with its own server and folder of results. */
const playwright = (step, port, more = {}, ...args) => ({
  command: ["npx", ["playwright", "test", ...args, "--reporter=list,json", `--output=test-results/${step}`]],
  env: { PLAYWRIGHT_JSON_OUTPUT_NAME: reportOf(step), NADARAYA_PORT: String(port), ...more },
});
const seed = process.env.NADARAYA_FUZZ_SEED ?? String(Math.floor(Math.random() * 2 ** 31));
/** What tells tests that they run in the wide ring; see src/testing/ring.ts. */
const wide = { NADARAYA_RING: "wide", NADARAYA_FUZZ_SEED: seed };
const testFiles = filesByProject(root);
const fastFiles = (...names) => names.flatMap((project) => testFiles[project]);
const filesWith = (pattern, files) =>
  files.filter((file) => pattern.test(readFileSync(join(root, file), "utf8")));
/** Files of the fast ring that draw their cases from a seed; and those that have more cases in the wide ring. */
const DRAWS = /NADARAYA_FUZZ_SEED|testing\/property\.ts/;
const HAS_MORE = /NADARAYA_FUZZ_SEED|testing\/(property|ring)\.ts/;
const seedFiles = filesWith(HAS_MORE, fastFiles("cpu"));
const drawing = filesWith(DRAWS, fastFiles("gpu", "devices"));
/** On the GPU, where all of them take half an hour: those that draw, and a third of the others, by the seed. */
const gpuSeedFiles = [
  ...drawing,
  ...fastFiles("gpu", "devices").filter((file, i) => !drawing.includes(file) && i % 3 === Number(seed) % 3),
];

/**
 * A step: what it checks, its command, and what it needs. Two lanes run side by side: "gpu" has the steps that keep the GPU busy, one
 * after the other.
 */
const steps = [
  { name: "types", what: "types", command: ["npx", ["tsc", "-p", "tsconfig.json"]] },
  { name: "lint", what: "lint and format", command: ["npx", ["biome", "ci", "--error-on-warnings", "."]] },
  {
    name: "rooms",
    what: "that no import runs upward",
    command: ["npx", ["depcruise", "--config", "tools/rooms.config.mjs", "src", "shaders", "bench"]],
  },
  {
    name: "prose",
    what: "the spelling of code and prose",
    command: ["npx", ["cspell", "--no-progress", "--quiet"]],
  },
  { name: "build", what: "the build of the library and the pages", command: ["npm", ["run", "build"]] },
  {
    name: "unit",
    what: "unit tests without a GPU",
    needs: ["chromium", "redis"],
    command: vitest("unit", ...projects("cpu")),
  },
  {
    name: "unit-gpu",
    what: "unit tests on this machine's WebGPU adapter through Dawn",
    lane: "gpu",
    needs: ["chromium"],
    command: vitest("unit-gpu", ...projects("gpu", "devices")),
  },
  {
    name: "e2e",
    what: "the pages in a browser without WebGPU",
    needs: ["chromium", "site"],
    ...playwright("e2e", 4327, {}, ...projects("desktop", "phone", "without WebGPU")),
  },
  {
    name: "e2e-gpu",
    what: "the pages on WebGPU",
    lane: "gpu",
    needs: ["chromium", "site"],
    ...playwright("e2e-gpu", 4328, {}, ...projects("gpu")),
  },

  { name: "docs", what: "the build of the documentation", wide: true, command: ["npm", ["run", "docs"]] },
  {
    name: "audit",
    what: "known flaws of the packages that users install",
    wide: true,
    command: ["node", ["tools/audit.mjs"]],
  },
  {
    name: "wide",
    what: `long unit tests without a GPU, with the seed NADARAYA_FUZZ_SEED=${seed}`,
    wide: true,
    needs: ["chromium", "redis"],
    command: vitest("wide", ...projects("wide cpu")),
    env: wide,
  },
  {
    name: "wide-gpu",
    what: `long unit tests on the GPU, with the seed NADARAYA_FUZZ_SEED=${seed}`,
    wide: true,
    lane: "gpu",
    needs: ["chromium"],
    command: vitest("wide-gpu", ...projects("wide gpu")),
    env: wide,
  },
  {
    name: "seeds",
    what: `the property tests of the fast ring, with the seed NADARAYA_FUZZ_SEED=${seed}`,
    wide: true,
    needs: ["chromium", "redis"],
    command: vitest("seeds", ...projects("cpu"), ...seedFiles),
    env: wide,
  },
  {
    name: "seeds-gpu",
    what: `the fast ring's property tests on the GPU and a third of its other files there, with all cases and the tilings that users have, NADARAYA_FUZZ_SEED=${seed}`,
    wide: true,
    lane: "gpu",
    needs: ["chromium"],
    command: vitest("seeds-gpu", ...projects("gpu", "devices"), ...gpuSeedFiles),
    env: wide,
  },
  {
    name: "deno",
    what: "the library on Deno's WebGPU (wgpu)",
    wide: true,
    lane: "gpu",
    needs: ["chromium"],
    command: ["node", ["tools/deno.mjs"]],
  },
  {
    name: "soak",
    what: "five minutes of random estimators with random faults",
    wide: true,
    needs: ["chromium"],
    command: ["node", ["tools/soak.mjs", "--minutes", "5"]],
  },
  {
    name: "wide-e2e",
    what: "all pages on WebGPU, and pictures in both colour schemes",
    wide: true,
    lane: "gpu",
    needs: ["chromium", "site"],
    ...playwright("wide-e2e", 4329, wide),
  },
  {
    name: "firefox",
    what: "the pages in Firefox, if it is or can be installed",
    wide: true,
    needs: ["chromium", "site"],
    command: ["node", ["tools/e2e-firefox.mjs"]],
  },
];

const stepsOf = (wide) => steps.flatMap((step) => (Boolean(step.wide) === wide ? step.name : [])).join(", ");
const { values, positionals } = readArguments({
  command: "npm test",
  about:
    "Installs what is missing and runs the fast ring of checks, the wide ring, or single steps of either.",
  options: { wide: { type: "boolean", help: `the wide ring: ${stepsOf(true)}` } },
  positionals: { name: "STEP ...", help: `single steps; of the fast ring: ${stepsOf(false)}` },
});
const { chosen, unknown } = selectSteps(steps, values.wide ? ["--wide", ...positionals] : positionals);
if (unknown.length > 0) {
  console.error(
    `no step is named ${unknown.join(", ")}; there are ${steps.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}

setUp();
const needs = new Set(chosen.flatMap((step) => step.needs ?? []));
const env = { ...process.env };
if (needs.has("chromium")) {
  env.CHROMIUM_PATH = await findOrInstallChromium(say);
  say(`browser: ${env.CHROMIUM_PATH}`);
  Object.assign(process.env, { CHROMIUM_PATH: env.CHROMIUM_PATH });
}
if (needs.has("redis")) say(`queue: ${findOrInstallRedis(say)}`);
const forNode = needs.has("chromium") ? await adapterEnvironment() : {};

/** Runs a step's command, each line of its output after the step's name if several steps run side by side. */
function run({ name, command: [command, args], env: more }) {
  const alone = chosen.length === 1;
  const forBrowser = /e2e|firefox/.test(name); // Chromium finds its own Vulkan driver
  const child = spawn(command, args, {
    cwd: root,
    env: { ...env, ...(forBrowser ? {} : forNode), NADARAYA_STEP: name, ...more },
    shell: process.platform === "win32",
    stdio: alone ? "inherit" : ["ignore", "pipe", "pipe"],
  });
  const flush = alone ? [] : [child.stdout, child.stderr].map((stream) => prefixLines(stream, `${name} │ `));
  return new Promise((resolve) => {
    child.once("error", (error) => {
      console.error(error);
      resolve("failed");
    });
    child.once("close", (code) => {
      for (const rest of flush) rest();
      resolve(outcomeOf(code, SKIPPED));
    });
  });
}

/** Prints a stream's lines with a prefix; returns what prints the last one if it has no end. */
function prefixLines(stream, prefix) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) console.log(prefix + line);
  });
  return () => {
    if (rest) console.log(prefix + rest);
  };
}

const MARKS = { passed: "✓", failed: "✗", skipped: "–" };
const results = await runLanes(chosen, async (step) => {
  say(`${step.name}: ${step.what}`);
  const start = performance.now();
  const outcome = await run(step);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${MARKS[outcome]} ${step.name}: ${outcome} after ${seconds} s`);
  return { outcome, seconds };
});

say("time of each step");
for (const { name, outcome, seconds } of results) console.log(`${MARKS[outcome]} ${name}: ${seconds} s`);
const wrong = failed(results);
if (wrong.length > 0) {
  for (const name of wrong)
    for (const failure of failuresIn(reportOf(name))) console.error(`\n✗ ${name}\n${failure}`);
  console.error(`\n✗ failed: ${wrong.join(", ")}; npm test -- ${wrong.join(" ")} runs these alone`);
  process.exit(1);
}
const left = skipped(results);
say(
  left.length > 0
    ? `all other checks passed; skipped: ${left.join(", ")}, for which something is missing here`
    : "all checks passed",
);
