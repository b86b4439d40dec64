/** Real workers for tests, which run from source: Node's, on the worker's code as a bundler makes it. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "vite";
import { nodePort, type WorkerPort } from "../workers/message-port.ts";

/** How to start one. */
export async function bundledWorker(): Promise<() => WorkerPort> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const outDir = mkdtempSync(join(tmpdir(), "nadaraya-worker-"));
  await build({
    ...{ configFile: false, root, logLevel: "error" },
    build: {
      ssr: "src/engine/worker.ts",
      outDir,
      target: "node20",
      rollupOptions: { output: { entryFileNames: "worker.mjs" } },
    },
  });
  return () => nodePort(new Worker(join(outDir, "worker.mjs")));
}
