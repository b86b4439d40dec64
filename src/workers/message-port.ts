/** One way to speak with a worker, in a browser and in Node. */

export interface WorkerPort {
  /** @throws where something cannot be sent, or not for lack of memory */
  post(message: object, transfer: ArrayBuffer[]): void;
  /** Calls `heard` with what the worker says, and `lost` when it will say no more. */
  listen(onMessage: (message: unknown) => void, lost: () => void): void;
  /** Whether the process stays alive for it. */
  hold(busy: boolean): void;
  end(): void;
}

export function browserPort(worker: Worker): WorkerPort {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, lost) {
      worker.onmessage = ({ data }) => onMessage(data);
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

export function nodePort(worker: import("node:worker_threads").Worker): WorkerPort {
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, lost) {
      worker.on("message", onMessage);
      for (const event of ["messageerror", "error", "exit"]) worker.on(event, lost);
    },
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
  };
}
