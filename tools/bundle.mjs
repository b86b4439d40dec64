/** Bundles a TypeScript entry for Node, whose packages stay outside, with the library's worker beside it. */
import { mkdirSync } from "node:fs";

const root = new URL("..", import.meta.url);
export const out = new URL("bench/out/", root);

/** @returns {Promise<string>} the script's path */
export async function bundle(entry) {
  mkdirSync(out, { recursive: true });
  const { build } = await import("vite");
  const name = entry.replace(/^.*\//, "").replace(/\.ts$/, "");
  const input = { [name]: entry, worker: "src/engine/worker.ts" };
  const output = { entryFileNames: "[name].js", chunkFileNames: "[name].js" };
  await build({
    configFile: false,
    root: root.pathname,
    logLevel: "error",
    build: {
      ...{ ssr: true, outDir: out.pathname, emptyOutDir: false, target: "node20" },
      rollupOptions: { input, output },
    },
  });
  return new URL(`${name}.js`, out).pathname;
}
