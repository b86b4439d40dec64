/** `npm start`: installs what is missing, builds the pages, serves them on localhost, and builds the documentation meanwhile. */
import { spawn } from "node:child_process";
import { readArguments } from "./arguments.mjs";
import { say, setUp } from "./setup.mjs";
import { docsPlugin } from "./site-server.mjs";

const { values } = readArguments({
  command: "npm start",
  about: "Installs what is missing, builds the pages and serves them on this computer.",
  options: {
    open: { type: "boolean", help: "open them in the browser" },
    port: { type: "number", default: 4173, most: 65535, integer: true, help: "port of the server" },
  },
});

setUp();
const { build, preview } = await import("vite");
say("building the pages");
await build({ logLevel: "warn" });
let docsState = "building";
const server = await preview({
  preview: { port: values.port, open: values.open },
  plugins: [docsPlugin(() => docsState)],
});
const [address] = server.resolvedUrls.local;
say(`nadaraya is at ${address}   (Ctrl+C stops it)`);

// `build` has set NODE_ENV to "production", with which npm leaves the documentation's tools out.
const { NODE_ENV: _, ...environment } = process.env;
const docs = spawn("node", ["tools/docs.mjs"], {
  cwd: new URL("..", import.meta.url),
  env: { ...environment, DOCS_BASE: "/docs/", DOCS_OUT: "../site/docs" },
  stdio: ["ignore", "ignore", "pipe"],
});
let problem = "";
docs.stderr.on("data", (text) => {
  problem += text;
});
docs.on("close", (code) => {
  docsState = code === 0 ? "built" : "failed";
  if (code === 0) say(`the documentation is at ${address}docs/`);
  else say(`the documentation could not be built:\n${problem.trim()}`);
});
process.on("exit", () => docs.kill());
