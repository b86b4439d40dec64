/** `npm run docs [-- --serve]`: builds the documentation's site into site-docs/, the API from the docstrings. */
import { existsSync } from "node:fs";
import { run, say, setUp } from "./setup.mjs";

const serve = process.argv.includes("--serve");
const unknown = process.argv.slice(2).filter((word) => word !== "--serve");
if (unknown.length > 0) {
  console.error(`what is ${unknown.join(" ")}?\nusage: npm run docs -- [--serve]`);
  process.exit(2);
}
setUp();
const root = new URL("..", import.meta.url);
if (!existsSync(new URL("docs/node_modules/vitepress", root))) {
  say("installing the documentation's own tools");
  run("npm", ["--prefix", "docs", "ci", "--no-audit", "--no-fund"]);
}
const tool = (name) => `docs/node_modules/.bin/${name}`;
say("the API, from the docstrings");
run(tool("typedoc"), ["--options", "docs/typedoc.json", "--logLevel", "Warn"]);
say("the site");
run(tool("vitepress"), [serve ? "dev" : "build", "docs"]);
if (!serve && !process.env.DOCS_OUT) say("the site is in site-docs/");
