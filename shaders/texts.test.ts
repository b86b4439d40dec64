/**
 * The text of six stages, as the GPU gets it, in shaders/texts/: a change of a stage shows there what changes for the compiler.
 * `npm run shaders` writes the texts anew.
 */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { kernels } from "../src/kernels/builtin.ts";
import { trackOf } from "../src/methods/dense/gpu/encode.ts";
import { windowFor } from "../src/methods/transform/window.ts";
import { columnSum } from "./column-sum.ts";
import { convolve } from "./convolve.ts";
import { interpolate } from "./interpolate.ts";
import { normalize } from "./normalize.ts";
import { pairwise } from "./pairwise.ts";
import { spread } from "./spread.ts";

const kernel = kernels.get("gaussian")!;
const threads = 64;
const track = trackOf(kernel);
const means = { columns: 1, tracked: track !== undefined, threads };
const window = windowFor(1e-5)!;
/** Σ α and the sum of one column. */
const grids = { dims: 2, width: window.width, beta: window.beta, charges: 2, threads };

const texts = {
  pairwise: pairwise({
    kernel,
    shape: "radial",
    dims: 2,
    columns: 1,
    encoding: "fixed",
    tiling: { queryLanes: threads, keyLanes: 1, queriesPerThread: 4, keysPerTile: 256, staged: true },
    track,
  }),
  "column-sum": columnSum(means),
  normalize: normalize(means),
  spread: spread(grids),
  convolve: convolve({ reach: 4, add: false, threads }),
  interpolate: interpolate({ ...grids, sorted: true }),
};

const HEAD = `// Written by \`npm run shaders\`: a Gaussian of two coordinates, one column of values, ${threads} threads.
// The module of the same name in shaders/ explains it.
`;

/** The lines of a text, indented by the brackets around them, with an empty line before each part. */
function indented(text: string): string {
  let depth = 0;
  let before = "";
  const lines = text.split("\n").flatMap((line) => {
    const trimmed = line.trim();
    if (trimmed === "") return [];
    const isPart = /^(fn|@compute|struct)\b|@binding\(0\)/.test(trimmed) && !before.startsWith("@compute");
    const closing = /^[})]*/.exec(trimmed)![0].length;
    const indent = "  ".repeat(depth - closing);
    depth += trimmed.replace(/[^{(]/g, "").length - trimmed.replace(/[^})]/g, "").length;
    before = trimmed;
    return [isPart ? "\n" : "", indent, trimmed, "\n"];
  });
  return lines.join("");
}

test.each(
  Object.entries(texts),
)("%s is the committed text, which npm run shaders writes", async (name, text) => {
  await expect(`${HEAD}${indented(text)}`).toMatchFileSnapshot(`texts/${name}.wgsl`);
});

test("there are no other texts", () => {
  const files = readdirSync(new URL("texts", import.meta.url)).toSorted();
  expect(files).toEqual(
    Object.keys(texts)
      .map((name) => `${name}.wgsl`)
      .toSorted(),
  );
});
