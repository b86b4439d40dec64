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
import { join } from "node:path";
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

/** A folder of the project as `npm pack` packs it, its scripts included. */
export function packed(folder: string): Packed {
  const source = join(root, folder);
  const entries = readdirSync(source).filter((entry) => !NOT_PACKED.has(entry));
  const target = join(cache, hashOf(source, entries));
  if (!existsSync(target)) pack(source, entries, target);
  const files = JSON.parse(readFileSync(join(target, "files.json"), "utf8")) as string[];
  return { folder: join(target, "package"), files };
}

function hashOf(source: string, entries: readonly string[]): string {
  const hash = createHash("sha256");
  const add = (path: string) => {
    if (!isSource(path)) return;
    const full = join(source, path);
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(join(path, name));
      return;
    }
    hash.update(`${path}\0`).update(readFileSync(full));
  };
  for (const entry of [...entries].sort()) add(entry);
  return hash.digest("hex").slice(0, 16);
}

/** Works in copies, and renames the result at the end: other processes may be packing the same. */
function pack(source: string, entries: readonly string[], target: string): void {
  // The build in the copy would install what is missing, and npm would first empty the folder behind the link.
  if (!isInstalled(root)) throw new Error("the packages are not those of package-lock.json; run `npm ci`");
  mkdirSync(cache, { recursive: true });
  for (const old of readdirSync(cache))
    if (Date.now() - statSync(join(cache, old)).mtimeMs > DAY) rmSync(join(cache, old), { recursive: true });
  const copy = mkdtempSync(join(tmpdir(), "nadaraya-source-"));
  for (const entry of entries) cpSync(join(source, entry), join(copy, entry), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const unpacked = mkdtempSync(join(cache, "packing-"));
  const output = execFileSync("npm", ["pack", "--json", "--pack-destination", unpacked], {
    cwd: copy,
    encoding: "utf8",
  });
  rmSync(copy, { recursive: true });
  const [{ filename, files }] = JSON.parse(output.slice(output.indexOf("[\n"))) as {
    filename: string;
    files: { path: string }[];
  }[];
  execFileSync("tar", ["xzf", filename], { cwd: unpacked });
  writeFileSync(join(unpacked, "files.json"), JSON.stringify(files.map(({ path }) => path)));
  try {
    renameSync(unpacked, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    rmSync(unpacked, { recursive: true }); // another process was faster
  }
}
