/** `npm test`: sets everything up, a Chromium too, and runs every check. `npm test -- unit` runs only steps so named. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adapterEnvironment, findOrInstallChromium } from "./chromium.mjs";
import { failuresIn } from "./failures.mjs";
import { findOrInstallRedis } from "./redis.mjs";
import { run, say, setUp } from "./setup.mjs";

setUp();
const chromium = await findOrInstallChromium(say);
say(`browser: ${chromium}`);
say(`queue: ${findOrInstallRedis(say)}`);
const env = { CHROMIUM_PATH: chromium };
const forNode = { ...env, ...(await adapterEnvironment()) };

const reports = mkdtempSync(join(tmpdir(), "nadaraya-reports-"));
/** Where a step's tests say in JSON what failed. */
const reportOf = (step) => join(reports, `${step}.json`);
const reporters = (file) => ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];

const steps = [
  ["types", "checking types", () => run("npx", ["tsc", "-p", "tsconfig.json"])],
  ["lint", "linting", () => run("npx", ["biome", "ci", "--error-on-warnings", "."])],
  [
    "rooms",
    "checking that no import runs upward",
    () => run("npx", ["depcruise", "--config", "tools/rooms.config.mjs", "src", "shaders", "bench"]),
  ],
  [
    "prose",
    "checking the spelling of code and prose",
    () => run("npx", ["cspell", "--no-progress", "--quiet"]),
  ],
  [
    "unit",
    "unit tests, on this machine's WebGPU adapter through Dawn",
    () => run("npx", ["vitest", "run", ...reporters(reportOf("unit"))], forNode),
  ],
  ["build", "building the library and the page", () => run("npm", ["run", "build"])],
  ["docs", "building the documentation", () => run("npm", ["run", "docs"])],
  [
    "e2e",
    "end-to-end tests, in a real browser",
    () =>
      run("npx", ["playwright", "test", "--reporter=list,json"], {
        ...env,
        PLAYWRIGHT_JSON_OUTPUT_NAME: reportOf("e2e"),
      }),
  ],
  ["deno", "the library on Deno's WebGPU (wgpu)", () => run("node", ["tools/deno.mjs"], env)],
  [
    "firefox",
    "the pages in Firefox, where it is or can be installed",
    () => run("node", ["tools/e2e-firefox.mjs"], env),
  ],
  ["audit", "known flaws of the packages that users install", () => run("node", ["tools/audit.mjs"])],
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some(([step]) => step === name));
if (unknown.length > 0) {
  console.error(
    `no step is named ${unknown.join(", ")}; there are ${steps.map(([step]) => step).join(", ")}`,
  );
  process.exit(2);
}

const failed = [];
for (const [name, what, work] of steps) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  say(what);
  const start = performance.now();
  try {
    work();
  } catch {
    console.error(`\n✗ ${what}: failed`);
    failed.push(name); // the others are run all the same
    continue;
  }
  console.log(`✓ ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
if (failed.length > 0) {
  for (const name of failed)
    for (const failure of failuresIn(reportOf(name))) console.error(`\n✗ ${name}\n${failure}`);
  console.error(`\n✗ failed: ${failed.join(", ")}; npm test -- ${failed.join(" ")} runs these alone`);
  process.exit(1);
}
say("all checks passed");
