/** Compares installed packages with a lock file. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Returns the folders of packages that the lock file names and that are missing or of another version. An optional package may be
 * missing: those of other platforms are.
 * @param wanted `packages` of package-lock.json
 * @param installed `packages` of node_modules/.package-lock.json
 * @param exists whether a folder of the project exists
 */
export function outdatedPackages(wanted, installed, exists) {
  return Object.entries(wanted)
    .filter(([folder, { version, integrity, optional }]) => {
      if (folder === "") return false; // the project itself
      const found = installed[folder];
      if (!found) return !optional;
      return found.version !== version || found.integrity !== integrity || !exists(folder);
    })
    .map(([folder]) => folder);
}

/** Whether npm has installed what the lock file in this folder names. */
export function isInstalled(folder) {
  const record = join(folder, "node_modules/.package-lock.json"); // npm writes it last
  if (!existsSync(record)) return false;
  const packagesIn = (path) => JSON.parse(readFileSync(path, "utf8")).packages ?? {};
  const wanted = packagesIn(join(folder, "package-lock.json"));
  return outdatedPackages(wanted, packagesIn(record), (name) => existsSync(join(folder, name))).length === 0;
}
