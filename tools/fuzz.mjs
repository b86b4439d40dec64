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

const { values } = readArguments({
  command: "npm run fuzz",
  about:
    "Runs the property tests on fresh seeds until the time is over or one fails, which ends it with 1 and the command that repeats it.",
  options: {
    minutes: { type: "number", default: 10, help: "how long; the last round is cut off" },
    seed: { type: "number", integer: true, help: "run one whole round, with this seed" },
  },
});
setUp();
const environment = await findOrInstallAdapter(say);
const root = fileURLToPath(new URL("..", import.meta.url));
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("src", name))
  .filter((name) => readFileSync(join(root, name), "utf8").includes("testing/property.ts"));

const isTimed = values.seed === undefined;
const duration = values.minutes * 60_000;
const end = Date.now() + duration;
/** Properties draw nothing after this time, so that those that failed are reported before the end. */
const lastDraw = end - Math.min(20_000, duration / 10);

/** Runs every file in random order. Resolves to "passed", "failed" or "cut off". */
function round(seed) {
  const order = ["--sequence.shuffle.files", `--sequence.seed=${seed}`, "--bail=1"];
  const child = spawn(
    "node",
    ["node_modules/vitest/vitest.mjs", "run", "--reporter=dot", ...order, ...files],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        ...environment,
        NADARAYA_FUZZ_SEED: String(seed),
        ...(isTimed && { NADARAYA_FUZZ_UNTIL: String(lastDraw) }),
      },
    },
  );
  let isCutOff = false;
  const timer = isTimed
    ? setTimeout(() => {
        isCutOff = true;
        child.kill("SIGKILL");
      }, end - Date.now())
    : undefined;
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? "passed" : isCutOff ? "cut off" : "failed");
    });
  });
}

let rounds = 0;
let outcome;
do {
  const seed = values.seed ?? Math.floor(Math.random() * 2 ** 31);
  say(`round ${++rounds}, seed ${seed}: ${files.length} files`);
  outcome = await round(seed);
  if (outcome === "failed") {
    console.error(`\n✗ failed; to repeat it: npm run fuzz -- --seed ${seed}`);
    process.exit(1);
  }
} while (isTimed && Date.now() < lastDraw);
say(`${rounds} rounds, nothing found${outcome === "cut off" ? "; the last one was cut off" : ""}`);
