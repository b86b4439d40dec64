/** An app in a folder of its own, with packages as npm publishes them. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The package.json of a folder of the project. */
export const packageOf = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));

/** What a clone does not have, or no package takes; what is left is some MB. */
const NOT_PACKED = [
  ...[".git", "node_modules", "dist", "site", "site-docs", "test-results", ".setup"],
  ...["docs", "demo", "e2e", "bench"],
];

export class App {
  readonly folder = mkdtempSync(join(tmpdir(), "nadaraya-app-"));

  constructor() {
    writeFileSync(join(this.folder, "package.json"), '{ "name": "app", "type": "module" }');
  }

  readonly run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: this.folder, encoding: "utf8" });

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** A package that the project has itself. */
  link(name: string): void {
    const to = join(this.folder, "node_modules", name);
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(join(root, "node_modules", name), to);
  }

  /**
   * A folder packed as npm publishes it, unpacked into node_modules; returns the paths of its files. It is built and packed in a copy:
   * a build empties `dist` first, which another test file may be packing.
   */
  install(folder: string, name: string): string[] {
    const source = join(root, folder);
    const copy = mkdtempSync(join(tmpdir(), "nadaraya-source-"));
    for (const entry of readdirSync(source))
      if (!NOT_PACKED.includes(entry)) cpSync(join(source, entry), join(copy, entry), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", this.folder], {
      cwd: copy,
      encoding: "utf8",
    });
    rmSync(copy, { recursive: true });
    const [{ filename, files }] = JSON.parse(packed.slice(packed.indexOf("[\n"))) as {
      filename: string;
      files: { path: string }[];
    }[];
    this.run("tar", "xzf", filename);
    mkdirSync(join(this.folder, "node_modules"), { recursive: true });
    cpSync(join(this.folder, "package"), join(this.folder, "node_modules", name), { recursive: true });
    rmSync(join(this.folder, "package"), { recursive: true });
    return files.map(({ path }) => path);
  }
}
