/**
 * Starts a worker of ours that imports the file it is started from. Browsers start workers from the page's own origin only, so the worker's script
 * is a text of this page, and the file may come from elsewhere.
 */
import { browserPort, nodePort, type WorkerPort } from "../workers/message-port.ts";

/** @throws where there are no workers */
export function startWorker(): WorkerPort {
  const code = `import(${JSON.stringify(import.meta.url)}).then((nadaraya) => nadaraya.runAsWorker());`;
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (threads) return nodePort(new threads.Worker(code, { eval: true }));
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return browserPort(new Worker(address, { type: "module", name: "nadaraya" }));
  } finally {
    // The browser has begun to fetch it; an address that is revoked stays valid for that.
    URL.revokeObjectURL(address);
  }
}
