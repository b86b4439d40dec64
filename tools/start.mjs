/** `npm start [-- --open] [-- --port 4173]`: sets everything up, builds the page and serves it on localhost. */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { say, setUp } from "./setup.mjs";

const usage = "usage: npm start -- [--open] [--port NUMBER]";
let options;
try {
  const known = { open: { type: "boolean", default: false }, port: { type: "string", default: "4173" } };
  options = parseArgs({ options: known }).values;
  if (!/^\d{1,5}$/.test(options.port) || Number(options.port) > 65535)
    throw new Error(`--port ${options.port} is no port`);
} catch (error) {
  console.error(`${error.message}\n${usage}`);
  process.exit(2);
}

setUp();
const { build, preview } = await import("vite");
say("building the page");
await build({ logLevel: "warn" });
const server = await preview({ preview: { port: Number(options.port), open: options.open } });
const [address] = server.resolvedUrls.local;
say(`nadaraya is at ${address}   (Ctrl+C stops it)`);

// The documentation takes half a minute: it is built beside the pages meanwhile.
const docs = spawn("node", ["tools/docs.mjs"], {
  cwd: new URL("..", import.meta.url),
  env: { ...process.env, DOCS_BASE: "/docs/", DOCS_OUT: "../site/docs" },
  stdio: ["ignore", "ignore", "pipe"],
});
let problem = "";
docs.stderr.on("data", (text) => {
  problem += text;
});
docs.on("exit", (code) => {
  if (code === 0) say(`the documentation is at ${address}docs/`);
  else say(`the documentation could not be built:\n${problem.trim()}`);
});
process.on("exit", () => docs.kill());
