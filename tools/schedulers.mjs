/** Finds the schedulers of the test of shards, or installs Debian's: Dask, Slurm, GNU parallel. */
import { spawnSync } from "node:child_process";
import { aptInstall, install } from "./install.mjs";

/** For each package of Debian a command that succeeds if it is installed. */
const PROBES = {
  parallel: ["parallel", "--version"],
  "python3-distributed": ["/usr/bin/python3", "-c", "import dask.distributed"],
  munge: ["munged", "--version"],
  "slurm-wlm": ["slurmctld", "-V"],
};

const isMissing = (name) => {
  const [command, ...args] = PROBES[name];
  return spawnSync(command, args, { env: withSystemFolders() }).status !== 0;
};

/** An environment whose PATH has the folders of daemons, which users often lack. */
export const withSystemFolders = (env = process.env) => ({
  ...env,
  PATH: `${env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`,
});

/**
 * Installs the packages that are missing, if apt and root permit it.
 * @returns {string | undefined} why schedulers are missing, which is printed too; undefined if all are installed
 */
export function findOrInstallSchedulers(say = console.log) {
  const reason = reasonIfMissing(say);
  // Reporters list a skipped test without its reason.
  if (reason !== undefined) say(`The tests of schedulers are skipped: ${reason}`);
  return reason;
}

function reasonIfMissing(say) {
  if (process.platform !== "linux") return "Slurm runs on Linux only";
  const missing = Object.keys(PROBES).filter(isMissing);
  if (missing.length === 0) return undefined;
  const packages = missing.join(" ");
  if (spawnSync("apt-get", ["--version"]).status !== 0)
    return `${packages}: missing, and there is no apt-get`;
  if (process.getuid?.() !== 0)
    return `${packages}: missing, and only root may install them (apt-get install ${packages})`;
  say(`missing: ${packages}; trying apt-get`);
  for (const [command, ...args] of aptInstall("--no-install-recommends", ...missing))
    install(command, args, say);
  const failed = missing.filter(isMissing);
  return failed.length > 0 ? `${failed.join(" ")}: could not be installed` : undefined;
}
