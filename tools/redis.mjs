/** Finds a Redis or Valkey server for the tests of the queue, or installs one. */
import { spawn, spawnSync } from "node:child_process";
import { aptInstall, install } from "./install.mjs";

const NAMES = ["redis-server", "valkey-server"];

/** @returns {string | undefined} the server's command */
export const findRedis = () => NAMES.find((name) => spawnSync(name, ["--version"]).status === 0);

/**
 * Returns the command of a Redis server, which is installed if there is none.
 * @throws {Error} if it cannot be installed
 */
export function findOrInstallRedis(say = console.log) {
  const found = findRedis();
  if (found) return found;
  for (const [command, ...args] of [
    ...aptInstall("--no-install-recommends", "redis-server"),
    ["brew", "install", "redis"],
  ]) {
    say(`no Redis yet; trying: ${command} ${args.join(" ")}`);
    install(command, args, say);
    const installed = findRedis();
    if (installed) return installed;
  }
  throw new Error(
    "no Redis was found or could be installed, and the tests of the queue need one. Install redis-server or valkey-server;\n" +
      "then run this command again.",
  );
}

/** Starts a command, and waits until it says this. */
export async function started(command, args, words) {
  const child = spawn(command, args);
  await new Promise((ready, failed) => {
    let said = "";
    const listen = (text) => {
      said += text;
      if (said.includes(words)) ready();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", () => failed(new Error(said)));
  });
  return child;
}

/** A server of a benchmark's own, which keeps nothing. */
export const startRedis = (port, folder) =>
  started(
    findOrInstallRedis(),
    ["--port", String(port), "--save", "", "--appendonly", "no", "--dir", folder],
    "to accept connections",
  );
