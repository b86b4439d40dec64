/** Starts a worker of ours, in a browser or in Node. */
import { browserPort, nodePort, type WorkerPort } from "../workers/message-port.ts";

/** @throws where there are no workers */
export function startWorker(): WorkerPort {
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (threads) {
    const here = import.meta.url;
    return nodePort(new threads.Worker(new URL("./worker.js", here)));
  }
  // Bundlers know these words, and bring the file along.
  return browserPort(
    new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "nadaraya" }),
  );
}
