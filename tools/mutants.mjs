/**
 * `npm run mutants`: breaks the code in the ways of tools/mutants/list.mjs, one at a time, in a copy of the tree, and runs unit tests of
 * the fast ring: each change must turn one red. Prints a table, and ends with 1 if a change stays green.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.mjs";
import { findOrInstallAdapter } from "./chromium.mjs";
import { mutants } from "./mutants/list.mjs";
import { findOrInstallRedis } from "./redis.mjs";
import { say, setUp } from "./setup.mjs";

const { values } = readArguments({
  command: "npm run mutants",
  about:
    "Breaks the code in the ways of tools/mutants/list.mjs, one at a time: each must turn a unit test of the fast ring red.",
  options: {
    only: {
      type: "string",
      value: "WORD",
      default: "",
      help: "only changes whose area or file has this word",
    },
    whole: { type: "boolean", help: "if a change's own tests stay green, run all unit tests (minutes each)" },
  },
});
setUp();
const environment = await findOrInstallAdapter(say);
findOrInstallRedis(say);
const root = fileURLToPath(new URL("..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "nadaraya-mutants-"));
const skipped = /(^|\/)(node_modules|\.git|dist|site|site-docs)$/;
cpSync(root, copy, { recursive: true, filter: (path) => !skipped.test(path) });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));

/** The names of the first tests that fail, of those in these files; undefined if none does. */
function redTest(files) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const { status, stderr } = spawnSync(
    "npx",
    [
      "vitest",
      "run",
      ...["cpu", "gpu", "devices"].map((name) => `--project=${name}`),
      "--bail=1",
      "--passWithNoTests",
      "--reporter=json",
      `--outputFile=${report}`,
      ...files,
    ],
    { cwd: copy, env: { ...process.env, ...environment }, encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  if (status === 0) return undefined;
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  for (const { name, message, assertionResults } of testResults) {
    const failed = assertionResults.find((test) => test.status === "failed");
    if (failed) return `${name.slice(copy.length + 1)}: ${failed.fullName}`;
    if (message) return `${name.slice(copy.length + 1)}: ${message.split("\n")[0]}`;
  }
  throw new Error(`no test failed, and yet Vitest ended with ${status}:\n${stderr}`);
}

const survivors = [];
const wanted = mutants.filter(({ area, file }) => `${area} ${file}`.includes(values.only));
for (const [i, { area, file, find, replace, tests }] of wanted.entries()) {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  if (text.split(find).length !== 2)
    throw new Error(`${file} has ${text.split(find).length - 1} times: ${find}`);
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
  const red = redTest(tests) ?? (values.whole ? redTest([]) : undefined);
  writeFileSync(path, text);
  if (red === undefined) survivors.push(`${file}: ${replace}`);
  console.log(
    `${i + 1}/${wanted.length}\t${area}\t${file}\t${replace.trim().split("\n")[0]}\t${red ?? "SURVIVED"}`,
  );
}
console.log(`\n${wanted.length - survivors.length} of ${wanted.length} changes turn a test red`);
for (const survivor of survivors) console.error(`✗ ${survivor}`);
process.exitCode = survivors.length > 0 ? 1 : 0;
