/** One way to speak with a worker, in a browser and in Node. */

export interface Port {
  /** @throws where something cannot be sent, or not for lack of memory */
  post(message: object, transfer: ArrayBuffer[]): void;
  /** Calls `heard` with what the worker says, and `lost` when it will say no more. */
  listen(heard: (message: unknown) => void, lost: () => void): void;
  /** Whether the process should live for it. */
  hold(busy: boolean): void;
  end(): void;
}

export function browserPort(worker: Worker): Port {
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

export function nodePort(worker: import("node:worker_threads").Worker): Port {
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
