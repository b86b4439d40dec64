/**
 * `npm run fuzz -- --minutes 60`: the property tests on fresh seeds, round after round, on both backends. `--seed N` repeats one
 * round. Stops at the first failure and prints the line that repeats it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { adapterEnvironment } from "./chromium.mjs";
import { run, say, setUp } from "./setup.mjs";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string" } },
});
setUp();
const environment = await adapterEnvironment();
const root = fileURLToPath(new URL("..", import.meta.url));
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("src", name))
  .filter((name) => readFileSync(join(root, name), "utf8").includes("testing/property.ts"));

const end = Date.now() + Number(values.minutes) * 60_000;
let rounds = 0;
do {
  const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
  say(`round ${++rounds}, seed ${seed}: ${files.length} files`);
  try {
    run("npx", ["vitest", "run", "--reporter=dot", ...files], { ...environment, NADARAYA_FUZZ_SEED: seed });
  } catch {
    console.error(`\n✗ failed; to repeat it: npm run fuzz -- --seed ${seed}`);
    process.exit(1);
  }
} while (values.seed === undefined && Date.now() < end);
say(`${rounds} rounds, nothing found`);
