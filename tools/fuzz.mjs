/**
 * `npm run fuzz`: the property tests on fresh seeds, round after round, on both backends. Stops at the first failure and prints the
 * command that repeats it.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.mjs";
import { findOrInstallAdapter } from "./chromium.mjs";
import { say, setUp } from "./setup.mjs";

const { values, positionals: chosen } = readArguments({
  command: "npm run fuzz",
  about:
    "Runs the property tests on fresh seeds until the time is over or one fails, which ends it with 1 and the command that repeats it.",
  options: {
    minutes: { type: "number", default: 10, most: 10_000, help: "how long; the last file is cut off" },
    seed: { type: "number", integer: true, help: "run one whole round, with this seed" },
  },
  positionals: { name: "FILE ...", help: "only these test files" },
});
setUp();
const environment = await findOrInstallAdapter(say);
const root = fileURLToPath(new URL("..", import.meta.url));
const all = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("src", name))
  .filter((name) => readFileSync(join(root, name), "utf8").includes("testing/property.ts"));

const files = chosen.length > 0 ? chosen : all;

const isTimed = values.seed === undefined;
const end = Date.now() + values.minutes * 60_000;
const isOver = () => isTimed && Date.now() >= end;

/** Runs a test file until the time is over. Resolves to "passed", "failed" or "cut off". */
function runFile(file, seed) {
  const child = spawn("node", ["node_modules/vitest/vitest.mjs", "run", "--reporter=dot", "--bail=1", file], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...environment, NADARAYA_FUZZ_SEED: String(seed) },
  });
  let isCutOff = false;
  const cutOff = () => {
    isCutOff = true;
    child.kill();
  };
  const timer = isTimed ? setTimeout(cutOff, end - Date.now()) : undefined;
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? "passed" : isCutOff ? "cut off" : "failed");
    });
  });
}

/** Returns the files in random order: a short run tests other ones each time. */
const shuffled = () =>
  files
    .map((file) => [Math.random(), file])
    .sort(([a], [b]) => a - b)
    .map(([, file]) => file);

const counts = { passed: 0, failed: 0, "cut off": 0 };
let rounds = 0;
do {
  const seed = values.seed ?? Math.floor(Math.random() * 2 ** 31);
  say(`round ${++rounds}, seed ${seed}: ${files.length} files`);
  for (const file of shuffled()) {
    if (isOver()) break;
    say(file);
    const outcome = await runFile(file, seed);
    counts[outcome]++;
    if (outcome === "failed") {
      console.error(`\n✗ failed; to repeat it: npm run fuzz -- --seed ${seed} ${file}`);
      process.exit(1);
    }
  }
} while (isTimed && !isOver());
say(`nothing found: ${counts.passed} files passed, ${counts["cut off"]} cut off`);
