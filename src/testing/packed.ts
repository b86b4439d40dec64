/** Packages as npm publishes them, packed and unpacked once for each content of their sources, whichever tests need them. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled } from "../../tools/packages.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, "node_modules/.cache/nadaraya-packed");
const DAY = 86_400_000;

/** What a clone does not have, or no package contains; what is left is some MB. */
const NOT_PACKED = new Set([
  ...[".git", "node_modules", "dist", "site", "site-docs", "test-results", ".setup"],
  ...["docs", "demo", "e2e", "bench", "playwright-report"],
]);
const isSource = (path: string) => !/\.test\.ts$|^src\/testing\//.test(path.replaceAll("\\", "/"));

export interface Packed {
  /** The unpacked package, in a folder below `node_modules`, so that its files find what they import. */
  readonly folder: string;
  /** Paths of the packed files. */
  readonly files: readonly string[];
}

/** The folders of the project that are packages. */
const FOLDERS = [".", "packages/nadaraya-cli"];

/** A folder of the project as `npm pack` packs it. */
export function packed(folder: string): Packed {
  const entries = readdirSync(root).filter((entry) => !NOT_PACKED.has(entry));
  const target = join(cache, hashOf(entries));
  if (!existsSync(target)) pack(entries, target);
  const own = join(target, nameOf(folder));
  const files = JSON.parse(readFileSync(join(own, "files.json"), "utf8")) as string[];
  return { folder: join(own, "package"), files };
}

const nameOf = (folder: string) => basename(join(root, folder));

function hashOf(entries: readonly string[]): string {
  const hash = createHash("sha256");
  const add = (path: string) => {
    if (!isSource(path)) return;
    if (/[\\/](dist|node_modules)$/.test(path)) return; // of the command
    const full = join(root, path);
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(join(path, name));
      return;
    }
    hash.update(`${path}\0`).update(readFileSync(full));
  };
  for (const entry of [...entries].sort()) add(entry);
  return hash.digest("hex").slice(0, 16);
}

/**
 * Builds once for all packages, as their scripts do for each. Works in copies, and renames the result at the end: other processes may be packing the
 * same.
 */
function pack(entries: readonly string[], target: string): void {
  // The build in the copy would install what is missing, and npm would first empty the folder behind the link.
  if (!isInstalled(root)) throw new Error("the packages are not those of package-lock.json; run `npm ci`");
  mkdirSync(cache, { recursive: true });
  for (const old of readdirSync(cache))
    if (Date.now() - statSync(join(cache, old)).mtimeMs > DAY) rmSync(join(cache, old), { recursive: true });
  const copy = mkdtempSync(join(tmpdir(), "nadaraya-source-"));
  for (const entry of entries) cpSync(join(root, entry), join(copy, entry), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  execFileSync("node", ["tools/build.mjs", "command"], { cwd: copy });
  const unpacked = mkdtempSync(join(cache, "packing-"));
  for (const folder of FOLDERS) {
    const own = join(unpacked, nameOf(folder));
    mkdirSync(own);
    const output = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", own], {
      cwd: join(copy, folder),
      encoding: "utf8",
    });
    const [{ filename, files }] = JSON.parse(output) as { filename: string; files: { path: string }[] }[];
    execFileSync("tar", ["xzf", filename], { cwd: own });
    writeFileSync(join(own, "files.json"), JSON.stringify(files.map(({ path }) => path)));
  }
  rmSync(copy, { recursive: true });
  try {
    renameSync(unpacked, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    rmSync(unpacked, { recursive: true }); // another process was faster
  }
}
