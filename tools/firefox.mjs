/** Finds a Firefox for the browser tests, or installs Debian's, and what its WebGPU needs to find a software adapter. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aptInstall, install } from "./install.mjs";

/** The least version whose WebGPU does what we need. */
const LEAST = 141;

/** @returns {string | undefined} the browser's executable */
export function findFirefox() {
  const chosen = process.env.FIREFOX_PATH;
  const candidates = [chosen, ...["firefox-esr", "firefox"].map(which)];
  return candidates.find((path) => path && existsSync(path) && versionOf(path) >= LEAST);
}

function which(name) {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

function versionOf(path) {
  const { stdout = "" } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 60_000 });
  return Number(/Firefox (\d+)/.exec(stdout ?? "")?.[1] ?? 0);
}

/** The Firefox that there is, or Debian's where that can be installed; undefined where it cannot. */
export function findOrInstallFirefox(say = console.log) {
  const found = findFirefox();
  if (found || process.platform !== "linux") return found;
  say("no Firefox yet; trying: apt-get install -y firefox-esr");
  for (const [command, ...args] of aptInstall("firefox-esr")) install(command, args, say);
  return findFirefox();
}

/**
 * The library path under which wgpu finds Chromium's Vulkan loader and nothing else of its folder.
 * @param {Record<string, string>} environment what `adapterEnvironment` returned
 */
export function loaderFolder({ VK_ICD_FILENAMES } = {}) {
  if (!VK_ICD_FILENAMES) return {};
  const folder = join(tmpdir(), `nadaraya-vulkan-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const link = join(folder, "libvulkan.so.1");
  if (!existsSync(link)) symlinkSync(join(VK_ICD_FILENAMES, "../libvulkan.so.1"), link);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return { LD_LIBRARY_PATH: folder };
}
