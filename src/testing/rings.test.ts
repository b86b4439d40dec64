/** Files get the project that they need, and CONTRIBUTING.md names all whose tests are, wholly or partly, in the wide ring alone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesByProject, projectOf } from "../../tools/rings.mjs";
import { root } from "./packed.ts";

/** As text, so that this file calls none of them. */
const calls = (...names: readonly string[]) => names.map((name) => `await ${name}();`).join(" ");
const read = (path: string) => readFileSync(join(root, path), "utf8");

test.each([
  ["a.test.ts", "expect(1)", "cpu"],
  ["a.test.ts", calls("gpuEngine"), "gpu"],
  ["a.test.ts", calls("ownGpuEngine"), "devices"],
  ["a.test.ts", calls("gpuEngine", "findDevice"), "devices"],
  ["a.test.ts", calls("vi.mock", "gpuEngine"), "devices"],
  ["a.test.ts", calls("vi.mock"), "devices"],
  ["a.test.ts", `Engine.create({ backend: ${JSON.stringify("webgpu")} })`, "devices"],
  ["a.wide.test.ts", "expect(1)", "wide cpu"],
  ["a.wide.test.ts", calls("gpuEngine"), "wide gpu"],
])("%s with %s is in the project %s", (path, text, project) => {
  expect(projectOf(path, text)).toBe(project);
});

test("CONTRIBUTING.md names every file that has tests for the wide ring only", () => {
  const files = filesByProject(root);
  const partly = [...files.cpu, ...files.gpu, ...files.devices].filter((path) =>
    /import \{[^}]*\bisWideRing\b/.test(read(path)),
  );
  const [, section] = read("CONTRIBUTING.md").split("| only in the wide ring");
  const [table] = section.split("\n\n");
  const named = [...files["wide cpu"], ...files["wide gpu"], ...partly];
  expect(named.filter((path) => !table.includes(path))).toEqual([]);
});
