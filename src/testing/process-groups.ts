/** Programs that start programs (Linux): all of them end with the test. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/** Starts a program as the leader of a process group. The kernel kills it if the process of the test dies. */
export const startGroup = (command: string, args: readonly string[], options: SpawnOptions): ChildProcess =>
  spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], { ...options, detached: true });

/** Kills the program and all that it started, except what left its group. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // all have ended
  }
}

/** The exit status; null if a signal ended the program. */
export const exitStatus = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once("exit", resolve));

/**
 * Calls a function every tenth of a second until it returns something.
 * @throws Error with the name if that takes more than two minutes
 */
export async function until<T>(name: string, attempt: () => T | undefined | false): Promise<T> {
  const end = performance.now() + 120_000;
  for (;;) {
    const result = attempt();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > end) throw new Error(`still waiting for: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
