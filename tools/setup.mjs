/** Installs the project's packages where they are missing or out of date. Needs nothing but Node and npm. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const stamp = new URL("node_modules/.installed-for", root);

export const say = (line) => console.log(`\n— ${line}`);

/** Runs a command of the project in its root, showing what it prints; throws where it fails. */
export function run(command, args = [], env = {}) {
  const shell = process.platform === "win32";
  execFileSync(command, args, { cwd: root, stdio: "inherit", shell, env: { ...process.env, ...env } });
}

export function setUp() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(
      `Node ${process.versions.node} is too old: nadaraya needs Node 20.19 or newer (https://nodejs.org).`,
    );
    process.exit(1);
  }
  const lock = createHash("sha256")
    .update(readFileSync(new URL("package-lock.json", root)))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("installing packages (npm ci)");
  run("npm", ["ci", "--no-audit", "--no-fund"]);
  writeFileSync(stamp, lock);
}
