/** Turns saved results into Markdown, CSV or a comparison: node print.js markdown|csv FILE, compare BEFORE AFTER. */
import { readFileSync } from "node:fs";
import { compare, toCsv, toMarkdown } from "./report.ts";
import type { Results } from "./suite.ts";

const read = (path: string): Results => JSON.parse(readFileSync(path, "utf8"));
const [format, ...files] = process.argv.slice(2);
const written = files.map(read);
if (format === "markdown") console.log(written.map(toMarkdown).join("\n"));
else if (format === "csv") console.log(written.map(toCsv).join("\n"));
else if (format === "compare" && written.length === 2) console.log(compare(written[0], written[1]));
else throw new Error("usage: print markdown|csv FILE …  or  print compare BEFORE AFTER");
