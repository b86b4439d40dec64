/** `npm run build` builds the library and the pages, `npm run build:library` the library alone. */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readArguments } from "./arguments.mjs";
import { runOrEnd, setUp } from "./setup.mjs";

const { positionals } = readArguments({
  command: "node tools/build.mjs",
  about:
    "Builds the library into dist/ (npm run build:library), and the pages into site/ (npm run build) or the command into packages/nadaraya-cli/dist/, each in place of what is there.",
  positionals: { name: "library | command", help: "build the library alone, or with the command" },
});
const [wanted] = positionals;
if (positionals.length > 1 || !["library", "command", undefined].includes(wanted)) {
  console.error(`${positionals.join(" ")} cannot be built, expected library, command or nothing`);
  process.exit(2);
}
setUp();
const folderOf = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const dist = folderOf("dist");
rmSync(dist, { recursive: true, force: true });
runOrEnd(
  "npx",
  ["tsc", "-p", "tsconfig.build.json"],
  "the library does not compile: TypeScript says why above",
);
const { prepareDeclarations } = await import("./declarations.mjs");
prepareDeclarations(dist);
const { bundleCommand, bundleForWeb, includePackages } = await import("./package-files.mjs"); // esbuild is installed by now
await includePackages(dist);
await bundleForWeb(dist);
if (wanted === "command") {
  const command = folderOf("packages/nadaraya-cli/dist");
  rmSync(command, { recursive: true, force: true });
  await bundleCommand(dist, command);
}
if (wanted === undefined)
  runOrEnd("npx", ["vite", "build"], "the pages could not be built: Vite says why above");
