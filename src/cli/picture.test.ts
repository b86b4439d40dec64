/** Pictures as files of XML. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import type { Table } from "../io/index.ts";
import { writePicture } from "./picture.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-picture-"));

test("writes SVG that is XML, whatever the columns are called", async () => {
  for (const [name, label] of [
    ["p<0.05", "p<0.05"],
    ["x\u00a0m", "x\u00a0m"],
    ["a\u0001b\ud800", "ab"],
    ['"&]]>', '"&]]>'],
    ["__proto__", "__proto__"],
  ]) {
    const table = (x: number[]): Table => ({
      ...{ names: [name, "y"], rows: x.length },
      columns: Object.fromEntries([
        [name, Float64Array.from(x)],
        ["y", Float64Array.from(x, Math.sin)],
      ]),
    });
    const path = join(folder, "picture.svg");
    await writePicture(
      { data: table([0, 1, 2]), answers: table([0, 0.5, 1, 1.5, 2]), x: [name], y: "y" },
      path,
    );
    // jsdom's parser of XML throws where a browser shows an error.
    const { document } = new JSDOM(readFileSync(path), { contentType: "image/svg+xml" }).window;
    const { documentElement: svg } = document;
    expect(svg.namespaceURI).toBe("http://www.w3.org/2000/svg");
    expect(svg.getAttribute("aria-label")).toBe(`y by ${label}`);
    expect(svg.textContent).toContain(label);
  }
});
