/** Starts a worker, in a browser or in Node, and speaks with it in one way. */

export interface Port {
  /** @throws where something cannot be sent, or not for lack of memory */
  post(message: object, transfer: ArrayBuffer[]): void;
  /** Calls `heard` with what the worker says, and `lost` when it will say no more. */
  listen(heard: (message: unknown) => void, lost: () => void): void;
  /** Whether the process should live for it. */
  hold(busy: boolean): void;
  end(): void;
}

/** @throws where there are no workers */
export function startWorker(): Port {
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  return threads ? inNode(threads) : inBrowser();
}

function inBrowser(): Port {
  // Bundlers know these words, and bring the file along.
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "nadaraya" });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(heard, lost) {
      worker.onmessage = ({ data }) => heard(data);
      worker.onmessageerror = lost;
      worker.onerror = (event) => {
        event.preventDefault();
        lost();
      };
    },
    hold() {},
    end: () => worker.terminate(),
  };
}

function inNode({ Worker }: typeof import("node:worker_threads")): Port {
  const here = import.meta.url;
  return portOf(new Worker(new URL("./worker.js", here)));
}

/** How one speaks with a worker of Node's. */
export function portOf(worker: import("node:worker_threads").Worker): Port {
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(heard, lost) {
      worker.on("message", heard);
      for (const event of ["messageerror", "error", "exit"]) worker.on(event, lost);
    },
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
  };
}
