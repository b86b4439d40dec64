/** `npm run build` builds the library and the pages, `npm run build:library` the library alone. */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.mjs";
import { runOrEnd, setUp } from "./setup.mjs";

const { positionals } = readArguments({
  command: "node tools/build.mjs",
  about:
    "Builds the library into dist/ (npm run build:library), and the pages into site/ (npm run build), each in place of what is there.",
  positionals: { name: "library", help: "build the library alone" },
});
const isLibraryAlone = positionals.length === 1 && positionals[0] === "library";
if (positionals.length > 0 && !isLibraryAlone) {
  console.error(`${positionals.join(" ")} cannot be built, expected library or nothing`);
  process.exit(2);
}
setUp();
rmSync(fileURLToPath(new URL("../dist", import.meta.url)), { recursive: true, force: true });
runOrEnd(
  "npx",
  ["tsc", "-p", "tsconfig.build.json"],
  "the library does not compile: TypeScript says why above",
);
if (!isLibraryAlone) runOrEnd("npx", ["vite", "build"], "the pages could not be built: Vite says why above");
