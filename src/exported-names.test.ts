/** No exported name hides a global: an import of it would change what `Partial<T>` or `Selection` means in a caller's file. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./testing/app.ts";

const DECLARATION =
  /^(?:declare )?(?:abstract )?(?:class|const|enum|function|interface|let|namespace|type|var) (\w+)/gm;
const namesIn = (text: string) => Array.from(text.matchAll(DECLARATION), ([, name]) => name);

/** The globals of JavaScript here, and of all libraries of TypeScript: the language, browsers, workers, Windows scripts. */
function globals(): ReadonlySet<string> {
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  const folder = join(dirname(createRequire(typescript).resolve(platform)), "lib");
  const libraries = readdirSync(folder).filter((name) => /^lib\..*d\.ts$/.test(name));
  const names = libraries.flatMap((name) => namesIn(readFileSync(join(folder, name), "utf8")));
  return new Set([...Object.getOwnPropertyNames(globalThis), ...names]);
}

test("no exported name is that of a global", () => {
  const known = globals();
  for (const name of ["Map", "Partial", "Record", "Selection", "Worker", "process"])
    expect(known, name).toContain(name);
  const folder = join(root, "api");
  const found: string[] = [];
  let count = 0;
  for (const report of readdirSync(folder)) {
    const [exported] = readFileSync(join(folder, report), "utf8").split("\n// Types that these use");
    const renamed = Array.from(exported.matchAll(/^\/\/ exported as (\w+)/gm), ([, name]) => name);
    const names = [...namesIn(exported), ...renamed];
    count += names.length;
    found.push(...names.filter((name) => known.has(name)).map((name) => `${report}: ${name}`));
  }
  expect(count).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
