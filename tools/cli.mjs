/** `npm run cli -- ARGUMENTS`: the command `nadaraya` of this clone, which is built if it is not. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const root = new URL("..", import.meta.url);
const main = new URL("dist/src/cli/main.js", root);
/** Its output goes to stderr: stdout is the command's. */
const run = (command, args) =>
  execFileSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });

try {
  run("node", ["tools/setup.mjs"]);
  if (!existsSync(main)) {
    console.error("\n— building the library");
    run("npm", ["run", "build:library"]);
  }
} catch ({ status }) {
  process.exit(status ?? 1); // the reason was printed
}
await import(main);
