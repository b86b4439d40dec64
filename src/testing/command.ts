/** The command as a stranger has it: packed, and run as a program. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packed, root } from "./packed.ts";

export { root };

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command from the package, which is packed once for all test files. */
export function buildCommand() {
  const main = join(packed("packages/nadaraya-cli").folder, "main.js");
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
