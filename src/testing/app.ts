/** An app in a folder of its own, with packages as npm publishes them. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packed, root } from "./packed.ts";

export { root };

/** The package.json of a folder of the project. */
export const packageOf = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));

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

  /** A folder packed as npm publishes it, unpacked into node_modules; returns the paths of its files. */
  install(folder: string, name: string): readonly string[] {
    const { folder: unpacked, files } = packed(folder);
    cpSync(unpacked, join(this.folder, "node_modules", name), { recursive: true });
    return files;
  }
}
