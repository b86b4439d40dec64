/** Yields to the event loop during long CPU work, so that the page stays responsive. */

/** Milliseconds of work between two yields. */
const YIELD_INTERVAL = 12;

/** A function to await often: it yields every 12 ms, and throws the signal's reason once the work is aborted. */
export function createYielder({ signal }: { readonly signal?: AbortSignal }): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < YIELD_INTERVAL) return;
    await yieldToEventLoop();
    signal?.throwIfAborted();
    last = performance.now();
  };
}

/** Resolves after the other tasks of the thread have run. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Never yields: for workers, whose thread has no other tasks. */
export const neverYield = async (): Promise<void> => {};
