/** Turns saved results into Markdown, CSV or a comparison: node print.js markdown|csv FILE, compare|slower BEFORE AFTER. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Grid } from "./grid.ts";
import { type Ratios, ratiosOf, slowerToMarkdown } from "./ratios.ts";
import { compare, gridToMarkdown, toCsv, toMarkdown } from "./report.ts";
import type { Results } from "./suite.ts";

const read = (path: string): Results | Grid => JSON.parse(readFileSync(path, "utf8"));
const isGrid = (saved: Results | Grid): saved is Grid => "grid" in saved;
const [format, ...files] = process.argv.slice(2);
const saved = files.map(read);
const written = saved.filter((each): each is Results => !isGrid(each));
if (format === "markdown")
  console.log(saved.map((each) => (isGrid(each) ? gridToMarkdown(each) : toMarkdown(each))).join("\n"));
else if (format === "csv") console.log(written.map(toCsv).join("\n"));
else if (format === "compare" && written.length === 2) console.log(compare(written[0], written[1]));
else if (format === "slower" && files.length === 2)
  console.log(slowerToMarkdown(basename(files[1], ".json"), ...ratiosOfBoth()));
else throw new Error("usage: print markdown|csv FILE …  or  print compare|slower BEFORE AFTER");

function ratiosOfBoth(): [Ratios, Ratios] {
  const [before, after] = files.map((path) => ratiosOf(JSON.parse(readFileSync(path, "utf8"))));
  return [before, after];
}
