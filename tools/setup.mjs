/**
 * Installs the project's packages where they are missing or out of date. Needs nothing but Node and npm.
 * `node tools/setup.mjs adapter` also installs what WebGPU in Node needs on a machine without a GPU; `site` builds the pages if they
 * are not built.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { twice } from "./install.mjs";
import { isInstalled } from "./packages.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const shell = process.platform === "win32";
/** The exit code of a step that was skipped, as of Automake's tests. */
export const SKIPPED = 77;

export const say = (line) => console.log(`\n— ${line}`);

/** Runs a command of the project in its root and shows what it prints. Throws if it fails. */
export function run(command, args = [], env = {}) {
  execFileSync(command, args, { cwd: root, stdio: "inherit", shell, env: { ...process.env, ...env } });
}

/** Runs a command like `run`; if it fails, which it has explained, says what that means, and ends the process with 1. */
export function runOrEnd(command, args, problem) {
  try {
    run(command, args);
  } catch {
    console.error(`\n✗ ${problem}`);
    process.exit(1);
  }
}

/** Ends the process as a step of `npm test` that could not run here, which has neither passed nor failed. */
export function skip(reason) {
  say(`skipped: ${reason}`);
  process.exit(process.env.NADARAYA_STEP ? SKIPPED : 0);
}

/** Runs a command like `run`, as the last one of this process, which ends as the command does. */
export function runLast(command, args = [], env = {}) {
  const options = { cwd: root, stdio: "inherit", shell, env: { ...process.env, ...env } };
  const { status, error } = spawnSync(command, args, options);
  if (error) console.error(error.message);
  process.exit(status ?? 1);
}

/** Installs the packages that the lock file in a folder of the project names, unless they are there. */
export function installPackages(folder, what) {
  if (isInstalled(join(root, folder))) return;
  say(`installing ${what} (npm ci)`);
  // Vite sets NODE_ENV to "production", with which npm leaves development packages out.
  const args = ["--prefix", folder, "ci", "--include=dev", "--no-audit", "--no-fund"];
  try {
    twice(() => run("npm", args), { say });
  } catch {
    console.error(`\n✗ ${what} could not be installed; npm says why above. Try \`npm ${args.join(" ")}\`.`);
    process.exit(1);
  }
}

/** Installs the project's packages. Ends the process if this Node is too old. */
export function setUp() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(
      `Node ${process.versions.node} is too old: nadaraya needs Node 20.19 or newer (https://nodejs.org).`,
    );
    process.exit(1);
  }
  installPackages(".", "packages");
}

/** Builds the pages unless they are built. */
export function buildIfMissing() {
  if (existsSync(join(root, "site/index.html")) && existsSync(join(root, "dist/src/index.js"))) return;
  say("building the library and the pages");
  run("npm", ["run", "build"]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp();
  if (process.argv.includes("adapter")) {
    const { findOrInstallAdapter } = await import("./chromium.mjs");
    await findOrInstallAdapter(say);
  }
  if (process.argv.includes("site")) buildIfMissing();
}
