import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const scripts: Readonly<Record<string, string>> = JSON.parse(read("package.json")).scripts;

/** Whether the first command of a script installs the project's packages if they are missing. */
function installs(script: string): boolean {
  const [first] = script.split(" && ");
  const [, another] = /^npm run (\S+)$/.exec(first) ?? [];
  if (another) return installs(scripts[another]);
  const [, tool] = /^node (tools\/\S+\.mjs)/.exec(first) ?? [];
  return (
    tool !== undefined && (tool === "tools/setup.mjs" || /\bsetUp\(\)|tools\/setup\.mjs/.test(read(tool)))
  );
}

test.each(Object.entries(scripts))("the script %s works in a clone without packages: %s", (_, script) =>
  expect(installs(script)).toBe(true));

test("a script that starts with a tool of a package is noticed", () => {
  expect(installs("vitest run")).toBe(false);
  expect(installs("npm run check")).toBe(true);
});
