/** Installs programs by commands that download: they wait for locks, and are tried twice. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Seconds for which another program may hold apt's locks. */
const LOCK_TIMEOUT = 600;
/** Milliseconds after which a command that hangs is ended. */
const TIMEOUT = 1_200_000;

const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/**
 * Returns what the attempt returns; tries it a second time after a pause if it throws.
 * @param options `pause` in milliseconds
 */
export function twice(attempt, { say = console.log, pause = 5000 } = {}) {
  try {
    return attempt();
  } catch (error) {
    say(`${error.message}; trying once more`);
    sleep(pause);
    return attempt();
  }
}

/**
 * Calls the attempt until its result does not report a lock of apt, or the time is over.
 * apt-get itself waits for dpkg's lock only, not for those of its lists and archives.
 * @param options `pause` in milliseconds
 * @returns the last result
 */
export function whileLocked(attempt, { say = console.log, seconds = LOCK_TIMEOUT, pause = 2000 } = {}) {
  const isLocked = ({ stderr }) => /Could not get lock/i.test(stderr ?? "");
  const end = performance.now() + seconds * 1000;
  let result = attempt();
  if (isLocked(result)) say("another program holds apt's lock; waiting for it");
  while (isLocked(result) && performance.now() < end) {
    sleep(pause);
    result = attempt();
  }
  return result;
}

/**
 * Runs a command that downloads, and shows its errors. It does not throw: callers look for the program afterwards.
 * apt-get waits for dpkg's lock, also if the command is one that calls apt-get.
 */
export function install(command, args, say = console.log) {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-apt-"));
  const APT_CONFIG = join(folder, "apt.conf");
  writeFileSync(APT_CONFIG, `DPkg::Lock::Timeout "${LOCK_TIMEOUT}";\n`);
  const runOnce = () =>
    spawnSync(command, args, {
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      timeout: TIMEOUT,
      shell: process.platform === "win32",
      env: { APT_CONFIG, ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  const attempt = () => {
    const { status, signal, stderr, error } = whileLocked(runOnce, { say });
    if (status === 0 || error?.code === "ENOENT") return; // a command that is missing stays so
    console.error(stderr?.trim() ?? "");
    throw new Error(`${command} ended with ${status ?? signal}`);
  };
  try {
    twice(attempt, { say });
  } catch (error) {
    say(error.message);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for dpkg's lock. */
const PATIENT = ["-o", `DPkg::Lock::Timeout=${LOCK_TIMEOUT}`];

/** Commands that install packages of Debian or Ubuntu. */
export const aptInstall = (...packages) => [
  ["apt-get", ...PATIENT, "update"],
  ["apt-get", ...PATIENT, "install", "-y", ...packages],
];
