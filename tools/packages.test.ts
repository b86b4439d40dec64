import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isInstalled, outdatedPackages } from "./packages.mjs";

const wanted = {
  "": { version: "1.0.0" },
  "node_modules/vite": { version: "8.0.0", integrity: "sha512-a" },
  "node_modules/@rollup/darwin": { version: "4.0.0", integrity: "sha512-b", optional: true },
};
const vite = { "node_modules/vite": { version: "8.0.0", integrity: "sha512-a" } };
const always = () => true;

describe("outdatedPackages", () => {
  test("returns nothing if all are there but the optional ones of other platforms", () =>
    expect(outdatedPackages(wanted, vite, always)).toEqual([]));

  test("returns a package that is missing", () =>
    expect(outdatedPackages(wanted, {}, always)).toEqual(["node_modules/vite"]));

  test("returns a package of another version or content", () => {
    for (const change of [{ version: "7.0.0" }, { integrity: "sha512-c" }])
      expect(
        outdatedPackages(
          wanted,
          { "node_modules/vite": { ...vite["node_modules/vite"], ...change } },
          always,
        ),
      ).toEqual(["node_modules/vite"]);
  });

  test("returns an optional package of another version", () =>
    expect(
      outdatedPackages(wanted, { ...vite, "node_modules/@rollup/darwin": { version: "3.0.0" } }, always),
    ).toEqual(["node_modules/@rollup/darwin"]));

  test("returns a package whose folder was deleted", () =>
    expect(outdatedPackages(wanted, vite, (folder) => folder !== "node_modules/vite")).toEqual([
      "node_modules/vite",
    ]));

  test("ignores packages that the lock file does not name", () =>
    expect(outdatedPackages(wanted, { ...vite, "node_modules/mine": {} }, always)).toEqual([]));
});

describe("isInstalled", () => {
  const folder = mkdtempSync(join(tmpdir(), "nadaraya-packages-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (path: string, packages: object) =>
    writeFileSync(join(folder, path), JSON.stringify({ packages }));

  test("holds once npm has recorded the packages and their folders are there", () => {
    write("package-lock.json", wanted);
    expect(isInstalled(folder)).toBe(false); // no node_modules
    mkdirSync(join(folder, "node_modules"));
    expect(isInstalled(folder)).toBe(false); // an installation that did not end
    write("node_modules/.package-lock.json", vite);
    expect(isInstalled(folder)).toBe(false); // without the package's folder
    mkdirSync(join(folder, "node_modules/vite"));
    expect(isInstalled(folder)).toBe(true);
    write("node_modules/.package-lock.json", {}); // as after `npm ci --omit=dev`
    expect(isInstalled(folder)).toBe(false);
  });
});
