/** `npm run docs`: builds the documentation's site into site-docs/, the API from the docstrings. */
import { readArguments } from "./arguments.mjs";
import { installPackages, run, say, setUp } from "./setup.mjs";

const { values } = readArguments({
  command: "npm run docs",
  about: "Builds the documentation's site into site-docs/, the API from the docstrings.",
  options: {
    serve: { type: "boolean", help: "serve the site on this computer instead, and follow changes" },
  },
});
setUp();
installPackages("docs", "the documentation's own tools");
const tool = (name) => `docs/node_modules/.bin/${name}`;
say("the API, from the docstrings");
run(tool("typedoc"), ["--options", "docs/typedoc.json", "--logLevel", "Warn"]);
say("the site");
run(tool("vitepress"), [values.serve ? "dev" : "build", "docs"]);
if (!values.serve && !process.env.DOCS_OUT)
  say("the site is in site-docs/; to look at it: npm run docs -- --serve");
