/** `npm start [-- --open] [-- --port 4173]`: sets everything up, builds the page and serves it on localhost. */
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
say(`nadaraya is at ${server.resolvedUrls.local[0]}   (Ctrl+C stops it)`);
