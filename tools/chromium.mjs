/**
 * Finds a Chromium for the browser tests, or installs one, and the software Vulkan driver that comes with it.
 *
 * Order: CHROMIUM_PATH, a browser that Playwright has, a Chrome or Chromium of the system, Playwright's download, apt.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { aptInstall, install } from "./install.mjs";

/** @returns {string | undefined} the browser's executable */
export async function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (!existsSync(chosen)) throw new Error(`CHROMIUM_PATH is ${chosen}, but there is no such file`);
    return chosen;
  }
  const { chromium } = await import("playwright");
  const candidates = [chromium.executablePath(), ...systemBrowsers()];
  return candidates.find((path) => path && existsSync(path));
}

/**
 * Returns the executable of a Chromium, which is installed if there is none.
 * @throws {Error} if it cannot be installed
 */
export async function findOrInstallChromium(say = console.log) {
  const found = await findChromium();
  if (found) return found;
  for (const [command, ...args] of [
    ["npx", "playwright", "install", "--with-deps", "chromium"],
    ...aptInstall("chromium"),
  ]) {
    say(`no Chromium yet; trying: ${command} ${args.join(" ")}`);
    install(command, args, say);
    const installed = await findChromium();
    if (installed) return installed;
  }
  throw new Error(
    "no Chromium was found or could be installed. Install Chrome or Chromium, or run `npx playwright install chromium`,\n" +
      "or set CHROMIUM_PATH to the browser's executable; then run this command again.",
  );
}

function systemBrowsers() {
  if (process.platform === "darwin") {
    return ["Google Chrome", "Chromium", "Microsoft Edge"].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    );
  }
  if (process.platform === "win32") {
    return [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA]
      .filter(Boolean)
      .flatMap((base) => [
        join(base, "Google/Chrome/Application/chrome.exe"),
        join(base, "Microsoft/Edge/Application/msedge.exe"),
      ]);
  }
  return ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"].map((name) => {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      return "";
    }
  });
}

/** True where Vulkan will find a GPU by itself. */
function hasGpu() {
  if (process.platform !== "linux") return true;
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return true;
  return (
    existsSync("/dev/nvidia0") ||
    (existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("render")))
  );
}

/**
 * The environment in which Dawn finds an adapter in Node: as it is where there is a GPU, else with Chromium's
 * SwiftShader as the Vulkan driver.
 */
export async function adapterEnvironment() {
  if (hasGpu()) return {};
  const browser = await findChromium();
  if (!browser) return {};
  const folders = [
    dirname(realpathSync(browser)),
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/opt/google/chrome",
  ];
  const folder = folders.find((candidate) => existsSync(join(candidate, "vk_swiftshader_icd.json")));
  if (!folder) return {};
  // Chromium also brings the Vulkan loader, which a bare system lacks.
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(":");
  return { VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: libraries };
}

/** Like `adapterEnvironment`; installs a Chromium on a machine with neither a GPU nor a Chromium. */
export async function findOrInstallAdapter(say = console.log) {
  if (hasGpu()) return {};
  await findOrInstallChromium(say);
  return adapterEnvironment();
}
