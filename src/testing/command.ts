/** The command as a stranger has it: built, and run as a program. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Builds the command; each test file has a folder of its own, inside node_modules, so that the built files find their packages. */
export function buildCommand(name: string) {
  const built = join(root, "node_modules/.cache", name);
  mkdirSync(built, { recursive: true });
  writeFileSync(join(built, "package.json"), '{ "type": "module" }');
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--outDir", built], { cwd: root });
  const main = join(built, "src/cli/main.js");
  const run = (args: readonly string[], input?: string | Uint8Array, env: NodeJS.ProcessEnv = {}): Ran => {
    const options = { input, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
    const { status, stdout, stderr } = spawnSync("node", [main, ...args], {
      ...options,
      env: { ...process.env, ...env },
    });
    return { status, stdout, stderr };
  };
  return { main, run };
}
